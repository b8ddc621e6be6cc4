"""Traffic on a service while it is deployed: what was sent, what came back, from which release, how late."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.fleet.system import FleetError

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Sample:
    """One request. `scheduled` is Unix seconds; `latency` counts from there, in seconds, so a late start is in it.

    outcome: ok | bad (a whole answer that is not 200) | refused | reset | cut (closed before the answer was whole) |
    timeout | unreachable. status is 0 without an answer, release empty without an id. reused: on a kept connection.
    """

    name: str
    scheduled: float
    latency: float
    outcome: str
    status: int
    reused: bool
    release: str

    @property
    def ended(self) -> float:
        """When it was over, Unix seconds."""
        return self.scheduled + self.latency


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all requests."""

    samples: tuple[Sample, ...]

    @property
    def sent(self) -> int:
        """All requests."""
        return len(self.samples)

    @property
    def ok(self) -> int:
        """Answered with 200."""
        return self.count("ok")

    @property
    def refused(self) -> int:
        """Refused: nobody listened."""
        return self.count("refused")

    @property
    def bad(self) -> int:
        """Answered, but not with 200."""
        return self.count("bad")

    @property
    def lost(self) -> int:
        """Neither refused nor answered: reset, cut off, unreachable, or unanswered for the time limit."""
        return self.sent - self.ok - self.refused - self.bad

    @property
    def failed(self) -> int:
        """Everything that is not ok: refused, bad and lost together."""
        return self.sent - self.ok

    @property
    def slowest(self) -> float:
        """The longest latency of an answered request, in seconds."""
        return max(self._latencies(), default=0.0)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many of each outcome."""
        return dict(Counter(sample.outcome for sample in self.samples))

    @property
    def by_release(self) -> dict[str, int]:
        """How many good answers of each release."""
        return dict(Counter(sample.release for sample in self.samples if sample.outcome == "ok"))

    def count(self, outcome: str) -> int:
        """How many ended so."""
        return sum(sample.outcome == outcome for sample in self.samples)

    def percentile(self, percent: float) -> float:
        """The latency, in seconds, that `percent` of the answered requests did not exceed."""
        ordered = sorted(self._latencies())
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

    def of(self, *names: str) -> "Report":
        """The part that went to these goals."""
        return Report(tuple(sample for sample in self.samples if sample.name in names))

    def with_outcome(self, *outcomes: str) -> tuple[Sample, ...]:
        """The samples that ended so."""
        return tuple(sample for sample in self.samples if sample.outcome in outcomes)

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.sent} sent, {self.ok} ok, {self.refused} refused, {self.bad} bad answers, {self.lost} lost; "
            f"p50 {self.percentile(50) * 1000:.0f} ms, p99 {self.percentile(99) * 1000:.0f} ms, "
            f"slowest {self.slowest * 1000:.0f} ms; good answers by release: {self.by_release}"
        )

    def _latencies(self) -> Iterable[float]:
        return (sample.latency for sample in self.samples if sample.outcome in {"ok", "bad"})


class Traffic:
    """Requests at a fixed rate (per second and URL) by a process of their own, while the `with` block lasts.

    Each on a new connection; with `keep_alive` on connections kept open, opened as they are needed. `timeout` is for
    one request, in seconds, from when it was due. `before` are words in front of the client's command line, such as
    those that run it in a host's network. After the block, `report()` has every request.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        rate: float = 40.0,
        timeout: float = 30.0,
        keep_alive: bool = False,
        before: Sequence[str] = (),
    ) -> None:
        goals = [_goal(name, url, keep_alive=keep_alive) for name, url in urls.items()]
        self._order = json.dumps({"goals": goals, "rate": rate, "timeout": timeout, "keep_alive": keep_alive})
        self._timeout = timeout
        self._before = before
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        """Begin to send; give the first answers a moment to come, so that traffic is there when the block begins."""
        argv = [*self._before, sys.executable, "-m", "tests.fleet.traffic_client", self._order]
        self._client = subprocess.Popen(argv, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()
        deadline = time.monotonic() + 10
        while not self._lines and self._client.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop sending, wait for what is due, end the process."""
        if self._client.stdin:
            self._client.stdin.close()
        try:
            code = self._client.wait(self._timeout + 10)
        except subprocess.TimeoutExpired:
            self._client.kill()
            code = self._client.wait()
        self._reader.join()
        if self._client.stdout:
            self._client.stdout.close()
        if code != 0 and kind is None:
            raise FleetError(f"the traffic client ended with status {code}: its figures are worth nothing")

    def report(self) -> Report:
        """What is over so far; after the block: everything."""
        return Report(tuple(_sample(line) for line in list(self._lines)))

    def wait_for(self, count: int, seconds: float = 30) -> None:
        """Wait until `count` more requests are over; FleetError when they are not in time."""
        wanted, deadline = len(self._lines) + count, time.monotonic() + seconds
        while len(self._lines) < wanted:
            if time.monotonic() > deadline:
                raise FleetError(f"{count} more requests were not over within {seconds:g} s")
            time.sleep(0.02)

    def _collect(self) -> None:
        if self._client.stdout:
            for line in self._client.stdout:
                self._lines.append(line.rstrip("\n"))


def merged(reports: Sequence[Report]) -> Report:
    """Several reports as one, by time."""
    return Report(tuple(sorted((s for report in reports for s in report.samples), key=lambda sample: sample.scheduled)))


def _goal(name: str, url: str, *, keep_alive: bool) -> tuple[str, str, int, str]:
    """What the client needs of a URL: name, IPv4 address, port, and the request's text."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise FleetError(f"{url!r}: expected http://ADDRESS[:PORT]/PATH")
    path = parts.path or "/"
    connection = "keep-alive" if keep_alive else "close"
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: {connection}\r\n\r\n"
    return name, parts.hostname, parts.port or 80, request


def _sample(line: str) -> Sample:
    name, scheduled, latency, outcome, status, reused, release = line.split("\t")
    return Sample(name, float(scheduled), float(latency), outcome, int(status), reused == "1", release)
