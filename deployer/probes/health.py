"""Asking a host's health URL from every source of the plan, and finding the way to ask it."""

from typing import Protocol

from deployer.facts import HealthLook
from deployer.gates.health import Wanted
from deployer.plan.model import Health, ProbeFrom
from deployer.probes import http
from deployer.probes.answer import HttpAnswer, look
from deployer.probes.http import Headers
from deployer.transport.base import Stream, Transport, TransportError, TransportFailure


class Curl(Protocol):
    """Something that has curl on the host ask."""

    def ask(self, url: str, headers: Headers, timeout: float) -> HttpAnswer:
        """Ask `url`, within `timeout` seconds."""
        ...


class HealthProbe:
    """The health URL of one host. From the host it is asked over the connection, or by curl where sshd forbids that."""

    def __init__(self, health: Health, address: str, transport: Transport) -> None:
        self._health = health
        self._url = health.url.replace("{address}", f"[{address}]" if ":" in address else address)
        self._transport = transport
        self._watch: Curl | None = None
        self._through_curl = self._url.startswith("unix:")

    def find_way(self, watch: Curl, wanted: Wanted, *, curl: bool) -> HealthLook:
        """Find the way to ask from the host, and give a first look, from the plan's first source.

        TransportError FORWARDING when there is no way, LOST when the host is gone.
        """
        self._watch = watch
        first = self._health.sources[0]
        answer = self._try_host(curl=curl) if ProbeFrom.HOST in self._health.sources else None
        if answer is None or first is not ProbeFrom.HOST:
            return self._look(first, wanted)
        return look(answer, first.value, self._health.expect, wanted)

    def _try_host(self, *, curl: bool) -> HttpAnswer:
        if self._through_curl and not curl:
            raise TransportError(TransportFailure.FORWARDING, "a unix socket is asked by curl on the host")
        try:
            return self._answer(ProbeFrom.HOST)
        except TransportError as error:
            if error.failure is not TransportFailure.FORWARDING or not curl:
                raise
            self._through_curl = True
            return self._answer(ProbeFrom.HOST)

    def ask(self, wanted: Wanted) -> tuple[HealthLook, ...]:
        """Ask once from every source; a connection that is gone is an answer that did not come."""
        return tuple(self._look(source, wanted) for source in self._health.sources)

    def _look(self, source: ProbeFrom, wanted: Wanted) -> HealthLook:
        try:
            answer = self._answer(source)
        except TransportError as error:
            answer = HttpAnswer(error=error.message)
        return look(answer, source.value, self._health.expect, wanted)

    def _answer(self, source: ProbeFrom) -> HttpAnswer:
        headers, timeout = self._health.headers, self._health.timeout
        if source is ProbeFrom.LOCAL:
            from deployer.probes import local  # noqa: PLC0415 - it takes long to load, and most plans ask from the host

            return local.ask(self._url, headers, timeout)
        if self._through_curl:
            watched = self._watch
            return watched.ask(self._url, headers, timeout) if watched else HttpAnswer(error="the host is not watched")
        return http.ask(self._url, headers, timeout, self._forward)

    def _forward(self, address: str, port: int, seconds: float) -> Stream:
        return self._transport.forward(address, port, timeout=seconds)
