"""The verbs that end a hold: resume goes on with what the hosts have on record, abort takes it back.

Neither needs the machine that held, its journal or the artifact: hosts and plan are enough.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from deployer.errors import ExitCode, RefusedError
from deployer.facts import Resumed, Verb
from deployer.host.hold import Hold
from deployer.options import Options
from deployer.plan.filters import select
from deployer.plan.model import Plan, Scope, Wave
from deployer.sinks import tables
from deployer.sinks.changes import Change, changes_document, print_changes
from deployer.sinks.grid import print_document
from deployer.verbs.ground import Ground, unheard
from deployer.verbs.rollouts import roll_out
from deployer.verbs.survey import Sight, survey

Agreed = Callable[[str], bool]
"""Asks a person a question; True where nobody can be asked."""

AT_ONCE = 10
"""Hosts that go back at the same time."""


def resume(ground: Ground, options: Options, agreed: Agreed) -> int:
    """Go on with the rollout that the hosts have on hold: health first, then the wave it was held at."""
    sights = _look(ground)
    refuse_damaged(sights)
    hold = the_hold(sights)
    late = overdue(sights)
    if late and not options.yes:
        remedy = "say --yes to go on all the same; sockdeploy abort takes it back"
        raise RefusedError(f"the hold is too old: {late}", remedy=remedy)
    plan = going_on(ground.plan, hold, sights)
    if options.dry_run:
        return shown(plan, hold.release, sights, partial(_going, plan, hold), as_json=options.json)
    if not agreed(f"Go on with {hold.release}, held {hold.place}, on {len(plan.hosts)} hosts of {plan.service}?"):
        return ExitCode.REFUSED
    resumes = Resumed(hold.rollout, hold.wave, hold.before, hold.accepted, hold.resumes)
    task = ground.task(Verb.RESUME, hold.release, ground.units(), migrate=hold.migrate)
    task = replace(task, expected=hold.digest, resumes=resumes)
    return roll_out(replace(ground, plan=plan), plan, task, options)


def abort(ground: Ground, options: Options, agreed: Agreed) -> int:
    """Take back what a held rollout, or one that died, has left on the hosts."""
    sights = _look(ground)
    release = unfinished(sights)
    if release is None:
        return nothing_to_abort(ground.plan, sights, as_json=options.json)
    if options.dry_run:
        return shown(ground.plan, release, sights, _returning, as_json=options.json)
    if not agreed(question(release, sights, ground.plan)):
        return ExitCode.REFUSED
    return roll_out(ground, all_at_once(ground.plan, "abort"), ground.task(Verb.ABORT, release), options)


def the_hold(sights: Sequence[Sight]) -> Hold:
    """Give the hold that all hosts agree on which have one. RefusedError when there is none, or more than one."""
    held = {sight.host: sight.inspection.hold for sight in sights if sight.inspection and sight.inspection.hold}
    if not held:
        tables.print_sights([sight for sight in sights if sight.inspection is None], sys.stderr)
        remedy = "sockdeploy apply goes on with a rollout that died, sockdeploy abort takes it back"
        raise RefusedError("nothing is held on any host that could be looked at", remedy=remedy)
    # One that was resumed, and held again, may have left the first hold on a host that was lost meanwhile.
    resumed = {each for hold in held.values() for each in hold.resumes}
    last = [hold for hold in held.values() if hold.rollout not in resumed]
    if len({hold.rollout for hold in last}) != 1 or len({hold.release for hold in held.values()}) != 1:
        told = "\n".join(f"{name}: {hold.told()}, rollout {hold.rollout}" for name, hold in held.items())
        remedy = f"{told}\nsockdeploy abort takes back what is held, on all hosts or with --hosts on some"
        raise RefusedError("the hosts do not agree on what is held", remedy=remedy)
    return last[0]


def refuse_damaged(sights: Sequence[Sight]) -> None:
    """Refuse to go on where a record of the rollout cannot be read. RefusedError."""
    damaged = {each.host: each.inspection.damaged for each in sights if each.inspection and each.inspection.damaged}
    if damaged:
        told = "; ".join(f"the {' and the '.join(records)} record of {name}" for name, records in damaged.items())
        remedy = "sockdeploy status names the files; sockdeploy abort takes back what can be taken back"
        raise RefusedError(f"{told} cannot be read", remedy=remedy)


def overdue(sights: Sequence[Sight]) -> str:
    """Say of a hold that is past its deadline by a host's own clock what it is; "" when none is."""
    found = (sight.inspection for sight in sights if sight.inspection)
    return next((each.hold.told(each.clock) for each in found if each.hold and each.hold.past(each.clock)), "")


def going_on(plan: Plan, hold: Hold, sights: Sequence[Sight]) -> Plan:
    """Give the plan with the hosts that take part: one that has nothing of the rollout on record is left out."""
    names = [sight.host for sight in sights if _takes_part(sight, hold)]
    outside = [sight.host for sight in sights if sight.host not in names]
    going = select(plan, names)
    if hold.wave not in {wave.name for wave in going.waves}:
        message = f"the rollout is held {hold.place}, and the plan has no such wave with a host of it"
        raise RefusedError(
            message, remedy="resume with the plan that it was held with, or take it back: sockdeploy abort"
        )
    return replace(going, notes=(*going.notes, *_left_out(outside), *_not_asked(hold, sights)))


