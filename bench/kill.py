"""SIGKILL at random bytes of an upload, again and again: `current` stays, and the next run leaves no litter.

`python -m bench.kill --help` tells the options.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from bench.fleet import fleet_of
from tests.acceptance.deployment import Deployment
from tests.fleet.relay import Relay
from tests.fleet.site import new_site

SIZE = 10_000_000
"""Bytes of the release."""

RATE = 8_000_000
"""Bytes per second that the way to the host carries: slow enough to die in the middle."""


def main() -> int:
    """Kill, look, run again, and print; 1 when anything was left that should not be."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description="SIGKILL in the middle of uploads")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fleet", help="a fleet that is up, instead of one for this run")
    options = parser.parse_args()
    places = random.Random(options.seed)
    with fleet_of(options.fleet, 1) as fleet, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        app = Deployment(new_site(Path(folder), "python"), fleet, fleet.hosts[:1], Path(folder))
        app.install("r1")
        (app.release("r2") / "big").write_bytes(places.randbytes(SIZE))
        try:
            with _slow_way(app) as relay:
                kept = [_kill(app, relay, places.randrange(SIZE)) for _ in range(options.times)]
                last = app.run("apply")
            left = app.releases(app.hosts[0])
        finally:
            app.clean()
    print(f"current untouched {sum(kept)} of {options.times} times; then apply exited {last.code} and left {left}")
    return 0 if all(kept) and last.code == 0 and left == ["r1", "r2"] else 1


def _slow_way(app: Deployment) -> Relay:
    host = app.hosts[0]
    relay = Relay((host.address, 22), rate=RATE)
    known = app.folder / "known_hosts"
    known.write_text(relay.known_hosts(host.host_key))
    app.plan(
        "r2", ssh=app.ssh(known_hosts=str(known)), waves=[{"name": "all", "hosts": "rest"}],
        inventory={host.name: {"address": "127.0.0.1", "port": relay.port}},
    )  # fmt: skip
    return relay


def _kill(app: Deployment, relay: Relay, at: int) -> bool:
    mark, host = relay.sent, app.hosts[0]
    invocation = app.invocation(host)
    running = app.start("apply")
    running.wait_until(lambda: relay.sent - mark > at)
    running.kill()
    kept = app.current(host) == "r1" and "r2" not in app.releases(host) and app.invocation(host) == invocation
    print(f"killed after {relay.sent - mark:9} bytes: {'untouched' if kept else 'TOUCHED'}", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
