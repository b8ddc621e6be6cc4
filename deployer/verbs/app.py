"""The composition root: one function per verb, from options to an exit code. Knows everyone; decides nothing.

What one verb alone needs is loaded by that verb: loading is most of what a short run takes.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from deployer import artifact
from deployer.errors import ExitCode, RefusedError, UsageError
from deployer.facts import Verb
from deployer.files import example as example_plan
from deployer.fleet.history import records
from deployer.options import Options
from deployer.plan.forms import json_schema
from deployer.plan.model import Plan
from deployer.plan.parse import release_option
from deployer.rollout.target import Known, choose
from deployer.sinks import tables
from deployer.sinks.grid import print_document
from deployer.verbs import resuming
from deployer.verbs.ground import selected_plan, stand, unheard
from deployer.verbs.rollouts import roll_out
from deployer.verbs.survey import Sight, survey


def apply(options: Options) -> int:
    """Roll the plan's release out; with `dry_run` only say what that would do."""
    if options.dry_run:
        return plan(options)
    if options.migrate and not (options.yes or _asks(options)):
        remedy = "add --yes to agree; --dry-run --migrate says for each host what will happen"
        raise UsageError("a move closes the port once, and nobody can be asked here", where="--migrate", remedy=remedy)
    with stand(options, os.environ, _warn, deploying=True) as ground, _artifact(ground.plan) as payload:
        release = ground.plan.release or payload.release
        task = ground.task(Verb.APPLY, release, ground.units(), payload, migrate=options.migrate)
        if options.migrate and _asks(options):
            tables.print_moves(survey(ground.plan, ground.doors(task, unheard)), sys.stdout)
        goal = f"{_count(ground.plan)} of {ground.plan.service}{_holds(ground.plan)}"
        if not _agreed(options, f"Roll {release} out to {goal}?"):
            return ExitCode.REFUSED
        return roll_out(ground, ground.plan, task, options)


def rollback(options: Options) -> int:
    """Go back to the newest release that is good on every selected host, or to the one that was asked for."""
    asked = None if options.release is None else release_option(options.release, "--to")
    with stand(replace(options, release=None), os.environ, _warn) as ground:
        sights = survey(ground.plan, ground.doors(ground.looking(), unheard))
        unfit = [sight.host for sight in sights if sight.facts is None]
        if unfit:
            tables.print_sights(sights, sys.stderr)
            message = f"not every selected host can be rolled back: {', '.join(unfit)}"
            raise RefusedError(message, remedy="leave hosts out with --hosts")
        target = choose({sight.host: _known(sight) for sight in sights}, asked)
        if target.reason:
            raise RefusedError(target.reason, remedy="sockdeploy history shows what each host has had")
        if options.dry_run:
            change = partial(_going_back, target.release)
            return resuming.shown(ground.plan, target.release, sights, change, as_json=options.json)
        now = sorted({sight.inspection.current or "nothing" for sight in sights if sight.inspection})
        way = f"from {' and '.join(now)} to {target.release or 'nothing'}"
        if not _agreed(options, f"Roll {_count(ground.plan)} of {ground.plan.service} back {way}?"):
            return ExitCode.REFUSED
        task = ground.task(Verb.ROLLBACK, target.release)
        return roll_out(ground, resuming.all_at_once(ground.plan, "rollback"), task, options)


def resume(options: Options) -> int:
    """Go on with a rollout that waits for a person."""
    with stand(options, os.environ, _warn) as ground:
        return resuming.resume(ground, options, partial(_agreed, options))


def abort(options: Options) -> int:
    """Take back what a rollout that waits for a person, or one that died, has left."""
    with stand(options, os.environ, _warn) as ground:
        return resuming.abort(ground, options, partial(_agreed, options))


def plan(options: Options) -> int:
    """Say what apply would do on each host."""
    with stand(options, os.environ, _warn, deploying=True) as ground, _artifact(ground.plan) as payload:
        release = ground.plan.release or payload.release
        task = ground.task(Verb.APPLY, release, ground.units(), payload, migrate=options.migrate)
        doors = ground.doors(task, unheard)
        sights = survey(ground.plan, doors, compare=payload)
        commands = {name: doors[name].commands() for name in doors} if options.commands else {}
        if options.json:
            print_document(sys.stdout, tables.plan_document(ground.plan, task, sights, commands))
        else:
            tables.print_plan(ground.plan, task, sights, commands, sys.stdout)
        return ExitCode.REFUSED if any(sight.facts is None for sight in sights) else ExitCode.OK


def validate(options: Options) -> int:
    """Check the plan, offline."""
    checked = selected_plan(options, os.environ, deploying=True)
    if options.json:
        waves = [{"name": wave.name, "hosts": list(wave.hosts), "approve": wave.approve} for wave in checked.waves]
        valid = {"valid": True, "service": checked.service, "waves": waves, "notes": list(checked.notes)}
        print_document(sys.stdout, valid)
    else:
        tables.print_waves(checked, sys.stdout)
    return ExitCode.OK


