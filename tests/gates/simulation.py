"""Simulated deploys: a service that fails a share of its requests, looked at as a rollout looks at it. Seeded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from deployer.gates.evidence import Evidence, Look
from deployer.gates.rules import judge
from deployer.gates.verdict import Verdict
from deployer.plan.judging import ErrorRule
from deployer.readings import Counted, Reading
from deployer.rulings import Ruling

SLICE = 5
"""Seconds of a simulation's grain: both a look's interval and a window are whole numbers of it."""


@dataclass(frozen=True, slots=True)
class Service:
    """A share of `requests` a second fails; beside it `hosts` of a control with as many each, which fail their share.

    The control is counted `ahead` seconds longer: since its wave began, and not since hosts were healthy and warm.
    """

    failing: float
    requests: float = 2.0
    control: float | None = None
    hosts: int = 3
    ahead: int = 30


@dataclass(frozen=True, slots=True)
class Watch:
    """A look every `interval` seconds, for `bake` seconds, from `least` on a wave may pass."""

    interval: int = 10
    bake: int = 300
    least: int = 300

    @property
    def looks(self) -> int:
        """How many looks there are."""
        return self.bake // self.interval


def errors(service: Service, watch: Watch, seed: int) -> list[tuple[int, int]]:
    """Give per slice how many requests of the wave failed, and how many there were."""
    random = Random(seed)
    return [_slice(random, service.failing, service.requests, at) for at in range(0, watch.bake, SLICE)]


def looks(service: Service, watch: Watch, rule: ErrorRule, seed: int) -> Iterator[Ruling]:
    """Give the ruling of every look at one deploy."""
    wave, control = errors(service, watch, seed), tuple(_control(service, watch, -seed - 1))
    for number in range(1, watch.looks + 1):
        upto = number * watch.interval // SLICE
        beside = (_reading(rule, control[: upto + service.ahead // SLICE]),) if control else ()
        yield judge(rule, Evidence((_reading(rule, wave[:upto]),), beside), Look(number, watch.looks, 1))


def _control(service: Service, watch: Watch, seed: int) -> Iterator[tuple[int, int]]:
    random, requests = Random(seed), service.requests * service.hosts
    if service.control is not None:
        for at in range(0, watch.bake + service.ahead, SLICE):
            yield _slice(random, service.control, requests, at)


def rolled_back(service: Service, watch: Watch, rule: ErrorRule, seed: int) -> Ruling | None:
    """Give the ruling that takes a deploy back, at a look or when the bake ends; None when it passes."""
    for ruling in looks(service, watch, rule, seed):
        over = ruling.look * watch.interval >= watch.least
        if ruling.verdict is Verdict.FAIL:
            return ruling
        if over and ruling.verdict is Verdict.PASS:
            return None
    return ruling


def any_window(slices: Sequence[tuple[int, int]], limit: float, window: int = 15) -> bool:
    """Say whether any window of so many seconds has a share of errors above the limit: how it is often done."""
    size = window // SLICE
    for start in range(0, len(slices), size):
        bad, total = (sum(each[part] for each in slices[start : start + size]) for part in (0, 1))
        if bad > limit * total:
            return True
    return False


def _slice(random: Random, share: float, requests: float, at: int) -> tuple[int, int]:
    total = int((at + SLICE) * requests) - int(at * requests)
    return sum(random.random() < share for _ in range(total)), total


def _reading(rule: ErrorRule, slices: Sequence[tuple[int, int]]) -> Reading:
    bad, total = (sum(each[part] for each in slices) for part in (0, 1))
    return Reading((Counted(rule.name, bad=bad, total=total),))
