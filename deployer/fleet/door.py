"""Hosts as things one can act on: each act is one execution of the host program, its end a plain event."""

import secrets

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, LossKind, UnitLook
from deployer.fleet import explain
from deployer.fleet.balancer import reach_findings
from deployer.fleet.buckets import bucket_findings
from deployer.fleet.caller import Caller
from deployer.fleet.inquiry import Inquiry
from deployer.fleet.lock import LOCKED, take
from deployer.fleet.measure import Measure
from deployer.fleet.orders import Orders
from deployer.fleet.overlap import Overlap
from deployer.fleet.upload import Upload
from deployer.fleet.watch import Watch
from deployer.gates.health import Wanted
from deployer.host.facts import Failure as HostFailure
from deployer.host.inspection import Inspection
from deployer.host.observed import Locked
from deployer.host.preflight import refusals, unanswered
from deployer.host.receipts import Evidence
from deployer.plan.model import Host
from deployer.probes.health import HealthProbe
from deployer.probes.metrics.way import Way
from deployer.readings import JournalLook
from deployer.task import Run
from deployer.transport.base import Transport, TransportError


class HostDoor:
    """One host in a run. Every public act gives the event that tells how it ended, and never raises."""

    def __init__(self, run: Run, host: Host, transport: Transport) -> None:
        self._run = run
        self._host = host
        self._transport = transport
        self.caller = Caller(run, transport)
        self._call = self.caller.call
        self._inspection: Inspection | None = None
        self._watch: Watch | None = None
        self._before: HealthLook | None = None
        self._measure = Measure(run, host, transport)
        self.way = Way(host.address, transport, lambda: self._measure.unit)
        self._inquiry = Inquiry(run, host, transport, self._measure)
        health = run.plan.gates.health
        self._probe = HealthProbe(health, host.address, transport) if health else None

    @property
    def name(self) -> str:
        """The host's name in the inventory."""
        return self._host.name

    @property
    def inspection(self) -> Inspection | None:
        """What the last look at the host told; None before the first."""
        return self._inspection

    def act(self, act: Act) -> ev.Event:
        """Carry out one act to its end."""
        return {
            Act.INSPECT: self.inspect, Act.OBSERVE: self.observe, Act.STAGE: self.stage, Act.UNSTAGE: self.unstage,
            Act.ACTIVATE: self.activate, Act.MEASURE: self.measure, Act.CONFIRM: self.confirm,
            Act.REVERT: self.revert, Act.PRUNE: self.prune, Act.HOLD: self.hold, Act.UNHOLD: self.unhold,
            Act.COMMAND: self._inquiry.command,
        }[act]()

    def inspect(self) -> ev.Event:
        """Connect, unless connected, and look at everything; a host that is not fit is refused with every finding."""
        try:
            self._transport.connect()
        except TransportError as error:
            return self._failed(Act.INSPECT, explain.not_connected(error))
        got = self._call(self._orders.inspect())
        if isinstance(got, HostFailure):
            refused = explain.refusal((unanswered(got, user=self._transport.user, sudo=self.caller.sudo),))
            return self._unknown(Act.INSPECT, got.detail) if got.unknown else self._failed(Act.INSPECT, refused)
        fit = self._orders.fit()
        reach = () if self._inspection else reach_findings(self._run, self._host, fit, got, self._call)
        self._inspection = got
        orders = self._orders
        found = (*orders.held(got), *refusals(got, fit), *orders.not_reloadable(got), *reach)
        return self._failed(Act.INSPECT, explain.refusal(found), got.current) if found else self._inspected()

    def _inspected(self) -> ev.Event:
        return ev.HostInspected(at=self._now(), host=self.name, facts=self._orders.facts)

    def observe(self) -> ev.Event:
        """Take the lock and begin to watch; ask the health URL once, which also finds the way to ask it.

        Whoever only looks on takes no lock. Where there is no way to ask, the watch goes on all the same.
        """
        again = self._watch
        if again is not None:
            again.close()
        try:
            locked = take(self._run, self._begin_watch)
        except TransportError as error:
            return self._unknown(Act.OBSERVE, error.message)
        if isinstance(locked, HostFailure):
            known = locked.code == LOCKED
            failed = self._failed(Act.OBSERVE, explain.not_locked(self.name, locked)) if known else None
            return failed or self._ended_badly(Act.OBSERVE, locked, LossKind.REFUSED)
        self._measure.locked(locked)
        try:
            self._before = self._look_before(self._before)
        except TransportError as error:
            return self._no_way(error)
        blind = () if again else bucket_findings(self._run, self.name, self.way, locked)
        if blind:
            return self._failed(Act.OBSERVE, explain.refusal(blind))
        return ev.HostObserved(
            at=self._now(), host=self.name, current=locked.current, pending=locked.pending, look=self._before,
            hold=locked.hold,
        )

    def _begin_watch(self) -> Locked | HostFailure:
        token = secrets.token_hex(8)
        command = self.caller.command(self._orders.observe(), token)
        watch = self._watch = self.way.watch = Watch(self._transport.start(command), token, self._unit_seen, self._lost)
        locked = watch.locked()
        if isinstance(locked, HostFailure):
            watch.close()
        return locked

    def stage(self) -> ev.Event:
        """Send the release, have it verified and put in its place, not live."""
        payload = self._run.task.payload
        assert payload is not None  # noqa: S101 - a run without an artifact finds its release staged, or is refused
        upload = Upload(payload, self.caller)
        got = upload.carry_out(self._orders.stage(payload))
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.STAGE, got, LossKind.STAGING)
        sent = 0 if got.already else upload.need.size
        return ev.HostStaged(at=self._now(), host=self.name, sent=sent, size=payload.stream_size)

    def unstage(self) -> ev.Event:
        """Take away what this run staged."""
        got = self._call(self._orders.unstage())
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.UNSTAGE, got, LossKind.STAGING)
        return ev.HostUnstaged(at=self._now(), host=self.name)

    def activate(self) -> ev.Event:
        """Make the staged release live, by the plan's strategy."""
        orders, probe = self._orders, self._probe
        self._measure.before(self._watch, moves=orders.moves)
        if probe is None or not (orders.rehearses or orders.bridges):
            return self._switch()
        return Overlap(self._run, self.name, orders, self._call, probe, self._before).activate(self._switch)

    def _switch(self) -> ev.Event:
        got = self._call(self._orders.activate())
        if isinstance(got, HostFailure):
            self._ended_as(got)
            return self._ended_badly(Act.ACTIVATE, got, LossKind.ACTIVATION)
        self._unit_seen(got.after)  # the watch may take a moment more to see what the act has seen
        return ev.HostActivated(at=self._now(), host=self.name, receipt=self._measure.activated(got))

    def measure(self) -> ev.Event:
        """Complete the receipt of the activation."""
        return ev.HostMeasured(at=self._now(), host=self.name, receipt=self._measure.complete(self._watch))

    def journal(self) -> JournalLook:
        """Read the service's journal once."""
        return self._inquiry.journal(self._watch)

    def rest(self) -> None:
        """Send no more requests of our own, and tell what became of them."""
        self._measure.rest()

    def confirm(self) -> ev.Event:
        """Have the host record that its release is good."""
        got = self._call(self._orders.confirm())
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.CONFIRM, got, LossKind.ACTIVATION)
        return ev.HostConfirmed(at=self._now(), host=self.name, prunes=got)

    def revert(self) -> ev.Event:
        """Go back to the way back, after the evidence of what is there now is taken."""
        if self._run.task.verb.forward:
            self._take_evidence()
        got = self._call(self._orders.revert())
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.REVERT, got, LossKind.ACTIVATION)
        self._unit_seen(got.after)
        return ev.HostRestored(
            at=self._now(), host=self.name, receipt=self._measure.reverted(got), release=got.release,
            removed=got.first and not got.release,
        )

    def prune(self) -> ev.Event:
        """Remove releases that are no longer kept."""
        got = self._call(self._orders.prune())
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.PRUNE, got, LossKind.ACTIVATION)
        return ev.HostPruned(at=self._now(), host=self.name, removed=got.removed)

    def hold(self) -> ev.Event:
        """Have the host record that the rollout waits for a person."""
        got = self._call(self._orders.hold())
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.HOLD, got, LossKind.ACTIVATION)
        return ev.HostHeld(at=self._now(), host=self.name, until=got)

    def unhold(self) -> ev.Event:
        """Have the host forget that a rollout waited."""
        got = self._call(self._orders.unhold())
        if isinstance(got, HostFailure):
            return self._ended_badly(Act.UNHOLD, got, LossKind.ACTIVATION)
        return ev.HostUnheld(at=self._now(), host=self.name)

    @property
    def wants_watch(self) -> bool:
        """Whether the health URL can be asked by curl on the host alone, which takes a watch there."""
        return self._probe is not None and self._probe.wants_curl and self._has_curl

    @property
    def _has_curl(self) -> bool:
        return self._inspection is not None and "curl" in self._inspection.tools

    def ask(self, wanted: Wanted) -> tuple[HealthLook, ...]:
        """Ask the health URL once from every source of the plan; nothing when the plan has none."""
        return self._measure.heard(self._probe.ask(wanted), wanted) if self._probe else ()

    def commands(self) -> tuple[str, ...]:
        """Give the command lines of a rollout that goes well on this host as it is; `token` is new for each."""
        return tuple(self.caller.command(act) for act in self._orders.happy())

    def beat(self) -> None:
        """Tell the host that the rollout lives."""
        if self._watch:
            self._watch.beat()

    def close(self) -> None:
        """Free the lock and close the connection."""
        self._measure.stop()
        if self._watch:
            self._watch.close()
        self._transport.close()

    def _look_before(self, known: HealthLook | None) -> HealthLook | None:
        """Find the way to ask the health URL; what it said before anything was done stays what it said first."""
        watch = self._watch
        if self._probe is None or watch is None:
            return None
        found = self._probe.find_way(watch, Wanted(self._run.task.release), curl=self._has_curl)
        return known or found

    def _take_evidence(self) -> None:
        got = self._call(self._orders.evidence(self._measure.since))
        if isinstance(got, Evidence):
            self._run.emit(ev.EvidenceTaken(at=self._now(), host=self.name, lines=explain.evidence_lines(got)))

    def _ended_badly(self, act: Act, failure: HostFailure, kind: LossKind) -> ev.Event:
        if failure.unknown:
            return self._unknown(act, failure.detail)
        addresses = self._inspection.addresses if self._inspection else ()
        return self._failed(act, explain.act_failure(failure, kind, addresses))

    def _no_way(self, error: TransportError) -> ev.Event:
        if error.failure in explain.GONE:
            return self._unknown(Act.OBSERVE, error.message)
        health = self._run.plan.gates.health
        return self._failed(Act.OBSERVE, explain.no_way_to_ask(health.url if health else "", self.name, error))

    def _unknown(self, act: Act, reason: str) -> ev.Event:
        return ev.ActUnknown(at=self._now(), host=self.name, act=act, reason=reason)

    def _failed(self, act: Act, failure: Failure, current: str | None = None) -> ev.Event:
        return ev.ActFailed(at=self._now(), host=self.name, act=act, failure=failure, current=current)

    def _ended_as(self, failure: HostFailure) -> None:
        """Tell how an activation that failed left the unit, where the host said so."""
        ended = explain.activation(failure)
        if ended is not None:
            self._unit_seen(ended.after)
            self._measure.activated(ended)

    def _unit_seen(self, seen: UnitLook) -> None:
        self._measure.seen(seen)
        self._run.emit(ev.UnitSeen(at=self._now(), host=self.name, look=seen))

    def _lost(self, reason: str) -> None:
        self._run.emit(ev.HostLost(at=self._now(), host=self.name, reason=reason))

    def _now(self) -> float:
        return self._run.now()

    @property
    def _orders(self) -> Orders:
        answer = self._before.release if self._before else None
        return Orders(self._run, self._inspection, answer, self._host.address, self._measure.record())