def check(options: Options) -> int:
    """Say what would refuse a rollout on each host and what is better changed; with `fix`, mend what drop-ins mend."""
    from deployer.verbs.checking import check_hosts  # noqa: PLC0415

    with stand(options, os.environ, _warn) as ground:
        return check_hosts(ground, options, lambda question: options.yes or (_at_terminal() and _asked(question)))


def gate(options: Options) -> int:
    """Ask the gates without a rollout: for a while, or of a recorded one once more."""
    if (options.observe is None) is (options.replay is None):
        raise UsageError("expected one of --observe and --replay", remedy="write --observe 10m, or --replay JOURNAL")
    from deployer.verbs import gating  # noqa: PLC0415

    if options.replay is not None:
        return gating.replayed(options, options.replay, os.environ)
    seconds = gating.duration(options.observe or "")
    with stand(options, os.environ, _warn) as ground:
        return gating.observed(ground, options, seconds)


def status(options: Options) -> int:
    """Say what every host runs, and whether it is well."""
    with stand(options, os.environ, _warn) as ground:
        sights = survey(ground.plan, ground.doors(ground.looking(), unheard), ask=True)
        if options.json:
            print_document(sys.stdout, tables.status_document(ground.plan, sights))
        else:
            tables.print_status(ground.plan, sights, sys.stdout)
        return ExitCode.REFUSED if any(sight.inspection is None for sight in sights) else ExitCode.OK


def history(options: Options) -> int:
    """Say who brought out what, when, with what outcome, from the hosts' own records."""
    with stand(options, os.environ, _warn) as ground:
        doors = ground.doors(ground.looking(), unheard)
        sights = survey(ground.plan, doors)
        fit = [sight.host for sight in sights if sight.inspection is not None]
        told = {host: records(doors[host].caller, ground.plan.service, options.limit) for host in fit}
        if options.json:
            print_document(sys.stdout, tables.history_document(sights, told))
        else:
            tables.print_history(sights, told, sys.stdout)
        return ExitCode.REFUSED if any(sight.inspection is None for sight in sights) else ExitCode.OK


def init(answers: Mapping[str, str], folder: str, *, gitlab: bool, force: bool) -> int:
    """Write a plan, units and a workflow for a new service; what is missing is asked at a terminal."""
    from deployer.init import begin  # noqa: PLC0415

    ask = _typed if _at_terminal() else None
    for line in begin(answers, Path(folder), ask, gitlab=gitlab, force=force):
        sys.stdout.write(f"{line}\n")
    return ExitCode.OK


def schema() -> int:
    """Print the JSON Schema of plans, for editors."""
    print_document(sys.stdout, json_schema())
    return ExitCode.OK


def example() -> int:
    """Print the commented plan that is also the reference."""
    sys.stdout.write(example_plan())
    return ExitCode.OK


def _artifact(wanted: Plan) -> artifact.Artifact:
    try:
        return artifact.load(wanted.artifact)
    except RefusedError as error:
        # Nothing was asked of any host: the plan names something that cannot be rolled out.
        raise UsageError(error.message, where=error.where, remedy=error.remedy) from None


def _known(sight: Sight) -> Known:
    found = sight.inspection
    if found is None:
        return Known("", "", "", {})
    pending = found.pending
    good = {known.release: known.confirmed for known in found.good}
    return Known(found.current, pending.release if pending else "", pending.way_back if pending else "", good)


def _going_back(release: str, sight: Sight) -> tuple[str, str]:
    """Say what a rollback to the release ("" for none) does to a host: the release it runs then, and what happens."""
    return release, "nothing" if sight.current == release else "restart"


def _count(wanted: Plan) -> str:
    hosts, waves = sum(len(wave.hosts) for wave in wanted.waves), len(wanted.waves)
    return f"{hosts} host{'s' if hosts > 1 else ''} in {waves} wave{'s' if waves > 1 else ''}"


def _holds(wanted: Plan) -> str:
    """Say where a rollout will be held."""
    waves = [wave.name for wave in wanted.waves if wave.approve]
    return f" (held before {', '.join(waves)})" if waves else ""


def _agreed(options: Options, question: str) -> bool:
    """Ask a person at a terminal; a pipeline has asked already by running us."""
    return not _asks(options) or _asked(question)


def _asks(options: Options) -> bool:
    return not (options.yes or options.json or os.environ.get("CI")) and _at_terminal()


def _at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(question: str) -> bool:
    return (_typed(f"{question} [y/N] ") or "").strip().lower() in {"y", "yes"}


def _typed(question: str) -> str | None:
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline() or None


def _warn(message: str) -> None:
    sys.stderr.write(f"warning: {message}\n")
