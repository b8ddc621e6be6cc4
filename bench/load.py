"""Load on one service while something is done to it: new connections, kept ones, and requests that take their time."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

from tests.acceptance.deployment import Deployment
from tests.fleet.traffic import Report, Traffic

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds that a request may take."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent to each host: `rate` new connections per second, `kept` requests per second on kept connections.

    With `drain` there is always a request under way that takes so many seconds: an old process has to wait for it.
    """

    rate: float
    kept: float = 0.0
    drain: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of it."""

    fresh: Report
    kept: Report
    slow: Report

    @property
    def closed(self) -> int:
        """Kept connections that were closed under a request."""
        return sum(sample.reused for sample in self.kept.with_outcome("reset", "cut"))

    @property
    def failed(self) -> int:
        """Requests that failed and were not on a kept connection."""
        return self.fresh.failed + self.slow.failed

    @property
    def times(self) -> tuple[float, float, float]:
        """p50, p99 and slowest of the new connections, in milliseconds."""
        fresh = self.fresh
        return fresh.percentile(50) * 1000, fresh.percentile(99) * 1000, fresh.slowest * 1000


def under(load: Load, app: Deployment, work: Callable[[], T]) -> tuple[Seen, T]:
    """Do some work while the load is on; give what became of the load, and what the work gave."""
    urls = app.site.urls(app.hosts)
    late = {name: f"{url}slow/{load.drain}" for name, url in urls.items()}
    fresh = Traffic(urls, rate=load.rate, timeout=TIMEOUT)
    kept = Traffic(urls, rate=load.kept, timeout=TIMEOUT, keep_alive=True) if load.kept else None
    slow = Traffic(late, rate=0.5, timeout=TIMEOUT) if load.drain else None
    with fresh, kept or nullcontext(), slow or nullcontext():
        given = work()
        fresh.wait_for(round(load.rate))
    nothing = Report(())
    seen = Seen(fresh.report(), kept.report() if kept else nothing, slow.report() if slow else nothing)
    return seen, given
