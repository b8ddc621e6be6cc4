"""Every kind of service, restarted and bridged under load: what a client loses, and how late its answers are.

Prints the table of docs/zero-downtime.md. `python -m bench.matrix --help` tells the options.
"""

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from bench.bridge import BRIDGE, deploys
from bench.fleet import fleet_of
from bench.load import Load, Seen, under
from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet
from tests.fleet.apps import KINDS, MORE_KINDS, PACKAGES
from tests.fleet.site import new_site

DEFAULT = ["gunicorn", "gthread", "uvicorn", "hypercorn", "node", "go"]
STRATEGIES: dict[str, dict[str, Any]] = {"restart": {"strategy": "restart"}, "bridge": BRIDGE}
QUIET = 15.0
"""Seconds of the same load without a deploy."""


def main() -> int:
    """Measure and print."""
    options = _options()
    load = Load(options.rate, kept=options.kept)
    packages = [name for kind in options.kinds for name in PACKAGES.get(kind, ())]
    print(f"{options.deploys} deploys each, boot {options.boot} s, {load.rate:g} new connections/s")
    print("| service | strategy | taken back | sent | refused | fresh lost | keep-alive closed | p50 | p99 | max |")
    print("| --- " * 10 + "|")
    with fleet_of(options.fleet, 1, packages) as fleet:
        for kind in options.kinds:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                _kind(kind, fleet, Path(folder), load, options)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.matrix", description="restart and bridge, under load")
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS, *MORE_KINDS], default=DEFAULT)
    parser.add_argument("--deploys", type=int, default=5)
    parser.add_argument("--rate", type=float, default=100, help="new connections per second")
    parser.add_argument("--kept", type=float, default=24, help="requests per second on kept connections")
    parser.add_argument("--boot", type=int, default=1, help="seconds that a release takes to boot")
    parser.add_argument("--fleet", help="a fleet that is up, instead of one for this run")
    return parser.parse_args()


def _kind(kind: str, fleet: Fleet, folder: Path, load: Load, options: argparse.Namespace) -> None:
    app = Deployment(new_site(folder, kind), fleet, fleet.hosts[:1], folder)
    app.install("r0")
    try:
        quiet, _ = under(load, app, lambda: time.sleep(QUIET))
        _print(kind, "none", 0, quiet)
        for name, keys in STRATEGIES.items():
            app.changes = {**keys, "waves": [{"name": "all", "hosts": "rest"}]}
            seen, back = under(load, app, partial(deploys, app, options.deploys, options.boot, name))
            _print(kind, name, back, seen)
    finally:
        app.clean()


def _print(kind: str, strategy: str, back: int, seen: Seen) -> None:
    fresh = seen.fresh
    times = " | ".join(f"{milliseconds:.0f} ms" for milliseconds in seen.times)
    counts = f"{fresh.sent} | {fresh.refused} | {fresh.failed - fresh.refused} | {seen.closed}"
    print(f"| {kind} | {strategy} | {back} | {counts} | {times} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
