"""The way to a host's pages: over its connection, by curl there where sshd forbids that, or from here."""

from collections.abc import Callable
from dataclasses import dataclass

from deployer.facts import UnitLook
from deployer.plan.addresses import at_host
from deployer.probes import http
from deployer.probes.answer import BODY_LIMIT, HttpAnswer
from deployer.probes.http import Curl, Headers
from deployer.transport.base import Stream, Transport, TransportError, TransportFailure


@dataclass(frozen=True, slots=True)
class Question:
    """A GET: `url` may hold `{address}`; within `timeout` seconds, `limit` bytes of the body; `local`: from here."""

    url: str
    headers: Headers = ()
    timeout: float = 5.0
    limit: int = BODY_LIMIT
    local: bool = False
    ca_file: str | None = None


class Way:
    """The way to the pages of one host. `unit` gives the last look at the service's unit.

    `watch` is who has curl there ask, as soon as the host is watched.
    """

    def __init__(self, address: str, transport: Transport, unit: Callable[[], UnitLook]) -> None:
        self._address = address
        self._transport = transport
        self._unit = unit
        self.watch: Curl | None = None

    @property
    def process(self) -> str:
        """Tell which process serves: another text after each restart."""
        unit = self._unit()
        return f"{unit.invocation} {unit.pid}"

    def ask(self, question: Question) -> HttpAnswer:
        """Ask once. Never raises: a connection that is gone is no answer."""
        url = at_host(question.url, self._address)
        if question.local:
            from deployer.probes import local  # noqa: PLC0415 - it takes long to load, and most plans ask from the host

            return local.ask(url, question.headers, question.timeout, question.limit, question.ca_file)
        if url.startswith("unix:"):
            return self._by_curl(url, question, "a unix socket is asked by curl on the host, which is not watched")
        try:
            return http.ask(url, question.headers, question.timeout, self._forward, question.limit, question.ca_file)
        except TransportError as error:
            if error.failure is TransportFailure.FORWARDING:
                return self._by_curl(url, question, error.message)
            return HttpAnswer(error=error.message)

    def _by_curl(self, url: str, question: Question, otherwise: str) -> HttpAnswer:
        if self.watch is None:
            return HttpAnswer(error=otherwise)
        return self.watch.ask(url, question.headers, question.timeout, question.limit, question.ca_file)

    def _forward(self, address: str, port: int, seconds: float) -> Stream:
        return self._transport.forward(address, port, timeout=seconds)
