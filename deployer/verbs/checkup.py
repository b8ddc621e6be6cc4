"""What the verb check does with one host: look at everything, and mend what a drop-in can mend."""

from deployer.facts import Failure
from deployer.findings import Finding
from deployer.fleet.balancer import balancer_findings
from deployer.fleet.caller import Caller
from deployer.fleet.explain import not_connected, not_locked
from deployer.fleet.orders import Orders
from deployer.host.facts import Failure as HostFailure
from deployer.host.inspection import Inspection
from deployer.host.preflight import review, unanswered
from deployer.plan.model import Host
from deployer.task import Run
from deployer.transport.base import Transport, TransportError
from deployer.verbs.mends import Patch, patches

_ADRIFT = frozenset({"socket-differs", "not-held", "not-active"})
"""Findings of a host whose port a reload could close, or whose port is closed: nothing is written there."""


class Checkup:
    """One host as check sees it. `findings` are those of the last look, hard ones first; nothing here raises."""

    def __init__(self, run: Run, host: Host, wave: str, transport: Transport) -> None:
        self._run = run
        self._host = host
        self.wave = wave
        self._transport = transport
        self._caller = Caller(run, transport)
        self._inspection: Inspection | None = None
        self.findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """The host's name in the inventory."""
        return self._host.name

    @property
    def hard(self) -> bool:
        """Whether the host would be refused."""
        return any(not finding.soft for finding in self.findings)

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The drop-ins that would mend what was found."""
        if self._inspection is None or _ADRIFT & {finding.code for finding in self.findings}:
            return ()
        return patches(self.findings, self._inspection)

    def look(self) -> None:
        """Connect, unless connected, and find everything."""
        self._inspection = None
        try:
            self._transport.connect()
        except TransportError as error:
            self.findings = (_finding(not_connected(error)),)
            return
        got = self._caller.call(self._orders.inspect(thorough=True))
        if isinstance(got, HostFailure):
            self.findings = (unanswered(got, user=self._transport.user, sudo=self._caller.sudo),)
            return
        self._inspection = got
        orders = self._orders
        found = (*orders.held(got), *review(got, orders.fit()), *orders.not_reloadable(got), *self._reach(got))
        self.findings = tuple(sorted(found, key=lambda finding: finding.soft))

    def mend(self) -> None:
        """Write the drop-ins, have systemd read them, and look again; what went wrong is a finding."""
        files = tuple(patch.file for patch in self.patches)
        if not files:
            return
        done = self._caller.call(self._orders.mend(files))
        self.look()
        if isinstance(done, HostFailure):
            self.findings = (_finding(_not_mended(self.name, done)), *self.findings)

    def _reach(self, got: Inspection) -> tuple[Finding, ...]:
        health = self._run.plan.gates.health
        if health is None:
            return ()
        check = self._orders.fit().balancer
        return balancer_findings(self._run.plan.service, check, health, got, self._caller.call)

    @property
    def _orders(self) -> Orders:
        return Orders(self._run, self._inspection, address=self._host.address)


def _finding(failure: Failure) -> Finding:
    return Finding(failure.code, failure.message, "\n".join(failure.evidence), failure.remedy)


def _not_mended(host: str, failure: HostFailure) -> Failure:
    locked = failure.code == "locked"
    told = not_locked(host, failure)
    return told if locked else Failure(told.kind, failure.code, f"the drop-ins were not put to use: {failure.detail}")
