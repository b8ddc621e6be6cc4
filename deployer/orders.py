"""What each act on a host is told: the plan, the task and what is known of the host, put into the acts' own words."""

from dataclasses import dataclass

from deployer.host import acts
from deployer.host.inspection import Inspection
from deployer.host.preflight import Wanted, listeners_of
from deployer.host.words import history_line
from deployer.task import Payload, Run


@dataclass(frozen=True, slots=True)
class Orders:
    """The acts of one run on one host. `inspection` None: it was not looked at yet, only `inspect` can be ordered.

    `answer` is the release value that the service answered before anything was done.
    """

    run: Run
    inspection: Inspection | None = None
    answer: str | None = None

    def inspect(self) -> acts.Inspect:
        """Order a look at everything."""
        plan, task = self.run.plan, self.run.task
        return acts.Inspect(
            service=plan.service, root=plan.root, socket=self._socket, release=task.release or None,
            digest=task.digest or None, owner=plan.owner, units=task.units,
        )

    def observe(self) -> acts.Observe:
        """Order the lock and the watch."""
        plan = self.run.plan
        return acts.Observe(plan.service, plan.root, self.run.task.holder, self._socket, self._listeners)

    def stage(self, payload: Payload) -> acts.Stage:
        """Order the release to be unpacked from the stream that follows."""
        plan, task = self.run.plan, self.run.task
        return acts.Stage(
            service=plan.service, root=plan.root, release=task.release, digest=payload.digest,
            stream=payload.stream_sha256, size=payload.stream_size, rollout=task.rollout, owner=plan.owner,
            shared=plan.shared, timeout=round(plan.timeouts.stage),
        )

    def unstage(self) -> acts.Unstage:
        """Order the staged release away."""
        plan = self.run.plan
        return acts.Unstage(plan.service, plan.root, self.run.task.release)

    def activate(self) -> acts.Activate:
        """Order the switch and the restart."""
        plan, task = self.run.plan, self.run.task
        return acts.Activate(
            service=plan.service, root=plan.root, release=task.release, rollout=task.rollout, socket=self._socket,
            listeners=self._listeners, answer=self.answer, units=task.units, guard=plan.guard,
            timeout=round(plan.timeouts.activate),
        )

    def confirm(self) -> acts.Confirm:
        """Order the release to be recorded as good."""
        plan, task = self.run.plan, self.run.task
        return acts.Confirm(
            service=plan.service, root=plan.root, release=task.release, rollout=task.rollout, socket=self._socket,
            listeners=self._listeners, history=self._history("confirmed"),
        )

    def revert(self) -> acts.Revert:
        """Order the way back."""
        plan, task = self.run.plan, self.run.task
        return acts.Revert(
            service=plan.service, root=plan.root, rollout=task.rollout, socket=self._socket, listeners=self._listeners,
            history=self._history("reverted"), timeout=round(plan.timeouts.activate),
        )

    def prune(self) -> acts.Prune:
        """Order old releases away."""
        plan = self.run.plan
        return acts.Prune(plan.service, plan.root, plan.keep, self.run.task.release)

    def evidence(self, since: float) -> acts.LookAt:
        """Order the state of unit and listener, and the journal since `since` (the host's clock, seconds)."""
        return acts.LookAt(self.run.plan.service, self._socket, self._listeners, since)

    def history(self, limit: int) -> acts.History:
        """Order the host's records of ended rollouts."""
        return acts.History(self.run.plan.service, limit)

    def fit(self) -> Wanted:
        """Say what the host must be fit for."""
        plan, task = self.run.plan, self.run.task
        return Wanted(
            service=plan.service, root=plan.root, socket=plan.socket.unit if plan.socket else None,
            listen=plan.socket.listen if plan.socket else None, release=task.release or None,
            digest=task.digest or None, need=task.payload.size if task.payload else 0, units=task.units,
        )

    def _history(self, outcome: str) -> str:
        task, found = self.run.task, self.inspection
        previous = (found.pending.way_back if found.pending else found.current) if found else ""
        return history_line(
            at=f"{self.run.now():.0f}", rollout=task.rollout, verb=task.verb.value, release=task.release,
            previous=previous, outcome=outcome, who=task.who, origin=task.origin,
        )

    @property
    def _socket(self) -> str:
        socket = self.run.plan.socket
        return socket.unit if socket else acts.NO_SOCKET

    @property
    def _listeners(self) -> tuple[str, ...]:
        return listeners_of(self.inspection, self.fit()) if self.inspection else ()
