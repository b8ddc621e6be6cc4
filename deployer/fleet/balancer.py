"""The load balancer's check, made the way it makes it: from here, proven on the host to reach the very listener."""

import socket
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from deployer import events as ev
from deployer.findings import Finding
from deployer.gates.health import Wanted
from deployer.host.accepted import taken_by
from deployer.host.check_acts import Accepted
from deployer.host.facts import Failure
from deployer.host.inspection import Inspection
from deployer.host.listeners import Listener
from deployer.host.preflight import Wanted as Fit
from deployer.plan.addresses import port_of
from deployer.plan.model import BALANCER, Health, Host
from deployer.probes import http
from deployer.probes.answer import HttpAnswer, look
from deployer.task import Run

Ask = Callable[[Accepted], tuple[str, ...] | Failure]
"""Carries the act out on the host."""


def reach_findings(run: Run, host: Host, wanted: Fit, inspection: Inspection, ask: Ask) -> tuple[Finding, ...]:
    """Make the check before a rollout: give what refuses the host, and warn of the rest."""
    health = run.plan.gates.health
    if not run.task.verb.forward or health is None:
        return ()
    found = balancer_findings(run.plan.service, wanted.balancer, health, inspection, ask)
    for finding in found:
        if finding.soft:
            run.emit(ev.Warned(at=run.now(), message=f"{finding.message} ({finding.evidence})", host=host.name))
    return tuple(finding for finding in found if not finding.soft)


def balancer_findings(
    service: str, check: str, health: Health, inspection: Inspection, ask: Ask
) -> tuple[Finding, ...]:
    """Make the check once and find what is wrong with it; nothing when no socket is open that it could reach.

    `check` is its URL for this host. The connection is looked for on the host before the request is sent on it, so
    that it is the one that was answered.
    """
    if not check or not inspection.listeners or not inspection.held:
        return ()
    made = _Check(service, check, health, inspection, ask)
    found = made.connect_only() if check.startswith("tcp:") else made.request()
    return (found,) if found else ()


class _Check:
    """One check of the load balancer, and where its connection ended."""

    def __init__(self, service: str, check: str, health: Health, inspection: Inspection, ask: Ask) -> None:
        self._service = service
        self._check = check
        self._health = health
        self._inspection = inspection
        self._ask = ask
        self._taken: Listener | None = None
        self._unseen = ""

    def connect_only(self) -> Finding | None:
        """Connect, and send nothing."""
        address = urlsplit(self._check).hostname or ""
        try:
            with closing(self._connect(address, port_of(self._check), self._health.timeout)):
                return None if self._taken else self._elsewhere("it was connected")
        except OSError as error:
            return self._unreachable(error.strerror or str(error))

    def request(self) -> Finding | None:
        """Ask as the health gate does."""
        health = self._health
        answer = http.ask(self._check, health.headers, health.timeout, self._connect, ca_file=health.ca_file)
        if answer.status is None and self._taken is None:
            return self._unreachable(answer.error)
        return self._judge(answer)

    def _connect(self, address: str, port: int, seconds: float) -> socket.socket:
        stream = socket.create_connection((address, port), seconds)
        lines = self._ask(Accepted(self._service, f"{stream.getsockname()[1]:04x}"))
        if isinstance(lines, Failure):
            self._unseen = lines.detail
        else:
            self._taken = taken_by(lines, self._inspection.listeners)
        return stream

    def _judge(self, answer: HttpAnswer) -> Finding | None:
        expect = self._health.expect
        seen = look(answer, BALANCER, expect, Wanted(self._inspection.current or None))
        said = f"{seen.status}, release {seen.release or 'not told'}" if seen.status else seen.error
        well = seen.status == expect.status and (expect.release is None or seen.release is not None)
        if self._taken is None:
            return self._elsewhere(said, soft=well and self._same_port())
        if seen.status != expect.status:
            # The release that is live may be broken: that is why another one is brought out.
            message = "the load balancer's check is not answered well now"
            return Finding("load-balancer-answer", message, f"{self._check}: {said}", soft=True)
        if not well:
            # One that is live since before may not know of ids; the next one must tell its own, or is taken back.
            message = "the load balancer's check is answered without a release id"
            remedy = "have the release answer it in the same way as gates.health.url"
            return Finding("load-balancer-release", message, f"{self._check}: {said}", remedy, soft=True)
        return None

    def _same_port(self) -> bool:
        port = port_of(self._check)
        return any(listener.form.endswith(f":{port:04X}") for listener in self._inspection.listeners)

    def _elsewhere(self, said: str, *, soft: bool = False) -> Finding:
        """Say that another program answers. A translator on the way may change the port that we would be known by."""
        listening = ", ".join(f"{each.address} (inode {each.inode})" for each in self._inspection.listeners)
        if soft or self._unseen:
            message = "the load balancer's check is answered, but its connection was not seen on the host"
            remedy = "check from a machine that reaches the hosts without address translation, to be sure"
            seen = f"{self._check}: {said}" + (f"\n{self._unseen}" if self._unseen else "")
            return Finding("load-balancer-unproved", message, seen, remedy, soft=True)
        return Finding(
            "load-balancer-elsewhere",
            "the load balancer's check is taken by something other than the service's socket",
            f"load_balancer.check: {self._check}: {said}\nthe socket: {listening}",
            "have the load balancer ask where the socket listens, and write that in the plan",
        )

    def _unreachable(self, reason: str) -> Finding:
        listening = ", ".join(each.address for each in self._inspection.listeners)
        return Finding(
            "load-balancer-unreachable",
            "the load balancer's check reaches nobody from here",
            f"load_balancer.check: {self._check}: {reason}\nthe socket: {listening}",
            "open the port to this machine, or leave load_balancer out of the plan",
        )
