"""What keeps a host out of a rollout, and what is better changed: pure judgement of an inspection, before staging."""

from collections.abc import Callable, Iterable, Iterator

from deployer.findings import Finding
from deployer.host import hygiene, traps
from deployer.host.causes import causes
from deployer.host.copyable import copy_findings
from deployer.host.facts import NO_ANSWER, Failure
from deployer.host.fitness import place_findings, release_findings
from deployer.host.inspection import Inspection
from deployer.host.layout import ROOM
from deployer.host.listeners import kernel_forms
from deployer.host.listening import socket_findings
from deployer.host.migration import moves
from deployer.host.planned import as_planned, in_plan
from deployer.host.reach import addresses_of
from deployer.host.serving import service_findings
from deployer.host.wanted import Wanted

__all__ = ["Wanted", "listeners_of", "refusals", "review", "unanswered"]

Check = Callable[[Inspection, Wanted], Iterable[Finding]]

# What a shell and sudo end with when a command is not there, or when sudo will not run it.
_NOT_FOUND = 127
_SUDO_REFUSED = 1


def refusals(inspection: Inspection, wanted: Wanted) -> tuple[Finding, ...]:
    """Give every reason not to touch this host; empty: go on."""
    seen = as_planned(inspection, wanted)
    found = (finding for check in _checks(inspection, wanted) for finding in check(seen, wanted))
    return causes(in_plan(finding, seen) for finding in found)


def review(inspection: Inspection, wanted: Wanted) -> tuple[Finding, ...]:
    """Give everything there is to say about this host: first what refuses a rollout, then what is better changed."""
    seen = as_planned(inspection, wanted)
    known = (seen.service.exists or seen.service.planned) and not seen.service.masked
    soft = (rule(seen, wanted) for rule in (hygiene.RULES if known else ()))
    told = (in_plan(finding, seen) for finding in soft if finding is not None)
    return (*refusals(inspection, wanted), *told)


def _checks(inspection: Inspection, wanted: Wanted) -> tuple[Check, ...]:
    """Give what is looked at: of a masked unit systemd shows nothing but defaults."""
    places: tuple[Check, ...] = (place_findings, release_findings)
    # What the units are now is not what a host goes back to; one that was not touched yet may have none.
    if wanted.returns:
        return (*places, _traps, _second)
    if inspection.service.masked:
        return (*places, service_findings)
    return (*places, service_findings, socket_findings, _traps, _second)


def _traps(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find traps; going back is how one gets out of them."""
    found = (rule(inspection, wanted) for rule in (() if wanted.goes_back else traps.RULES))
    return (finding for finding in found if finding is not None)


def _second(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find what forbids a second instance beside the live one; before a first deploy or a move, in the plan's unit."""
    there = inspection.current and not moves(inspection, wanted)
    if (wanted.bridge or wanted.rehearse) and (there or inspection.service.planned):
        asked = {"bridge": wanted.bridge, "rehearse": wanted.rehearse, "safe": wanted.safe}
        yield from copy_findings(inspection, wanted, **asked)


def listeners_of(inspection: Inspection, wanted: Wanted) -> tuple[str, ...]:
    """Give the addresses to watch, for the host program: the live socket's, else the plan's file's, else `listen`.

    Those of other sockets that the service is given are watched as well, unless it is moved behind its socket.
    """
    if wanted.socket is None:
        return ()
    own = kernel_forms(addresses_of(inspection, wanted)) or kernel_forms([wanted.listen or ""])
    beside = () if moves(inspection, wanted) else inspection.beside
    return (*own, *(each.told for each in beside))


def unanswered(failure: Failure, *, user: str, sudo: bool) -> Finding:
    """Say why `inspect` itself gave no inspection: no sudo, a missing tool, a state folder that cannot be written."""
    if failure.code == NO_ANSWER and sudo and failure.status in {_NOT_FOUND, _SUDO_REFUSED}:
        return Finding(
            "sudo",
            f"{user} may not run commands as root with sudo without a password",
            failure.detail,
            f"echo '{user} ALL=(root) NOPASSWD: /bin/sh, /usr/bin/timeout' > /etc/sudoers.d/sockdeploy"
            "   # as root; or log in as root",
        )
    if failure.code == "tool":
        return Finding("tool", failure.detail, remedy="install it with the host's package system")
    if failure.code == "state":
        return Finding("state", failure.detail, remedy=ROOM)
    return Finding(failure.code, "the host program gave no answer that can be used", failure.detail)
