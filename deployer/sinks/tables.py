"""Tables and documents of the verbs that only look: plan, status, history, validate, and a rollback's dry run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployer.facts import Failure, HealthLook
from deployer.plan.model import Plan, Strategy
from deployer.sinks.phrases import moment, size
from deployer.sinks.receipts import kept
from deployer.sinks.redaction import neutral
from deployer.survey import Sight
from deployer.task import Task

Records = Mapping[str, tuple[tuple[tuple[str, str], ...], ...] | Failure]
Document = dict[str, object]

_WIDE = 160


def print_waves(plan: Plan, stream: TextIO) -> None:
    """Say which hosts each wave has, and what was left out."""
    _say(stream, f"{plan.file} is a valid plan for {plan.service}")
    _print(stream, ("wave", "at once", "may fail", "hosts"), [
        (wave.name, str(wave.max_parallel), str(wave.max_failures), ", ".join(wave.hosts)) for wave in plan.waves
    ])  # fmt: skip
    for note in plan.notes:
        _say(stream, f"note: {note}")


def print_plan(
    plan: Plan, task: Task, sights: Sequence[Sight], commands: Mapping[str, tuple[str, ...]], stream: TextIO
) -> None:
    """Say what apply would do on each host."""
    _say(stream, f"{plan.service}: {task.release} (digest {task.digest[:12]})")
    columns = ("wave", "host", "now", "then", "send", "what happens")
    _print(stream, columns, [_planned(plan, task, sight) for sight in sights])
    for note in plan.notes:
        _say(stream, f"note: {note}")
    _print_failures(sights, stream)
    for host, lines in commands.items():
        _say(stream, f"\n{host}:")
        for line in lines:
            _say(stream, f"  {line}")


def print_rollback(sights: Sequence[Sight], release: str, stream: TextIO) -> None:
    """Say what a rollback would do on each host."""
    then = release or "none"
    rows = [(s.wave, s.host, _current(s), then, "nothing" if _current(s) == then else "restart") for s in sights]
    _print(stream, ("wave", "host", "now", "then", "what happens"), rows)


def print_sights(sights: Sequence[Sight], stream: TextIO) -> None:
    """Say what is wrong with the hosts that are not fit."""
    _print_failures(sights, stream)


def print_status(plan: Plan, sights: Sequence[Sight], stream: TextIO) -> None:
    """Say what each host runs and whether it is well."""
    _say(stream, plan.service)
    columns = ("wave", "host", "release", "service", "socket", "health", "lock", "remarks")
    _print(stream, columns, [_status(sight) for sight in sights])
    _print_failures(sights, stream)


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
    _print(stream, ("host", "when", "verb", "release", "before", "outcome", "who", "where", "receipt"), rows)
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
            "bytes_to_send": _bytes(task, sight),
            "does": _does(sight, plan),
            "failure": _failure(sight.failure),
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
            "failure": _failure(sight.failure),
        }
        for sight in sights
    ]
    return {"hosts": hosts}


def _planned(plan: Plan, task: Task, sight: Sight) -> tuple[str, ...]:
    send = size(_bytes(task, sight) or 0) if sight.facts else ""
    return (sight.wave, sight.host, _current(sight), task.release if sight.facts else "", send, _does(sight, plan))


def _does(sight: Sight, plan: Plan) -> str:
    facts = sight.facts
    if facts is None:
        return "refused"
    if facts.same:
        return "judge and confirm" if facts.pending else "nothing"
    first = "" if facts.current else "first deploy: "
    units = [unit.name for unit in sight.inspection.units if unit.status != "same"] if sight.inspection else []
    acts = ([] if facts.staged else ["upload"]) + ([f"install {' and '.join(units)}"] if units else [])
    if not (facts.current and facts.active):
        return first + ", ".join([*acts, "restart"])
    rehearsal = ["rehearse"] if plan.rehearse else []
    way = Strategy.RESTART if units and plan.strategy is Strategy.RELOAD else plan.strategy
    return ", ".join([*acts, *rehearsal, way.value])


def _bytes(task: Task, sight: Sight) -> int | None:
    if sight.facts is None or task.payload is None:
        return None
    return 0 if sight.facts.staged else task.payload.stream_size


def _current(sight: Sight) -> str:
    return (sight.inspection.current or "none") if sight.inspection else "?"


def _status(sight: Sight) -> tuple[str, ...]:
    found = sight.inspection
    if found is None:
        return (sight.wave, sight.host, "?", "?", "?", "?", "?", sight.failure.code if sight.failure else "")
    listening = f"{found.socket.active}, {'held' if found.held else 'not held'}" if found.socket else ""
    pending = f"{found.pending.release} is not confirmed" if found.pending else ""
    held = dict(found.held_by)
    lock = f"{held.get('who', '?')} since {held.get('since', '?')}" if found.locked else "free"
    service = f"{found.service.active} ({found.service.sub})"
    return (sight.wave, sight.host, found.current or "none", service, listening, _health(sight.look), lock, pending)


def _status_document(sight: Sight) -> Document:
    found = sight.inspection
    known: Document = {"host": sight.host, "wave": sight.wave, "reached": found is not None}
    if found is not None:
        known |= {
            "release": found.current or None,
            "service": found.service.active,
            "socket": found.socket.active if found.socket else None,
            "held": found.held if found.socket else None,
            "health": _health(sight.look) or None,
            "pending": found.pending.release if found.pending else None,
            "lock": dict(found.held_by) if found.locked else None,
            "good": [known_good.release for known_good in found.good],
        }
    return known | {"failure": _failure(sight.failure)}


def _health(look: HealthLook | None) -> str:
    if look is None:
        return ""
    return f"{look.status}, {look.release or 'no release id'}" if look.status else look.error


def _failure(failure: Failure | None) -> Document | None:
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
            _say(stream, f"{sight.host}: {sight.failure.message} [{sight.failure.code}]")
            for line in (*sight.failure.evidence, *(f"> {line}" for line in sight.failure.remedy.splitlines())):
                _say(stream, f"    {line}")


def _print(stream: TextIO, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    table = Table(*columns, box=SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(neutral(cell)) for cell in row))
    width = None if stream.isatty() else _WIDE
    Console(file=stream, width=width, markup=False, highlight=False, emoji=False).print(table)


def _say(stream: TextIO, text: str) -> None:
    stream.write(neutral(text) + "\n")
