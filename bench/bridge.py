"""Bridged deploys, again and again under load: what failed, and how late answers were beside the same load in peace.

`python -m bench.bridge --help` tells the options.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench.fleet import fleet_of
from bench.load import Load, under
from tests.acceptance.deployment import Deployment
from tests.fleet.apps import PACKAGES
from tests.fleet.site import new_site

QUIET = 20.0
"""Seconds of the same load without a deploy, before and after: what answers take when nothing happens."""

BRIDGE = {"strategy": "bridge", "bridge": {"safe": True}}


def main() -> int:
    """Deploy and print; 1 when a request failed, or the p99 is beyond 1.5 times the quiet one and 5 ms."""
    options = _options()
    load = Load(options.rate, drain=options.drain)
    packages = [name for kind in options.kinds for name in PACKAGES.get(kind, ())]
    print(f"{options.deploys} deploys each, strategy bridge, {options.rate:g} new connections/s, boot {options.boot} s")
    print("| service | taken back | sent | failed | refused | p50 | p99 | max | quiet p99 | quiet max | s per deploy |")
    print("| --- " * 11 + "|")
    good = True
    with fleet_of(options.fleet, 1, packages) as fleet:
        for kind in options.kinds:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                app = Deployment(new_site(Path(folder), kind), fleet, fleet.hosts[:1], Path(folder))
                app.changes = {**BRIDGE, "rehearse": options.rehearse, "waves": [{"name": "all", "hosts": "rest"}]}
                app.install("r0")
                try:
                    good &= _measure(kind, app, load, options)
                finally:
                    app.clean()
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.bridge", description="bridged deploys under load")
    parser.add_argument("--kinds", nargs="+", default=["gunicorn", "node", "go"])
    parser.add_argument("--deploys", type=int, default=50)
    parser.add_argument("--rate", type=float, default=200, help="new connections per second")
    parser.add_argument("--boot", type=int, default=0, help="seconds that a release takes to boot")
    parser.add_argument("--drain", type=int, default=0, help="seconds that an old process has to wait for a request")
    parser.add_argument("--no-rehearse", dest="rehearse", action="store_false")
    parser.add_argument("--fleet", help="a fleet that is up, instead of one for this run")
    return parser.parse_args()


def _measure(kind: str, app: Deployment, load: Load, options: argparse.Namespace) -> bool:
    began = time.monotonic()
    before, _ = under(load, app, lambda: time.sleep(QUIET / 2))
    seen, back = under(load, app, lambda: deploys(app, options.deploys, options.boot))
    took = (time.monotonic() - began - QUIET / 2) / options.deploys
    after, _ = under(load, app, lambda: time.sleep(QUIET / 2))
    quiet = max(before.times[1], after.times[1])
    times = " | ".join(f"{milliseconds:.0f} ms" for milliseconds in seen.times)
    most = max(before.times[2], after.times[2])
    counts = f"{back} | {seen.fresh.sent} | {seen.failed} | {seen.fresh.refused}"
    print(f"| {kind} | {counts} | {times} | {quiet:.0f} ms | {most:.0f} ms | {took:.1f} |", flush=True)
    return back == 0 and seen.failed == 0 and seen.times[1] <= 1.5 * quiet + 5


def deploys(app: Deployment, count: int, boot: int, name: str = "r") -> int:
    """Deploy release after release; give how many were taken back. Ends the bench when one ended otherwise."""
    back = 0
    for number in range(1, count + 1):
        ended = app.apply(f"{name}-{number}", f"slow {boot}" if boot else "ok")
        if ended.code not in {0, 1}:
            sys.exit(f"deploy {number} ended with {ended.code}:\n{ended.told}")
        if ended.code:
            print(ended.told, file=sys.stderr)
            back += 1
    return back


if __name__ == "__main__":
    sys.exit(main())