def _left_out(names: Sequence[str]) -> tuple[str, ...]:
    note = f"left out, having nothing of the held rollout: {', '.join(names)}; apply brings them along afterwards"
    return (note,) if names else ()


def _not_asked(hold: Hold, sights: Sequence[Sight]) -> tuple[str, ...]:
    """Name hosts of the held rollout that this run does not know of."""
    names = sorted(set(hold.hosts) - {sight.host for sight in sights})
    note = f"warning: held there, too, and not among the hosts of this run: {', '.join(names)}; they stay held"
    return (note,) if names else ()


def unfinished(sights: Sequence[Sight]) -> str | None:
    """Give the release that is to be taken back: the one held, else the one that most hosts have unconfirmed.

    Else it is the one that a run which did not end has left beside the live releases, or has only staged. It is "" when
    all that is on record cannot be read, and None when there is nothing.
    """
    found = [sight.inspection for sight in sights if sight.inspection]
    held = Counter(each.hold.release for each in found if each.hold)
    pending = Counter(each.pending.release for each in found if each.pending)
    beside = Counter(aside.release for each in found for aside in each.asides)
    staged = Counter(release for each in found for release in each.unused)
    unknown = "" if any(each.damaged for each in found) else None
    return next((release for release, _ in (held or pending or beside or staged).most_common(1)), unknown)


def question(release: str, sights: Sequence[Sight], plan: Plan) -> str:
    """Say what an abort would do, for a person to agree to."""
    found = [sight.inspection for sight in sights if sight.inspection]
    if any(each.hold or each.pending or each.asides or each.damaged for each in found):
        return f"Take {release} back on {len(plan.hosts)} hosts of {plan.service}?"
    names = ", ".join(sorted({name for each in found for name in each.unused}))
    count = sum(bool(each.unused) for each in found)
    return f"Remove {names}, staged and never live, from {count} hosts of {plan.service}?"


def all_at_once(plan: Plan, name: str) -> Plan:
    """Give the plan of a way back: no canary ceremony, every host on its own, none holds up the others."""
    hosts = tuple(host for wave in plan.waves for host in wave.hosts)
    at_once = max(AT_ONCE, *(wave.max_parallel for wave in plan.waves))
    wave = Wave(name, hosts, max_parallel=at_once, max_failures=len(hosts))
    return replace(plan, waves=(wave,), hooks=(), scope=Scope.WAVE)


def _look(ground: Ground) -> tuple[Sight, ...]:
    """Look at every host; what is wrong with one is told when it is acted upon."""
    return survey(ground.plan, ground.doors(ground.looking(), unheard))


def _takes_part(sight: Sight, hold: Hold) -> bool:
    found = sight.inspection
    if found is None:
        return True  # its wave may tolerate that it is lost
    unconfirmed = found.pending is not None and found.pending.release == hold.release
    return found.hold is not None or unconfirmed or found.current == hold.release


def _going(plan: Plan, hold: Hold, sight: Sight) -> tuple[str | None, str]:
    """Say what a resumed rollout does to a host: the release it runs then, and what happens."""
    if sight.host not in {host.name for host in plan.hosts}:
        return sight.current, "left out"
    return hold.release, "proves itself again" if sight.current == hold.release else plan.strategy.value


def _returning(sight: Sight) -> tuple[str | None, str]:
    """Say what an abort does to a host: the release it runs then, and what happens."""
    found = sight.inspection
    if found is None:
        return None, "nothing: it cannot be looked at"
    if "pending" in found.damaged:
        return found.current, "nothing: the record of the way back cannot be read"
    if found.pending:
        return found.pending.way_back, "reverted"
    ended = [f"{aside.kind} of {aside.release} ended" for aside in found.asides]
    forgotten = ["hold record removed"] if found.hold or "hold" in found.damaged else []
    removed = [f"staged {', '.join(found.unused)} removed"] if found.unused else []
    return found.current, ", ".join([*ended, *forgotten, *removed]) or "nothing"


def shown(plan: Plan, release: str, sights: Sequence[Sight], change: Change, *, as_json: bool) -> int:
    """Say what would become of each host, and do nothing; `release` is the one gone on with, taken or gone back to."""
    if as_json:
        print_document(sys.stdout, changes_document(plan, release, sights, change))
    else:
        print_changes(sights, change, sys.stdout)
    return ExitCode.OK


def nothing_to_abort(plan: Plan, sights: Sequence[Sight], *, as_json: bool) -> int:
    """Say that no host has anything to be taken back. RefusedError when one could not be looked at."""
    lost = [sight for sight in sights if sight.inspection is None]
    tables.print_sights(lost, sys.stderr)
    if lost:
        names = ", ".join(sight.host for sight in lost)
        raise RefusedError(f"{names} could not be looked at, and there is nothing to abort on the others")
    why = "nothing is held, every live release is confirmed, and no run that did not end has left anything"
    if as_json:
        print_document(sys.stdout, changes_document(plan, None, sights, _returning, (f"nothing to abort: {why}",)))
    else:
        sys.stdout.write(f"{plan.service}: nothing to abort: {why}\n")
    return ExitCode.OK
