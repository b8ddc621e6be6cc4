"""One connection per bastion, shared by every host behind it."""

import threading
from dataclasses import dataclass, field

from deployer.transport.base import TransportError
from deployer.transport.keyring import Keyring
from deployer.transport.link import Dial, Link
from deployer.transport.retry import with_retries
from deployer.transport.route import Endpoint

REMEMBERED = 30.0
"""For so many seconds a bastion that could not be reached is not tried again for the next host behind it."""


@dataclass(slots=True)
class _Hop:
    """A bastion: its connection once it stands, or how it failed last, and the lock that lets one thread open it."""

    link: Link | None = None
    failure: TransportError | None = None
    failed_at: float = 0.0
    opening: threading.Lock = field(default_factory=threading.Lock)


class Bastions:
    """Dials endpoints, opening the bastions on the way once each. Safe to use from many threads."""

    def __init__(self, dial: Dial, keyring: Keyring) -> None:
        self._dial = dial
        self._keyring = keyring
        self._hops: dict[Endpoint, _Hop] = {}
        self._changing = threading.Lock()

    def dial(self, endpoint: Endpoint) -> Link:
        """Connect to an endpoint once, through its bastions. TransportError when that is not possible."""
        bastion = self._through(endpoint.via) if endpoint.via else None
        return self._dial.open(endpoint, self._keyring.identities(endpoint), bastion)

    def close(self) -> None:
        """Close every bastion, the last hops first."""
        with self._changing:
            hops, self._hops = list(self._hops.values()), {}
        for hop in reversed(hops):
            if hop.link is not None:
                hop.link.close()

    def _through(self, endpoint: Endpoint) -> Link:
        with self._changing:
            hop = self._hops.setdefault(endpoint, _Hop())
        with hop.opening:
            return hop.link if hop.link is not None and hop.link.alive else self._opened(endpoint, hop)

    def _opened(self, endpoint: Endpoint, hop: _Hop) -> Link:
        clock = self._dial.clock
        if hop.failure is not None and clock.now() - hop.failed_at < REMEMBERED:
            raise hop.failure
        try:
            hop.link = with_retries(lambda: self.dial(endpoint), clock)
        except TransportError as error:
            hop.failure = TransportError(error.failure, f"on the way to the host: {error.message}", error.remedy)
            hop.failed_at = clock.now()
            raise hop.failure from None
        return hop.link
