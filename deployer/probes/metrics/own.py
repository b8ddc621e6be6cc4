"""Requests of our own to the hosts that are judged, for services nobody calls at night; the service counts them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import cycle, islice
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

from deployer.plan.judging import Metrics, MetricsTraffic, Scrape
from deployer.plan.model import Plan, ProbeFrom
from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics.way import Question
from deployer.readings import Reading, Subject
from deployer.traffic.load import Load
from deployer.traffic.shot import Fate, Shot

MOST = 20.0
"""Requests a second to one host."""

USUAL = 30.0
"""Seconds over which they are spread where the wave may bake for no time at all."""

PATIENCE = 30.0
"""Seconds after which a client has surely given up."""


class Way(Protocol):
    """The way to a host's service."""

    def ask(self, question: Question) -> HttpAnswer:
        """Ask once. Never raises."""
        ...


class OwnRequests:
    """Reads subjects by `reading`, and sends requests to each host of the new release once its counting has begun.

    `now` gives seconds since the epoch. Nothing is sent to a host any more that nobody reads.
    """

    def __init__(
        self,
        plan: Plan,
        traffic: MetricsTraffic,
        ways: Mapping[str, Way],
        now: Callable[[], float],
        reading: Callable[[Subject], Reading],
    ) -> None:
        self._plan = plan
        self._traffic = traffic
        self._ways = ways
        self._now = now
        self._reading = reading
        self._read: dict[str, float] = {}
        self._lock = Lock()

    def __call__(self, subject: Subject) -> Reading:
        """Read the subject once."""
        reading = self._reading(subject)
        if reading.ready and not subject.control:
            for host in subject.hosts:
                self._begin(host, subject.wave)
        return reading

    def _begin(self, host: str, wave: str) -> None:
        with self._lock:
            begun = host in self._read
            self._read[host] = self._now()
        if not begun:
            Load(self._shots(host, wave), rate(self._plan, self._traffic, wave)).start()

    def _shots(self, host: str, wave: str) -> Callable[[], Shot | None]:
        """Give what sends the next request; None when there is no next one, which ends the load."""
        left = questions(self._plan, self._traffic)
        patience = _patience(self._plan.gates.metrics)

        def shoot() -> Shot | None:
            with self._lock:
                question = next(left, None) if self._now() - self._read[host] < patience else None
            if question is None:
                return None
            answer = self._ways[host].ask(question)
            return Shot(wave, Fate.OK, answer.seconds)

        return shoot


def rate(plan: Plan, traffic: MetricsTraffic, wave: str) -> float:
    """Give how many requests a second are sent to a host: spread over the time that its wave bakes at least."""
    bake = next((each.bake.min for each in plan.waves if each.name == wave), 0.0)
    return min(MOST, traffic.requests / (bake or USUAL))


def questions(plan: Plan, traffic: MetricsTraffic) -> Iterator[Question]:
    """Give all requests for one host: to the service that the health URL names, else to where the metrics are."""
    asked = _service(plan)
    if asked is None:
        return iter(())
    paths = islice(cycle(traffic.paths), traffic.requests)
    return (replace(asked, url=at_path(asked.url, path)) for path in paths)


def _service(plan: Plan) -> Question | None:
    """Give how the service is asked; None when nothing in the plan tells where it answers."""
    health, source = plan.gates.health, plan.gates.metrics.source if plan.gates.metrics else None
    if health is not None:
        local = ProbeFrom.HOST not in health.sources
        return Question(health.url, health.headers, PATIENCE, local=local, ca_file=health.ca_file)
    if isinstance(source, Scrape):
        return Question(source.url, source.headers, PATIENCE, local=source.local, ca_file=source.ca_file)
    return None


def at_path(url: str, path: str) -> str:
    """Give the same service's other path."""
    if url.startswith("unix:"):
        return f"{url.rpartition(':')[0]}:{path}"
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _patience(metrics: Metrics | None) -> float:
    """Give the seconds between two readings after which nobody reads any more."""
    return 3 * (metrics.interval + metrics.timeout) if metrics else 0.0
