"""Where requests of our own go and how: the health URL, over the host's SSH connection or from here."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from deployer.gates.health import Wanted
from deployer.plan.addresses import port_of
from deployer.plan.model import Health, ProbeFrom
from deployer.probes import http
from deployer.probes.answer import look
from deployer.traffic.shot import Shot, shot
from deployer.transport.base import Stream, Transport, TransportError

PATIENCE = 30.0
"""Seconds after which a client has surely given up."""


@dataclass(frozen=True, slots=True)
class Aim:
    """The health URL of one host, as requests of our own ask it; a release is told by what its answers carry."""

    health: Health
    url: str
    source: ProbeFrom
    transport: Transport
    release: str

    def connect(self) -> Stream:
        """Open a connection. TransportError or OSError when that is not possible."""
        reach = self._from_host if self.source is ProbeFrom.HOST else _from_here
        stream = reach(urlsplit(self.url).hostname or "", port_of(self.url), PATIENCE)
        try:
            return http.secured(stream, self.url, self.health.headers, PATIENCE, self.health.ca_file)
        except OSError:
            stream.close()
            raise

    def ask(self, stream: Stream) -> bool:
        """Ask once over an open connection, and leave it open; False when the service does not keep it."""
        return http.ask_again(stream, self.url, self.health.headers, PATIENCE)

    def at(self, path: str) -> "Aim":
        """Give the same host's other path."""
        parts = urlsplit(self.url)
        return replace(self, url=f"{parts.scheme}://{parts.netloc}{path}")

    @property
    def possible(self) -> bool:
        """Whether it can be asked so: a unix socket cannot, and curl on the host would cost it a process each time."""
        return not self.url.startswith("unix:")

    def shoot(self) -> Shot | None:
        """Ask once, over a connection of its own; None when the connection to the host is gone, or forbids it."""
        connect: Callable[[str, int, float], Stream] = self._from_host if self.source is ProbeFrom.HOST else _from_here
        try:
            answer = http.ask(self.url, self.health.headers, PATIENCE, connect, ca_file=self.health.ca_file)
        except TransportError:
            return None
        seen = look(answer, self.source.value, self.health.expect, Wanted(self.release))
        return shot(answer, seen.release, self.health.expect.status)

    def _from_host(self, address: str, port: int, seconds: float) -> Stream:
        return self.transport.forward(address, port, timeout=seconds)


def _from_here(address: str, port: int, seconds: float) -> Stream:
    return socket.create_connection((address, port), timeout=seconds)
