"""Tables and documents of the verbs that only look: plan, status, history and validate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from shlex import quote
from typing import TextIO

from deployer.facts import Failure, HealthLook
from deployer.fleet.history import Record
from deployer.host.hold import damaged_finding, ways_on
from deployer.host.inspection import Inspection
from deployer.host.unitstate import UnitState
from deployer.plan.model import Plan, Strategy
from deployer.sinks.grid import print_grid, say
from deployer.sinks.phrases import moment, size
from deployer.sinks.receipts import kept
from deployer.sinks.redaction import neutral
from deployer.task import Task
from deployer.verbs.survey import Sight

Records = Mapping[str, tuple[Record, ...] | Failure]
Document = dict[str, object]


def print_waves(plan: Plan, stream: TextIO) -> None:
    """Say which hosts each wave has, and what was left out."""
    say(stream, f"{plan.file} is a valid plan for {plan.service}")
    print_grid(stream, ("wave", "at once", "may fail", "hosts"), [
        (wave.name, str(wave.max_parallel), str(wave.max_failures), ", ".join(wave.hosts)) for wave in plan.waves
    ])  # fmt: skip
    _say_holds(plan, stream)
    for note in plan.notes:
        say(stream, f"note: {note}")


def print_plan(
    plan: Plan, task: Task, sights: Sequence[Sight], commands: Mapping[str, tuple[str, ...]], stream: TextIO
) -> None:
    """Say what apply would do on each host."""
    say(stream, f"{plan.service}: {task.release} (digest {task.digest[:12]})")
    columns = ("wave", "host", "now", "then", "send (files)", "what happens")
    print_grid(stream, columns, [_planned(plan, task, sight) for sight in sights])
    print_moves(sights, stream)
    _say_holds(plan, stream)
    for note in plan.notes:
        say(stream, f"note: {note}")
    _print_failures(sights, stream)
    if commands:
        say(
            stream,
            "\nwhat is sent while all goes well; prune only where confirm says that there is something to remove",
        )
    for host, lines in commands.items():
        say(stream, f"\n{host}:")
        for line in lines:
            say(stream, f"  {line}")


def _say_holds(plan: Plan, stream: TextIO) -> None:
    """Announce where a person will be asked."""
    for wave in plan.waves:
        if wave.approve:
            say(stream, f"the rollout is held before wave {wave.name}, until sockdeploy resume")


def print_moves(sights: Sequence[Sight], stream: TextIO) -> None:
    """Announce what moving services behind their sockets means for the clients of each host."""
    for sight in sights:
        if sight.facts is not None and sight.facts.moves:
            say(stream, f"{sight.host}: {sight.facts.moves}")


def print_sights(sights: Sequence[Sight], stream: TextIO) -> None:
    """Say what is wrong with the hosts that are not fit."""
    _print_failures(sights, stream)


def print_status(plan: Plan, sights: Sequence[Sight], stream: TextIO) -> None:
    """Say what each host runs and whether it is well."""
    say(stream, plan.service)
    columns = ("wave", "host", "release", "service", "socket", "health", "lock", "remarks")
    print_grid(stream, columns, [_status(sight) for sight in sights])
    _print_failures(sights, stream)
    _say_held(plan, sights, stream)
    _say_left(plan, sights, stream)


def _say_held(plan: Plan, sights: Sequence[Sight], stream: TextIO) -> None:
    """Say once of each hold who holds what, on which hosts, and the ways on."""
    held: dict[str, list[str]] = {}
    for sight in sights:
        if sight.inspection and sight.inspection.hold:
            held.setdefault(sight.inspection.hold.told(sight.inspection.clock), []).append(sight.host)
    for told, names in held.items():
        say(stream, f"{told}: {', '.join(names)}")
    for line in ways_on(plan.file) if held else ():
        say(stream, f"    {line}")
    for sight in sights:
        if sight.inspection and "hold" in sight.inspection.damaged:
            found = damaged_finding("hold", plan.service, plan.file)
            say(stream, f"{sight.host}: {found.message} [{found.code}]")
            say(stream, f"    > {found.remedy}")


def _say_left(plan: Plan, sights: Sequence[Sight], stream: TextIO) -> None:
    """Say how to end what nobody looks after; while somebody holds the lock it is theirs."""
    found = [(sight.host, sight.inspection) for sight in sights if sight.inspection]
    left = [host for host, one in found if one.asides and not one.locked]
    if left:
        say(stream, f"left by a run that did not end: {', '.join(left)}")
        say(stream, f"    > sockdeploy abort {quote(plan.file)} ends it, and takes back what was staged")


def print_history(sights: Sequence[Sight], records: Records, stream: TextIO) -> None:
    """Say what each host has had, newest first."""
    rows = [
        (
            sight.host,
            *(_cell(record, key) for key in ("at", "verb", "release", "previous", "outcome", "who", "origin")),
            kept(dict(record)),
        )
        for sight in sights
        for record in _records(records.get(sight.host))
    ]
    print_grid(stream, ("host", "when", "verb", "release", "before", "outcome", "who", "where", "receipt"), rows)
    _print_failures(sights, stream)


def plan_document(
    plan: Plan, task: Task, sights: Sequence[Sight], commands: Mapping[str, tuple[str, ...]]
) -> Document:
    """Give what apply would do as plain JSON values."""
    hosts = [
        {
            "host": sight.host,
            "wave": sight.wave,
            "current": sight.facts.current if sight.facts else None,
            "files_to_send": sight.need.files if sight.need else None,
            "bytes_to_send": sight.need.size if sight.need else None,
            "does": _does(sight, plan),
            "failure": failure_document(sight.failure),
            "commands": list(commands.get(sight.host, ())),
        }
        for sight in sights
    ]
    known = {"service": plan.service, "release": task.release, "digest": task.digest}
    return {**known, "hosts": hosts, "notes": list(plan.notes)}


def status_document(plan: Plan, sights: Sequence[Sight]) -> Document:
    """Give the status as plain JSON values."""
    return {"service": plan.service, "hosts": [_status_document(sight) for sight in sights]}


def history_document(sights: Sequence[Sight], records: Records) -> Document:
    """Give the history as plain JSON values, newest first."""
    hosts = [
        {
            "host": sight.host,
            "records": [dict(record) for record in _records(records.get(sight.host))],
            "failure": failure_document(sight.failure),
        }
        for sight in sights
    ]
    return {"hosts": hosts}


def _planned(plan: Plan, task: Task, sight: Sight) -> tuple[str, ...]:
    then = task.release if sight.facts else ""
    return (sight.wave, sight.host, named(sight.current), then, _send(task, sight), _does(sight, plan))


def _send(task: Task, sight: Sight) -> str:
    if sight.facts is None or task.payload is None:
        return ""
    if sight.need is None:
        return f"up to {size(task.payload.stream_size)}"
    return f"{size(sight.need.size)} ({sight.need.files}/{len(task.payload.files)})"


def _does(sight: Sight, plan: Plan) -> str:
    facts = sight.facts
    if facts is None:
        return "refused"
    if facts.same and facts.active:
        return "judge and confirm" if facts.pending else "nothing"
    first = "" if facts.current else "first deploy: "
    units = [unit.name for unit in sight.inspection.units if unit.status != "same"] if sight.inspection else []
    acts = ([] if facts.staged else ["upload"]) + ([f"install {' and '.join(units)}"] if units else [])
    if facts.moves:
        return first + ", ".join([*acts, "migrate: the port is closed once"])
    if not (facts.current and facts.active):
        return first + ", ".join([*acts, "restart"])
    rehearsal = ["rehearse"] if plan.rehearse else []
    way = Strategy.RESTART if units and plan.strategy is Strategy.RELOAD else plan.strategy
    return ", ".join([*acts, *rehearsal, way.value])


def named(release: str | None) -> str:
    """Name a release of a table: "" is none, None is unknown."""
    return "?" if release is None else release or "none"


def _status(sight: Sight) -> tuple[str, ...]:
    found = sight.inspection
    if found is None:
        return (sight.wave, sight.host, "?", "?", "?", "?", "?", sight.failure.code if sight.failure else "")
    listening = _listening(found.socket, held=_held(found)) if found.socket else ""
    holder = dict(found.held_by)
    lock = f"{holder.get('who', '?')} since {holder.get('since', '?')}" if found.locked else "free"
    service = f"{found.service.active} ({found.service.sub})"
    health = _health(sight.look)
    return (sight.wave, sight.host, found.current or "none", service, listening, health, lock, _remarks(found))


def _held(found: Inspection) -> bool:
    """Whether the socket is open: one that is not there has no listener that PID 1 could have let go of."""
    return found.held and found.socket is not None and found.socket.active == "active"


def _listening(socket: UnitState, *, held: bool) -> str:
    if not socket.exists:
        return "there is none"
    return f"{socket.active}, {'held' if held else 'not held'}"


def _remarks(found: Inspection) -> str:
    pending = f"{found.pending.release} is not confirmed" if found.pending else ""
    hold = found.hold
    late = ", past its deadline" if hold and hold.past(found.clock) else ""
    damaged = [f"its {record} record cannot be read" for record in found.damaged]
    remarks = (f"held {hold.place}{late}" if hold else "", pending, *damaged, *(aside.told for aside in found.asides))
    return "; ".join(remark for remark in remarks if remark)


def _hold(found: Inspection) -> Document | None:
    hold = found.hold
    return {**asdict(hold), "past": hold.past(found.clock)} if hold else None


def _status_document(sight: Sight) -> Document:
    found = sight.inspection
    known: Document = {"host": sight.host, "wave": sight.wave, "reached": found is not None}
    if found is not None:
        known |= {
            "release": found.current or None,
            "service": found.service.active,
            "socket": found.socket.active if found.socket else None,
            "held": _held(found) if found.socket else None,
            "health": _health(sight.look) or None,
            "pending": found.pending.release if found.pending else None,
            "hold": _hold(found),
            "damaged": list(found.damaged),
            "aside": [asdict(aside) for aside in found.asides],
            "lock": dict(found.held_by) if found.locked else None,
            "good": [known_good.release for known_good in found.good],
        }
    return known | {"failure": failure_document(sight.failure)}


def _health(look: HealthLook | None) -> str:
    if look is None:
        return ""
    return f"{look.status}, {look.release or 'no release id'}" if look.status else look.error


def failure_document(failure: Failure | None) -> Document | None:
    """Give why a host could not be looked at, or is not fit, as plain JSON values."""
    if failure is None:
        return None
    return {"code": failure.code, "message": neutral(failure.message), "remedy": failure.remedy}


def _records(kept: tuple[tuple[tuple[str, str], ...], ...] | Failure | None) -> Iterable[tuple[tuple[str, str], ...]]:
    return reversed(kept) if isinstance(kept, tuple) else ()


def _cell(record: tuple[tuple[str, str], ...], key: str) -> str:
    value = dict(record).get(key, "")
    return moment(float(value)) if key == "at" and value.isascii() and value.isdigit() else value


def _print_failures(sights: Sequence[Sight], stream: TextIO) -> None:
    for sight in sights:
        if sight.failure is not None:
            say(stream, f"{sight.host}: {sight.failure.message} [{sight.failure.code}]")
            for line in (*sight.failure.evidence, *(f"> {line}" for line in sight.failure.remedy.splitlines())):
                say(stream, f"    {line}")
