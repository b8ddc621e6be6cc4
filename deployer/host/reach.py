"""Whether a URL can reach what a socket binds, as far as addresses tell. Pure.

Names, and addresses that may be translated on the way, get the benefit of the doubt: what is said here is sure.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from deployer.host.inspection import Inspection
from deployer.host.socketfile import listen_addresses
from deployer.host.wanted import Wanted
from deployer.plan.addresses import port_of

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a TCP socket listens."""

    ip: _Ip
    port: int


def addresses_of(inspection: Inspection, wanted: Wanted) -> tuple[str, ...]:
    """Give the stream addresses of the service's socket: the live one's, else the plan's file's, else the host's."""
    if wanted.socket is None:
        return ()
    socket, planned = inspection.socket, listen_addresses(wanted.units, wanted.socket)
    shown = socket.properties.all("Listen") if socket else ()
    streams = tuple(address.partition(" (")[0] for address in shown if address.endswith("(Stream)"))
    live = socket is not None and socket.active == "active"
    return (streams or planned) if live else (planned or streams)


def reaches(url: str, addresses: Iterable[str], *, outside: bool = False) -> bool:
    """Say whether `url` may reach one of a socket's addresses; asked from `outside`, ports may be translated too."""
    known = tuple(addresses)
    if url.startswith("unix:"):
        return url.removeprefix("unix:").partition(":")[0] in known
    parts = urlsplit(url)
    host, port = parts.hostname or "", port_of(url)
    return any((outside or place.port == port) and _meets(host, place.ip) for place in _places(known))


def is_wildcard(address: str) -> bool:
    """Say whether a socket with this address takes connections on every address of the host."""
    return any(place.ip.is_unspecified for place in _places([address]))


def _places(addresses: Iterable[str]) -> Iterator[_Place]:
    for address in addresses:
        host, _, port = address.rpartition(":")
        ip = _ip(host or "[::]")
        if ip is not None and port.isdigit():
            yield _Place(ip, int(port))


def _meets(host: str, bound: _Ip) -> bool:
    if bound.is_unspecified:
        return True
    asked = ipaddress.IPv4Address("127.0.0.1") if host == "localhost" else _ip(host)
    if asked is None:
        return True
    if asked.is_loopback and bound.is_loopback:
        return asked == bound or host == "localhost"
    return asked.is_loopback is bound.is_loopback


def _ip(text: str) -> _Ip | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
