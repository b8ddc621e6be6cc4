"""An upgrade of 10 hosts while each gets 100 new connections per second: what failed, and how late answers were.

`python -m bench.traffic --help` tells the options.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.fleet import fleet_of
from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet
from tests.fleet.site import new_site
from tests.fleet.traffic import Report, Traffic

TIMEOUT = 30.0
"""Seconds that a request may take."""


def main() -> int:
    """Upgrade and print; 1 when a request failed."""
    options = _options()
    print(f"{'kind':<10}{'sent':>8}{'failed':>8}{'refused':>9}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}{'apply':>8}")
    failed = 0
    with fleet_of(options.fleet, options.hosts) as fleet:
        for kind in options.kinds:
            report, seconds = _upgrade(fleet, kind, options)
            times = "".join(f"{second * 1000:8.0f}" for second in (*map(report.percentile, (50, 99)), report.slowest))
            print(f"{kind:<10}{report.sent:8}{report.failed:8}{report.refused:9}{times}{seconds:6.1f} s", flush=True)
            failed += report.failed
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.traffic", description="an upgrade under traffic")
    parser.add_argument("--kinds", nargs="+", choices=["gunicorn", "node", "python"], default=["gunicorn", "node"])
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--rate", type=float, default=100, help="new connections per second to each host")
    parser.add_argument("--parallel", type=int, default=2, help="hosts that change at once")
    parser.add_argument("--fleet", help="a fleet that is up, instead of one for this run")
    return parser.parse_args()


def _upgrade(fleet: Fleet, kind: str, options: argparse.Namespace) -> tuple[Report, float]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        site = new_site(Path(folder), kind)
        app = Deployment(site, fleet, fleet.hosts[: options.hosts], Path(folder))
        app.changes = {"waves": [{"name": "all", "hosts": "rest", "max_parallel": options.parallel}]}
        app.install("r1")
        try:
            with Traffic(site.urls(app.hosts), rate=options.rate, timeout=TIMEOUT) as traffic:
                ended = app.apply("r2")
                traffic.wait_for(round(options.hosts * options.rate))
            if ended.code != 0 or set(app.answers()) != {"r2"}:
                sys.exit(f"the upgrade ended with {ended.code}:\n{ended.told}")
            return traffic.report(), ended.seconds
        finally:
            app.clean()


if __name__ == "__main__":
    sys.exit(main())
