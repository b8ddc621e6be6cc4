"""Restarts of a service that listens by itself behind the wrapper that init writes: what failed, how late answers were.

`python -m bench.wrap --help` tells the options.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.initial import PACKAGES, Wrapped
from tests.fleet import Fleet
from tests.fleet.site import new_site
from tests.fleet.traffic import Report, Traffic

TIMEOUT = 30.0
"""Seconds that a request may take."""


def main() -> int:
    """Restart and print; 1 when a request failed."""
    options = _options()
    with _fleet(options.fleet) as fleet, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        wrapped = Wrapped.begin(new_site(Path(folder) / "site", "python"), fleet)
        try:
            ended = wrapped.app.apply("r1", f"slow {options.boot}")
            if ended.code != 0:
                sys.exit(f"the first deploy ended with {ended.code}:\n{ended.told}")
            print(f"{'connections':<12}{'sent':>8}{'failed':>8}{'refused':>9}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}")
            reports = [_restarts(wrapped, options, keep_alive=keep_alive) for keep_alive in (False, True)]
        finally:
            wrapped.clean()
    return 1 if any(report.failed for report in reports) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.wrap", description="restarts of a wrapped service")
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--rate", type=float, default=200, help="requests per second")
    parser.add_argument("--boot", type=float, default=1, help="seconds until the service listens")
    parser.add_argument("--fleet", help="a fleet that is up and has haproxy, instead of one for this run")
    return parser.parse_args()


@contextlib.contextmanager
def _fleet(name: str | None) -> Iterator[Fleet]:
    if name:
        yield Fleet.attach(name)
        return
    with Fleet.boot(f"bench-{os.getpid()}", ["bookworm"], packages=PACKAGES) as fleet:
        yield fleet


def _restarts(wrapped: Wrapped, options: argparse.Namespace, *, keep_alive: bool) -> Report:
    """Restart again and again, two seconds after the service listens; print a line."""
    app = wrapped.app
    requests = round(options.rate * (options.boot + 2)) * len(app.hosts)
    with Traffic(app.site.urls(app.hosts), rate=options.rate, timeout=TIMEOUT, keep_alive=keep_alive) as traffic:
        for _ in range(options.restarts):
            for host in app.hosts:
                host.systemctl("restart", f"{app.site.service}.service")
            traffic.wait_for(requests)
    report = traffic.report()
    times = "".join(f"{second * 1000:8.0f}" for second in (*map(report.percentile, (50, 99)), report.slowest))
    name = "kept" if keep_alive else "new"
    print(f"{name:<12}{report.sent:8}{report.failed:8}{report.refused:9}{times}", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
