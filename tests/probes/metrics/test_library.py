"""Pages as the usual client library writes them: both formats, several workers, a folder that outlives releases."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, exposition
from prometheus_client.openmetrics import exposition as open_exposition

from deployer.plan.judging import ErrorRule, LatencyRule, ValueRule
from deployer.probes.metrics.picking import Picker
from deployer.probes.metrics.scrape import ScrapedHost
from deployer.readings import Bucket, Counted
from tests.probes.metrics.pages import OPEN, TEXT, answer

ERRORS = ErrorRule("errors", 0.01, errors='http_requests_total{code=~"5.."}', total="http_requests_total")
SLOW = LatencyRule("slow", 0.5, histogram="wait_seconds")
QUEUE = ValueRule("queue", 9, value="depth")
FORMS: dict[str, Callable[[CollectorRegistry], bytes]] = {
    TEXT: exposition.generate_latest,
    OPEN: open_exposition.generate_latest,
}

# A worker counts so many good and bad requests in a folder that all workers of all releases share, and shows the page.
WORKER = """
import sys
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
requests = Counter("http_requests", "Requests.", ["code"])
wait = Histogram("wait_seconds", "Waits.", buckets=[0.1, 1])
requests.labels("200").inc(int(sys.argv[1]))
requests.labels("500").inc(int(sys.argv[2]))
wait.observe(0.5)
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


class Worker:
    """One process with a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("http_requests", "Requests.", ["code"], registry=self.registry)
        self.wait = Histogram("wait_seconds", "Waits.", buckets=[0.1, 1], registry=self.registry)
        self.depth = Gauge("depth", "Queued.", registry=self.registry)

    def serve(self, good: int, bad: int = 0) -> None:
        self.requests.labels("200").inc(good)
        if bad:
            self.requests.labels("500").inc(bad)
        self.wait.observe(0.5)
        self.depth.set(good)


@pytest.mark.parametrize("kind", FORMS)
def test_its_counters_histograms_and_gauges_are_read_in_both_formats(kind: str) -> None:
    worker = Worker()
    host = ScrapedHost(
        Picker([ERRORS, SLOW, QUEUE]), lambda: answer(FORMS[kind](worker.registry).decode(), kind), lambda: "one"
    )
    worker.serve(5)
    host.read(ready=True)
    worker.serve(7, 2)
    assert host.read(ready=True).counted == (
        Counted("errors", bad=2, total=9),
        Counted("slow", total=1, buckets=(Bucket(0.1, 0), Bucket(1.0, 1))),
        Counted("queue", values=(5, 7)),
    )


def test_workers_that_count_each_for_itself_are_recognised() -> None:
    workers = [Worker(), Worker()]
    workers[0].serve(40)
    workers[1].serve(70)
    turns = [workers[0], workers[1], workers[0], workers[1]]
    pages = iter([FORMS[TEXT](each.registry).decode() for each in turns])
    reading = ScrapedHost(Picker([ERRORS]), lambda: answer(next(pages)), lambda: "one").read(ready=True)
    assert [each.code for each in reading.unmeasured] == ["per-worker"]
    assert reading.counted == ()


def test_a_folder_shared_by_workers_and_releases_changes_nothing(tmp_path: Path) -> None:
    def work(good: int, bad: int) -> str:
        """Have another worker serve, and show the page that all of them share."""
        variables = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        argv = [sys.executable, "-c", WORKER, str(good), str(bad)]
        return subprocess.run(argv, env=variables, check=True, capture_output=True, text=True).stdout

    pages = [work(1_000_000, 5_000)] * 3 + [work(90, 10)]
    host = ScrapedHost(Picker([ERRORS, SLOW]), lambda: answer(pages.pop(0)), lambda: "one")
    host.read(ready=True)
    assert host.read(ready=True).counted == (
        Counted("errors", bad=10, total=100),
        Counted("slow", total=1, buckets=(Bucket(0.1, 0), Bucket(1.0, 1))),
    )
