"""Asking a host's health URL from every source of the plan, and finding the way to ask it."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from deployer.facts import HealthLook
from deployer.gates.health import Wanted
from deployer.plan.addresses import at_host, port_of
from deployer.plan.model import BALANCER, Health, ProbeFrom
from deployer.probes import http
from deployer.probes.answer import HttpAnswer, look
from deployer.probes.http import Curl
from deployer.probes.moved import moved
from deployer.transport.base import Stream, Transport, TransportError, TransportFailure


class HealthProbe:
    """The health URL of one host. From the host it is asked over the connection, or by curl where sshd forbids that.

    `health` is the gate as the plan has it.
    """

    def __init__(self, health: Health, address: str, transport: Transport) -> None:
        self.health = health
        self._url = at_host(health.url, address)
        self._balancer = at_host(health.balancer, address)
        self._transport = transport
        self._watch: Curl | None = None
        self._curl = False
        self._through_curl = self._url.startswith("unix:")
        self._forbidden = False

    def find_way(self, watch: Curl, wanted: Wanted, *, curl: bool) -> HealthLook:
        """Find the way to ask from the host, and give a first look, from the plan's first source.

        TransportError FORWARDING when there is no way, LOST when the host is gone.
        """
        self._watch, self._curl = watch, curl
        first = self.health.sources[0]
        answer = self._try_host() if ProbeFrom.HOST in self.health.sources else None
        if answer is None or first is not ProbeFrom.HOST:
            return self._look(first, wanted)
        return look(answer, first.value, self.health.expect, wanted)

    def _try_host(self) -> HttpAnswer:
        if self._through_curl and not self._curl:
            raise TransportError(TransportFailure.FORWARDING, "a unix socket is asked by curl on the host")
        try:
            return self._answer(ProbeFrom.HOST)
        except TransportError as error:
            if error.failure is not TransportFailure.FORWARDING or not self._curl:
                raise
            self._through_curl = True
            return self._answer(ProbeFrom.HOST)

    @property
    def wants_curl(self) -> bool:
        """Whether only curl on the host can ask, and nobody is there who has it ask."""
        return self._watch is None and (self._through_curl or self._forbidden)

    def ask(self, wanted: Wanted) -> tuple[HealthLook, ...]:
        """Ask once from every source, and by the load balancer's check; a connection that is gone is no answer."""
        return tuple(self._look(source, wanted) for source in self.health.asked)

    def ask_host(self, wanted: Wanted, times: int = 1) -> tuple[HealthLook, ...]:
        """Ask from the host, whatever the plan's sources are, so many times at once."""
        looks: list[HealthLook] = []
        # Daemons: nobody waits for a host's answer when the program ends.
        asking = [
            threading.Thread(target=lambda: looks.append(self._look(ProbeFrom.HOST, wanted)), daemon=True)
            for _ in range(times)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        return tuple(looks)

    def open(self, count: int) -> tuple[Stream, ...]:
        """Open so many connections to the health URL's address, from the host; fewer when that is not possible."""
        parts, opened = urlsplit(self._url), list[Stream]()
        with suppress(TransportError):
            while not self._through_curl and len(opened) < count:
                opened.append(self._forward(parts.hostname or "", port_of(self._url), self.health.timeout))
        return tuple(opened)

    def ask_on(self, stream: Stream, wanted: Wanted) -> HealthLook:
        """Ask once over an open connection, which is closed then."""
        health = self.health
        answer = http.ask(self._url, health.headers, health.timeout, lambda *_: stream, ca_file=health.ca_file)
        return look(answer, str(ProbeFrom.HOST), health.expect, wanted)

    def moved(self, places: Mapping[str, str]) -> "HealthProbe | None":
        """Give the probe that asks at another address of the host, by the same way; None when `places` has none."""
        health = moved(self.health, self._url, places)
        if health is None:
            return None
        other = HealthProbe(health, "", self._transport)
        other._watch, other._curl, other._through_curl = self._watch, self._curl, self._through_curl
        return other

    def _look(self, source: str, wanted: Wanted) -> HealthLook:
        try:
            # sshd may forbid one address of the host and not another.
            answer = self._try_host() if source == ProbeFrom.HOST and self._curl else self._answer(source)
        except TransportError as error:
            self._forbidden = error.failure is TransportFailure.FORWARDING
            answer = HttpAnswer(error=error.message)
        return look(answer, str(source), self.health.expect, wanted)

    def _answer(self, source: str) -> HttpAnswer:
        headers, timeout, ca_file = self.health.headers, self.health.timeout, self.health.ca_file
        if source in {ProbeFrom.LOCAL, BALANCER}:
            from deployer.probes import local  # noqa: PLC0415 - it takes long to load, and most plans ask from the host

            url = self._balancer if source == BALANCER else self._url
            return local.ask(url, headers, timeout, ca_file=ca_file)
        if self._through_curl:
            if self._watch is None:
                return HttpAnswer(error="the host is not watched")
            return self._watch.ask(self._url, headers, timeout, ca_file=ca_file)
        return http.ask(self._url, headers, timeout, self._forward, ca_file=ca_file)

    def _forward(self, address: str, port: int, seconds: float) -> Stream:
        return self._transport.forward(address, port, timeout=seconds)
