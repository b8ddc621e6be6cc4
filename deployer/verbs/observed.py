"""One host while its gates are asked without a rollout: what it answered, and its unit as it was first and is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from deployer import events as ev
from deployer.facts import Failure, HealthLook, LossKind, UnitLook
from deployer.gates import command, health, journal, unit
from deployer.gates.health import WHATEVER_IS_LIVE, Streak, classify, extend
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import Gates, Health, ProbeFrom
from deployer.readings import CommandResult, JournalLook

SINCE_START = "since the service's present start"
"""Which lines of a journal count, unless they cannot be told by a start."""


@dataclass
class Observed:
    """A host of `wave`, observed since `since` (seconds). `lines`: which lines of its journal count, in words.

    `mute` is why its health URL can be asked in no way from the host; None when it can.
    """

    wave: str
    since: float
    lines: str = SINCE_START
    mute: Failure | None = None
    _streaks: dict[str, Streak] = field(default_factory=dict)
    _baseline: unit.Baseline | None = None
    _last: UnitLook | None = None
    _failure: Failure | None = None
    _read: journal.Seen = field(default_factory=journal.Seen)
    _ended: CommandResult | None = None
    _unknown: str = ""

    @property
    def seen(self) -> bool:
        """Whether its unit is in sight."""
        return self._last is not None and self._failure is None

    def hear(self, gate: Health, looks: Sequence[HealthLook], now: float) -> None:
        """Take in answers of the health URL."""
        for look in looks:
            before, answer = self._streaks.get(look.source, Streak()), classify(gate.expect, WHATEVER_IS_LIVE, look)
            self._streaks[look.source] = extend(before, gate, answer, look, now)

    def see(self, look: UnitLook) -> None:
        """Take in a look at the unit."""
        self._failure, self._last = None, look
        self._baseline = self._baseline or _baseline(look)

    def lose(self, failure: Failure) -> None:
        """Note why nobody watches it."""
        self._failure = failure

    def read(self, look: JournalLook) -> None:
        """Take in a reading of the journal."""
        self._read = journal.extend(self._read, look)

    def ran(self, event: ev.Event) -> None:
        """Take in how the command ended."""
        match event:
            case ev.CommandEnded(result=result):
                self._ended = result
            case ev.ActUnknown(reason=reason):
                self._unknown = reason
            case _:
                pass

    def judged(self, gates: Gates, now: float) -> Iterator[Judgement]:
        """Give what health, by source, the unit, the journal and the command say."""
        gate = gates.health
        if gate is not None:
            for source in gate.asked:
                yield self._health(gate, source, now)
        yield self._unit(gates.unit.max_restarts)
        if gates.journal is not None:
            yield self._journal()
        if gates.command is not None:
            yield self._command()

    def _health(self, gate: Health, source: str, now: float) -> Judgement:
        name = f"health ({source})"
        if self.mute is not None and source == ProbeFrom.HOST:
            return _unmeasured(name, self.mute)
        return replace(health.judge(self._streaks.get(source, Streak()), gate, since=self.since, now=now), gate=name)

    def _unit(self, max_restarts: int) -> Judgement:
        if self._failure is not None:
            return _unmeasured("unit", self._failure)
        if self._baseline is None:
            return Judgement("unit", Verdict.INCONCLUSIVE, "not-seen", "the unit was not looked at")
        return unit.judge(self._last, self._baseline, max_restarts)

    def _journal(self) -> Judgement:
        """Judge what was read; lines that were found stay found, whatever became of the host."""
        judged = journal.judge(self._read, self._last.invocation if self._last else "")
        if self._failure is not None and judged.verdict is not Verdict.FAIL:
            return _unmeasured("journal", self._failure)
        told = judged.verdict in {Verdict.FAIL, Verdict.PASS}
        return replace(judged, message=f"{judged.message}, {self.lines}") if told else judged

    def _command(self) -> Judgement:
        if self._unknown:
            message = f"how the command ended is not known: {self._unknown}"
            return Judgement("command", Verdict.ERROR, "connection-lost", message)
        if self._ended is None and not self.seen:
            return Judgement("command", Verdict.INCONCLUSIVE, "not-run", "it was not run: the host was not in sight")
        return command.judge(self._ended)


def _unmeasured(gate: str, failure: Failure) -> Judgement:
    return Judgement(gate, Verdict.ERROR, failure.code, failure.message, failure.evidence, failure.remedy)


def unseen(event: ev.Event) -> Failure:
    """Say why a host is not in sight, from the event that an act on it ended with."""
    match event:
        case ev.ActFailed(failure=failure):
            return failure
        case ev.ActUnknown(reason=reason) | ev.HostLost(reason=reason):
            return Failure(LossKind.UNREACHABLE, "connection-lost", reason)
        case _:
            return Failure(LossKind.UNREACHABLE, "not-seen", "the host was not looked at")


def _baseline(look: UnitLook) -> unit.Baseline:
    return unit.Baseline(
        invocation=look.invocation, started=0.0, inode=look.inode, folder="", prove=False, restarts=look.restarts,
    )  # fmt: skip
