"""What follows from what: a finding that goes when another's remedy was followed is not told besides it. Pure.

Its own remedy would be wrong as long as the cause is there: a socket that is started beside a service that binds its
port by itself takes the port away from it.
"""

from collections.abc import Iterable

from deployer.findings import Finding

_NO_SOCKET_YET = frozenset(
    {"socket-missing", "not-enabled", "not-active", "not-held", "copy-socket", "socket-differs", "listen-differs"}
)
_FOLLOW = {
    "masked": frozenset({"copy-socket"}),
    "self-bound": _NO_SOCKET_YET,
    "migrate-units": _NO_SOCKET_YET,
    "port-taken": _NO_SOCKET_YET,
    "accept": frozenset({"copy-socket", "other-service"}),
    "socket-missing": frozenset({"copy-socket"}),
    "service-missing": frozenset({"copy-socket", "copy-current", "not-current"}),
    "service-broken": frozenset({"copy-socket", "copy-current", "bridge-blocking"}),
    "other-service": frozenset({"copy-socket"}),
    "not-current": frozenset({"copy-current"}),
}
_FIRST = frozenset({"masked", "self-bound", "migrate-units", "port-taken"})


def causes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give the findings that follow from no other; those without which nothing else can be mended come first."""
    told = tuple(findings)
    following = {code for finding in told for code in _FOLLOW.get(finding.code, ())}
    left = (finding for finding in told if finding.code not in following)
    return tuple(sorted(left, key=lambda finding: finding.code not in _FIRST))
