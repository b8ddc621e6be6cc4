"""What each act costs a host and the machine that asks for it: CPU and wall clock, one act at a time on one host.

`python -m bench.acts --help` tells the options.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.content import stamp
from bench.cpu import of_host
from bench.entrant import Conditions, Entrant
from bench.fleet import fleet_of
from bench.tools.base import Stage
from bench.tools.sockdeploy import Sockdeploy
from deployer import artifact
from deployer.events import ActFailed, ActUnknown
from deployer.facts import Act, Verb
from deployer.fleet.door import HostDoor
from deployer.gates.health import Wanted
from deployer.options import Options
from deployer.verbs.ground import stand

WATCHED = 5.0
"""Seconds of watching that are measured."""

Step = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step cost: milliseconds of wall clock, of CPU here, of CPU on the host."""

    what: str
    wall: float
    here: float
    there: float


def main() -> int:
    """Measure and print."""
    options = _options()
    conditions = Conditions(options.kind, options.user, options.limits)
    with fleet_of(options.fleet, 1) as fleet, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        entrant = Entrant.enter(0, Sockdeploy(), fleet, Path(folder), conditions)
        try:
            costs = [cost for number in range(options.rounds) for cost in _round(entrant.stage, number)]
        finally:
            entrant.leave()
    _print(costs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.acts", description="what each act costs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--user", choices=["root", "deploy"], default="root")
    parser.add_argument("--kind", choices=["gunicorn", "node", "python"], default="gunicorn")
    parser.add_argument("--limits", action="store_true", help="units with systemd's own start limits")
    parser.add_argument("--fleet", help="a fleet of one host that is up, instead of one for this run")
    return parser.parse_args()


def _round(stage: Stage, number: int) -> Iterator[Cost]:
    release = f"acts-{number}-{os.getpid()}"
    stamp(stage.content, release)
    options = Options(plan=str(stage.folder / "plan.yml"), release=release)
    stat = stage.hosts[0].group.folder / "cpu.stat"
    with stand(options, os.environ, print) as ground, artifact.load(ground.plan.artifact) as payload:
        (door,) = ground.doors(ground.task(Verb.APPLY, release, (), payload), lambda _: None).values()
        connect = next(iter(ground.transports.values())).connect
        for what, work in [("connect", connect), *_steps(door, release)]:
            yield _cost(what, work, stat)


def _steps(door: HostDoor, release: str) -> Sequence[Step]:
    def act(which: Act) -> Step:
        return which.value, lambda: door.act(which)

    look: Step = ("one look at health", lambda: door.ask(Wanted(release)))
    watch: Step = (f"{WATCHED:g} s of watching", lambda: time.sleep(WATCHED))
    before = map(act, (Act.INSPECT, Act.OBSERVE, Act.STAGE, Act.ACTIVATE))
    after = map(act, (Act.MEASURE, Act.CONFIRM, Act.PRUNE))
    return [*before, look, watch, *after, ("close", door.close)]


def _cost(what: str, work: Callable[[], object], stat: Path) -> Cost:
    wall, here, there = time.monotonic(), time.process_time(), of_host(stat)
    done = work()
    spent = (time.monotonic() - wall, time.process_time() - here, of_host(stat) - there)
    if isinstance(done, ActFailed | ActUnknown):
        sys.exit(f"{what}: {done}")
    return Cost(what, *(seconds * 1000 for seconds in spent))


def _print(costs: Sequence[Cost]) -> None:
    print(f"{'milliseconds, median':<24}{'wall':>8}{'CPU here':>10}{'CPU there':>11}")
    for what in dict.fromkeys(cost.what for cost in costs):
        own = [cost for cost in costs if cost.what == what]
        wall, here, there = (median(each) for each in zip(*((c.wall, c.here, c.there) for c in own), strict=True))
        print(f"{what:<24}{wall:8.0f}{here:10.0f}{there:11.0f}")


if __name__ == "__main__":
    sys.exit(main())
