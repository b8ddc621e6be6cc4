"""What each act on a host is told: the plan, the task and what is known of the host, put into the acts' own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from deployer.facts import HostFacts, Verb
from deployer.findings import Finding
from deployer.fleet.known import facts_of
from deployer.fleet.upload import listed
from deployer.host import acts, second
from deployer.host.check_acts import MendUnits
from deployer.host.copy import Kind, copies, privates
from deployer.host.hold import Hold, damaged_finding, held_finding
from deployer.host.hold_acts import PutOnHold, Unhold
from deployer.host.inspection import Inspection
from deployer.host.migration import announcement, held_alone, moves
from deployer.host.preflight import Wanted, listeners_of
from deployer.host.reloading import reload_findings
from deployer.host.unitfile import UnitFile
from deployer.host.words import history_line
from deployer.plan.addresses import at_host
from deployer.plan.model import Plan, ProbeFrom, Strategy
from deployer.task import Payload, Run

FORGOTTEN = 900.0
"""Seconds beyond all that a run which lives may need, before systemd ends a second instance by itself."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The acts of one run on one host. `inspection` None: it was not looked at yet, only `inspect` can be ordered.

    `answer` is the release value that the service answered before anything was done; `address` is the host's.
    `kept` is what the host keeps of its activation besides.
    """

    run: Run
    inspection: Inspection | None = None
    answer: str | None = None
    address: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)

    def inspect(self, *, thorough: bool = False) -> acts.Inspect:
        """Order a look at everything; `thorough` with what only advice is made of."""
        plan, task = self.run.plan, self.run.task
        return acts.Inspect(
            service=plan.service, root=plan.root, socket=self._socket, release=task.release or None,
            digest=task.digest or None, owner=plan.owner, units=task.units, thorough=thorough or None,
        )

    def observe(self) -> acts.Observe:
        """Order the lock and the watch; whoever only looks on leaves the lock alone."""
        plan, task = self.run.plan, self.run.task
        lock = False if task.aside else None
        return acts.Observe(plan.service, plan.root, task.holder, self._socket, self._listeners, lock=lock)

    def stage(self, payload: Payload) -> acts.Stage:
        """Order the release to be put in its place: what a live one lacks of it, or all of it where none is."""
        plan, task, found = self.run.plan, self.run.task, self.inspection
        whole = acts.Stage(
            service=plan.service, root=plan.root, release=task.release, digest=payload.digest,
            stream=payload.stream_sha256, size=payload.stream_size, rollout=task.rollout, owner=plan.owner,
            shared=plan.shared, timeout=round(plan.timeouts.stage),
        )
        if found is None or not found.current:
            return whole
        return listed(replace(whole, stream=None), payload, found.tools)

    def unstage(self) -> acts.Unstage:
        """Order the staged release away; an abort leaves nothing that was staged and never switched to."""
        plan, task = self.run.plan, self.run.task
        return acts.Unstage(plan.service, plan.root, task.release, every=task.verb is Verb.ABORT or None)

    def activate(self) -> acts.Activate:
        """Order the switch, and the restart or reload."""
        plan, task = self.run.plan, self.run.task
        return acts.Activate(
            service=plan.service, root=plan.root, release=task.release, rollout=task.rollout, socket=self._socket,
            listeners=self._listeners, answer=self.answer, units=task.units, guard=plan.guard,
            how="reload" if self._reload else "restart", timeout=round(plan.timeouts.activate), alone=self._alone,
        )

    def not_reloadable(self, found: Inspection) -> tuple[Finding, ...]:
        """Say why a host's service cannot be reloaded, if the plan asks for that; a rollback always restarts."""
        return tuple(reload_findings(found, self.fit())) if self._reload else ()

    def held(self, found: Inspection) -> tuple[Finding, ...]:
        """Say that a rollout waits for a person on a host: nothing else is brought out there until then.

        A hold that cannot be read is one, too, and can be taken back; without a way back nothing can.
        """
        hold, task, plan = found.hold, self.run.task, self.run.plan
        unread = [record for record in found.damaged if record == "pending" or task.verb.forward]
        if unread:
            return tuple(damaged_finding(record, plan.service, plan.file) for record in unread)
        ours = hold is not None and hold.rollout == task.rollout
        if hold is None or ours or task.verb is not Verb.APPLY:
            return ()
        return (held_finding(hold, plan.file, found.clock),)

    def begin(self, kind: Kind) -> second.Begin:
        """Order the release to be run beside the live one."""
        plan, task, found = self.run.plan, self.run.task, self.inspection
        assert found is not None  # noqa: S101 - a copy is made of what was looked at
        return second.Begin(
            service=plan.service, root=plan.root, release=task.release, kind=kind,
            units=copies(kind, found, self.fit()),
            privates=privates(found, self.fit()) if kind is Kind.REHEARSAL else (), socket=self._socket,
            listeners=self._listeners, timeout=round(plan.timeouts.activate),
        )

    def peek(self, kind: Kind) -> second.Peek:
        """Order a look at the second instance."""
        return second.Peek(self.run.plan.service, kind)

    def dismiss(self, kind: Kind, *, wanted: bool = False) -> second.Dismiss:
        """Order the second instance away. A bridge that is `wanted`, since it serves, drains like the service itself.

        Any other has as long to finish what it accepted as an answer may take: what takes longer has failed already.
        """
        plan = self.run.plan
        health = plan.gates.health
        drain = plan.timeouts.activate if wanted or health is None else health.timeout
        return second.Dismiss(plan.service, kind, self._socket, self._listeners, ceil(drain))

    def accepts(self) -> second.Accepts:
        """Order a look whether the service itself takes connections."""
        return second.Accepts(self.run.plan.service, self._socket, self._listeners)

    def confirm(self) -> acts.Confirm:
        """Order the release to be recorded as good."""
        plan, task = self.run.plan, self.run.task
        return acts.Confirm(
            service=plan.service, root=plan.root, release=task.release, rollout=task.rollout, socket=self._socket,
            listeners=self._listeners, history=self._history("confirmed"), keep=plan.keep,
        )

    def revert(self) -> acts.Revert:
        """Order the way back."""
        plan, task = self.run.plan, self.run.task
        return acts.Revert(
            service=plan.service, root=plan.root, rollout=task.rollout, socket=self._socket, listeners=self._listeners,
            history=self._history("reverted"), timeout=round(plan.timeouts.activate), since=self._up_since,
        )

    def hold(self) -> PutOnHold:
        """Order the hold to be put on record."""
        plan, task, holding = self.run.plan, self.run.task, self.run.holding
        held = holding.held
        assert held is not None  # noqa: S101 - the wave is held before a host is told
        record = Hold(
            rollout=task.rollout, release=task.release, wave=held.wave, before=held.before, digest=task.digest,
            accepted=holding.passed, who=task.who, origin=task.origin, reason=held.failure.message,
            resumes=task.resumes.chain if task.resumes else (), migrate=task.migrate,
            hosts=tuple(host.name for host in plan.hosts),
        )
        return PutOnHold(plan.service, record.record, ceil(plan.hold), self._history("held"))

    def unhold(self) -> Unhold:
        """Order the hold to be taken off the record."""
        return Unhold(self.run.plan.service)

    def prune(self) -> acts.Prune:
        """Order old releases away."""
        plan = self.run.plan
        return acts.Prune(plan.service, plan.root, plan.keep, self.run.task.release)

    def evidence(self, since: float) -> acts.LookAt:
        """Order the state of unit and listener, and the journal since `since` (the host's clock, seconds)."""
        return acts.LookAt(self.run.plan.service, self._socket, self._listeners, since)

    def mend(self, drop_ins: tuple[UnitFile, ...]) -> MendUnits:
        """Order drop-ins to be written and read."""
        return MendUnits(self.run.plan.service, drop_ins, self._socket, self._listeners)

    def fit(self) -> Wanted:
        """Say what the host must be fit for."""
        plan, task = self.run.plan, self.run.task
        health = plan.gates.health
        return Wanted(
            service=plan.service, root=plan.root, socket=plan.socket.unit if plan.socket else None,
            listen=plan.socket.listen if plan.socket else None, release=task.release or None,
            digest=task.digest or None, need=task.payload.size if task.payload else 0, units=task.units,
            proxy=plan.socket.proxy if plan.socket else None,
            health=at_host(health.url, self.address) if health else "",
            outside=health is not None and ProbeFrom.HOST not in health.sources,
            balancer=at_host(plan.load_balancer or "", self.address), patience=plan.timeouts.activate,
            bridge=task.verb.forward and plan.strategy is Strategy.BRIDGE,
            rehearse=task.verb.forward and plan.rehearse, safe=plan.bridge.safe, migrate=task.migrate,
            returns=task.verb is Verb.ABORT, cover=longest_cover(plan),
        )

    @property
    def _reload(self) -> bool:
        return self.run.plan.strategy is Strategy.RELOAD and self.run.task.verb.forward

    def happy(self) -> tuple[acts.Act[object], ...]:
        """Give the acts of a rollout that goes well, in order, less the looks at a second instance.

        A host that runs the release already is looked at, and confirmed where nobody did that. One that was not looked
        at gets them all.
        """
        task, facts = self.run.task, self.facts
        if facts.same and facts.active:
            confirming = (self.confirm(), self.prune()) if facts.pending else ()
            return (self.inspect(), self.observe(), *confirming)
        sending = (self.stage(task.payload),) if task.payload and not facts.staged else ()
        aside = (self.begin(Kind.REHEARSAL), self.dismiss(Kind.REHEARSAL)) if self.rehearses else ()
        begin = (self.begin(Kind.BRIDGE),) if self.bridges else ()
        end = (self.dismiss(Kind.BRIDGE, wanted=True),) if self.bridges else ()
        live = (*begin, self.activate(), *end)
        return (self.inspect(), self.observe(), *sending, *aside, *live, self.confirm(), self.prune())

    @property
    def facts(self) -> HostFacts:
        """What the core needs to know of the host; nothing of one that was not looked at."""
        found = self.inspection
        return facts_of(self.run.task, found, moves=self.announced) if found else HostFacts()

    @property
    def rehearses(self) -> bool:
        """Whether the release is rehearsed on this host: not before the first one, a move, nor on the way back."""
        return self.run.plan.rehearse and self._beside

    @property
    def bridges(self) -> bool:
        """Whether a bridge serves while the service restarts: not beside one that does not run."""
        runs = self.inspection is not None and self.inspection.service.active == "active"
        return self.run.plan.strategy is Strategy.BRIDGE and self._beside and runs

    @property
    def _beside(self) -> bool:
        found = self.inspection
        return self.run.task.verb.forward and found is not None and found.current != "" and not self.moves

    @property
    def moves(self) -> bool:
        """Whether the service holds its port by itself, and is moved behind its socket."""
        return self.inspection is not None and moves(self.inspection, self.fit())

    @property
    def announced(self) -> str:
        """What that means for clients; "" when the service is not moved."""
        return announcement(self.inspection, self.fit()) if self.inspection is not None and self.moves else ""

    @property
    def _alone(self) -> tuple[str, ...]:
        return held_alone(self.inspection, self.fit()) if self.inspection is not None and self.moves else ()

    def _history(self, outcome: str) -> str:
        task, found = self.run.task, self.inspection
        previous = (found.pending.way_back if found.pending else found.current) if found else ""
        return history_line(
            at=f"{self.run.now():.0f}", rollout=task.rollout, verb=task.verb.value, release=task.release,
            previous=previous, outcome=outcome, who=task.who, origin=task.origin, **self._resumed, **self.kept,
        )

    @property
    def _up_since(self) -> str | None:
        """Give when the host was looked at, if service and socket were up then."""
        found = self.inspection
        is_up = found is not None and found.service.active == "active" and found.held
        listens = found is not None and (found.socket is None or found.socket.active == "active")
        return f"{found.clock:.3f}" if found is not None and is_up and listens else None

    @property
    def _resumed(self) -> dict[str, str]:
        resumes = self.run.task.resumes
        return {"resumes": resumes.rollout} if resumes else {}

    @property
    def _socket(self) -> str:
        socket = self.run.plan.socket
        return socket.unit if socket else acts.NO_SOCKET

    @property
    def _listeners(self) -> tuple[str, ...]:
        return listeners_of(self.inspection, self.fit()) if self.inspection else ()


def longest_cover(plan: Plan) -> int:
    """Give how many seconds a second instance may run at most.

    It proves itself and sees the service take over, each within the health gate's deadline, while the service is
    switched, taken back when that failed, and drains.
    """
    health = plan.gates.health
    waits = 2 * health.deadline if health else 0.0
    return ceil(waits + 4 * (plan.timeouts.activate + acts.SPARE) + FORGOTTEN)
