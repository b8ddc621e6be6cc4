"""Two applies started together, again and again: exactly one proceeds, the other exits 5 and has changed nothing.

`python -m bench.lock --help` tells the options.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.fleet import fleet_of
from tests.acceptance.deployment import Deployment
from tests.fleet.site import new_site


def main() -> int:
    """Race and print; 1 when a race had not exactly one winner."""
    parser = argparse.ArgumentParser(prog="python -m bench.lock", description="two applies started together")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--fleet", help="a fleet that is up, instead of one for this run")
    options = parser.parse_args()
    with fleet_of(options.fleet, options.hosts) as fleet, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        app = Deployment(new_site(Path(folder), "python"), fleet, fleet.hosts[: options.hosts], Path(folder))
        app.install("r0")
        try:
            clean = [_race(app, number) for number in range(1, options.times + 1)]
        finally:
            app.clean()
    print(f"{sum(clean)} of {options.times} races had one winner and one that exited 5 and changed nothing")
    return 0 if all(clean) else 1


def _race(app: Deployment, number: int) -> bool:
    running = {}
    for release in (f"anna-{number}", f"bert-{number}"):
        app.release(release)
        plan = app.plan(release).rename(app.folder / f"{release}.yml")
        running[release] = app.start("apply", plan=plan)
    codes = {release: each.end().code for release, each in running.items()}
    winner = min(codes, key=lambda release: codes[release])
    left = [name for host in app.hosts for name in app.releases(host) if name in codes and name != winner]
    answers = app.answers()
    print(f"{number:3}  {codes}  {winner} answers on {answers.count(winner)} of {len(app.hosts)} hosts", flush=True)
    return sorted(codes.values()) == [0, 5] and set(answers) == {winner} and not left


if __name__ == "__main__":
    sys.exit(main())
