"""The new release beside the live one: rehearsed on a private socket, then as a bridge that serves while it restarts.

Until the service itself is switched nothing of the live release is touched, and whatever goes wrong ends with the
second instance stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, LossKind
from deployer.fleet.explain import disturbance, second_failure
from deployer.fleet.orders import Orders
from deployer.fleet.takeover import Call, Takeover
from deployer.gates.health import Wanted
from deployer.gates.second import ROUND, Trial, hear, judge, was_well
from deployer.gates.unit import describe
from deployer.gates.verdict import Judgement, Verdict
from deployer.host.copy import Kind
from deployer.host.facts import Failure as HostFailure
from deployer.host.receipts import Second
from deployer.probes.health import HealthProbe
from deployer.task import Run

_WORDS = {Kind.REHEARSAL: "on a private socket", Kind.BRIDGE: "as a bridge on the live socket"}

Ask = Callable[[], tuple[HealthLook, ...]]


class _EndedError(Exception):
    """The activation is over before the switch; `event` tells how it ended."""

    def __init__(self, event: ev.Event) -> None:
        super().__init__(event)
        self.event = event


@dataclass(frozen=True, slots=True)
class Overlap:
    """One activation on one host with a second instance. `before` is what the live release answered before it."""

    run: Run
    host: str
    orders: Orders
    call: Call
    probe: HealthProbe
    before: HealthLook | None

    def activate(self, switch: Callable[[], ev.Event]) -> ev.Event:
        """Rehearse and bridge as the plan says, and have `switch` make the release live; give the event of the end."""
        try:
            if self.orders.rehearses:
                self._rehearse()
            return self._under_cover(self._bridge(), switch) if self.orders.bridges else switch()
        except _EndedError as ended:
            return ended.event

    def _rehearse(self) -> None:
        since = self.run.now()
        second = self._begin(Kind.REHEARSAL)
        trial, failure = self._asked_aside(second, Trial(since, shared=False))
        seconds = self.run.now() - since
        gone = self._dismiss(Kind.REHEARSAL)
        if failure is not None:
            raise _EndedError(self._said(Kind.REHEARSAL, failure, second, gone))
        self.run.emit(ev.HostRehearsed(at=self.run.now(), host=self.host, seconds=round(seconds, 3), looks=trial.asked))

    def _asked_aside(self, second: Second, trial: Trial) -> tuple[Trial, Failure | None]:
        """Have a rehearsal prove itself at the private address that stands for the one of the health URL."""
        probe = self.probe.moved(dict(second.addresses))
        if probe is not None:
            return self._prove(Kind.REHEARSAL, second, trial, lambda: probe.ask_host(self._wanted))
        live = ", ".join(live for live, _ in second.addresses)
        message = f"{self.probe.health.url} asks none of the addresses of the service's sockets ({live})"
        return trial, Failure(
            LossKind.GATE, "rehearsal-address", message, "ask the socket itself, or write rehearse: off"
        )

    def _bridge(self) -> Trial:
        since = self.run.now()
        second = self._begin(Kind.BRIDGE)
        trial = Trial(since, shared=True, blamed=was_well(self.probe.health.expect, self.before))
        trial, failure = self._prove(Kind.BRIDGE, second, trial, lambda: self.probe.ask_host(self._wanted, ROUND))
        if failure is not None:
            gone = self._stop(trial)
            raise _EndedError(self._said(Kind.BRIDGE, failure, second, gone, trial))
        seconds = round(self.run.now() - since, 3)
        self.run.emit(
            ev.HostBridged(at=self.run.now(), host=self.host, seconds=seconds, good=trial.good, spoiled=trial.spoiled)
        )
        return trial

    def _under_cover(self, trial: Trial, switch: Callable[[], ev.Event]) -> ev.Event:
        """Switch while the bridge serves. When that fails the bridge stays, until the way back stops it."""
        event = switch()
        if not isinstance(event, ev.HostActivated):
            return event
        lost = Takeover(self.run, self.host, self.orders, self.call, self.probe).wait(trial)
        if lost is not None:
            return ev.ActUnknown(at=self.run.now(), host=self.host, act=Act.ACTIVATE, reason=lost.detail)
        self._stop(trial, wanted=True)
        return replace(event, at=self.run.now())

    def _stop(self, trial: Trial, *, wanted: bool = False) -> Second:
        gone = self._dismiss(Kind.BRIDGE, wanted=wanted)
        seconds = round(self.run.now() - trial.since, 3)
        self.run.emit(
            ev.BridgeStopped(
                at=self.run.now(), host=self.host, seconds=seconds, asked=trial.asked, good=trial.good,
                spoiled=trial.spoiled,
            )
        )  # fmt: skip
        return gone

    def _prove(self, kind: Kind, second: Second, trial: Trial, ask: Ask) -> tuple[Trial, Failure | None]:
        """Ask until the second instance has proved itself or failed, died or nobody wants it any more."""
        health = self.probe.health
        while True:
            trial = hear(trial, health, self._wanted, ask(), self.run.now())
            judged = judge(trial, health, self.run.now())
            if trial.silent or judged.verdict is not Verdict.INCONCLUSIVE:
                died = self._died(kind, second)
                if died is not None:
                    return trial, died
            if judged.verdict is Verdict.FAIL:
                return trial, _said_no(kind, judged)
            passes = judged.verdict is Verdict.PASS
            if self.run.sleep(0.0 if passes else health.interval):
                message = f"asked to stop while the new release ran {_WORDS[kind]}"
                return trial, Failure(LossKind.CANCELLED, "cancelled", message)
            if passes:
                return trial, None

    def _died(self, kind: Kind, second: Second) -> Failure | None:
        now = self._done(self.call(self.orders.peek(kind)), kind)
        if now.look.running and now.look.invocation == second.look.invocation:
            return None
        message = f"the new release, run {_WORDS[kind]}, ended by itself (Result={now.look.result})"
        return Failure(LossKind.GATE, f"{kind}-ended", message, evidence=describe(now.look))

    def _begin(self, kind: Kind) -> Second:
        return self._done(self.call(self.orders.begin(kind)), kind)

    def _dismiss(self, kind: Kind, *, wanted: bool = False) -> Second:
        return self._done(self.call(self.orders.dismiss(kind, wanted=wanted)), kind)

    def _done(self, got: Second | HostFailure, kind: Kind) -> Second:
        if not isinstance(got, HostFailure):
            return got
        if got.unknown:
            raise _EndedError(ev.ActUnknown(at=self.run.now(), host=self.host, act=Act.ACTIVATE, reason=got.detail))
        message = f"the new release could not be run {_WORDS[kind]}: {got.detail or got.code}"
        failure = Failure(LossKind.GATE, f"{kind}-{got.code}", message)
        raise _EndedError(self._failed(second_failure(failure, Second.read(got.facts))))

    def _said(
        self, kind: Kind, failure: Failure, begun: Second, ended: Second, trial: Trial | None = None
    ) -> ev.Event:
        """Give the end of a second instance that did not prove itself: its own fault, unless somebody disturbed it."""
        cancelled = failure.kind is LossKind.CANCELLED
        disturbed = None if cancelled else disturbance(kind, begun.live, ended)
        return self._failed(disturbed or second_failure(failure, ended, trial))

    def _failed(self, failure: Failure) -> ev.Event:
        return ev.ActFailed(at=self.run.now(), host=self.host, act=Act.ACTIVATE, failure=failure)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.run.task.release)


def _said_no(kind: Kind, judged: Judgement) -> Failure:
    message = f"the new release, run {_WORDS[kind]}, is not well: {judged.message}"
    return Failure(LossKind.GATE, f"{kind}-{judged.code}", message, judged.remedy, judged.evidence)
