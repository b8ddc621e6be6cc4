"""One host while its gates are asked without a rollout: its answers, its unit as it was first and is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from deployer import events as ev
from deployer.facts import Failure, HealthLook, LossKind, UnitLook
from deployer.gates import health, unit
from deployer.gates.health import Streak, Wanted, classify, extend
from deployer.gates.verdict import Judgement, Verdict
from deployer.host.inspection import Inspection
from deployer.plan.model import Gates, Health

WANTED = Wanted(None)
"""Any release may answer: what is live is observed, whatever it is."""


@dataclass
class Observed:
    """A host of `wave`, observed since `since` (seconds)."""

    wave: str
    since: float
    _streaks: dict[str, Streak] = field(default_factory=dict)
    _baseline: unit.Baseline | None = None
    _last: UnitLook | None = None
    _failure: Failure | None = None

    def hear(self, gate: Health, looks: Sequence[HealthLook], now: float) -> None:
        """Take in answers of the health URL."""
        for look in looks:
            before, answer = self._streaks.get(look.source, Streak()), classify(gate.expect, WANTED, look)
            self._streaks[look.source] = extend(before, gate, answer, look, now)

    def see(self, found: Inspection | None, event: ev.Event) -> None:
        """Take in what an inspection found; None when it found nothing new, and `event` says why."""
        if found is None:
            self._failure = _unseen(event)
            return
        self._failure, self._last = None, _look(found)
        self._baseline = self._baseline or _baseline(self._last)

    def judged(self, gates: Gates, now: float) -> Iterator[Judgement]:
        """Give what health, by source, and the unit say."""
        gate = gates.health
        if gate is not None:
            for source in gate.asked:
                streak = self._streaks.get(source, Streak())
                yield replace(health.judge(streak, gate, since=self.since, now=now), gate=f"health ({source})")
        if self._failure is not None:
            yield Judgement("unit", Verdict.ERROR, self._failure.code, self._failure.message)
        elif self._baseline is None:
            yield Judgement("unit", Verdict.INCONCLUSIVE, "not-seen", "the unit was not looked at")
        else:
            yield unit.judge(self._last, self._baseline, gates.unit.max_restarts)


def _unseen(event: ev.Event) -> Failure:
    match event:
        case ev.ActFailed(failure=failure):
            return failure
        case ev.ActUnknown(reason=reason):
            return Failure(LossKind.UNREACHABLE, "connection-lost", reason)
        case _:
            return Failure(LossKind.UNREACHABLE, "not-seen", "the host was not looked at")


def _look(found: Inspection) -> UnitLook:
    service = found.service
    return UnitLook(
        active=service.active, sub=service.sub, result=service.result, pid=service.pid, invocation=service.invocation,
        restarts=service.nrestarts, cwd=found.cwd, exe=found.exe, inode=found.inode, held=found.held,
        socket_active=found.socket.active if found.socket else "", clock=found.clock,
    )  # fmt: skip


def _baseline(look: UnitLook) -> unit.Baseline:
    return unit.Baseline(
        invocation=look.invocation, started=0.0, inode=look.inode, folder="", prove=False, restarts=look.restarts,
    )  # fmt: skip
