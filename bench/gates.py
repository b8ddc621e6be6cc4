"""What judging costs: the metrics of 200 hosts, 10 rules, 60 ticks, beside a control of 200 hosts. CPU seconds.

Run it with `python -m bench.gates`; it needs no hosts. It exits 1 when judging takes more than the 2 s it may.
"""

import sys
from collections.abc import Iterator
from random import Random
from time import process_time

from deployer.gates.evidence import Evidence, Look
from deployer.gates.rules import judge
from deployer.plan.judging import AnyRule, Compare, ErrorRule, LatencyRule, ValueRule
from deployer.readings import Bucket, Counted, Reading

HOSTS, TICKS, MOST = 200, 60, 2.0
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RULES: tuple[AnyRule, ...] = (
    *(ErrorRule(f"errors-{number}", 0.01, errors="e", total="t") for number in range(3)),
    *(ErrorRule(f"compared-{number}", 0.01, Compare(2.0, 0.005), errors="e", total="t") for number in range(2)),
    LatencyRule("p95", 0.5, histogram="h"),
    LatencyRule("p99-between", 0.4, histogram="h", quantile=0.99),
    LatencyRule("p95-compared", 0.5, Compare(2.0), histogram="h"),
    ValueRule("queue", 100.0, value="v"),
    ValueRule("memory", None, Compare(2.0, 10.0), value="v"),
)


def main() -> int:
    """Judge every tick of a wave and print what it took."""
    random, took, verdicts = Random(1), 0.0, dict[str, int]()
    for tick in range(1, TICKS + 1):
        evidence = Evidence(tuple(readings(random, tick)), tuple(readings(random, tick)))
        began = process_time()
        rulings = [judge(rule, evidence, Look(tick, TICKS, len(RULES))) for rule in RULES]
        took += process_time() - began
        for ruling in rulings:
            verdicts[ruling.verdict] = verdicts.get(ruling.verdict, 0) + 1
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    print(f"{HOSTS} hosts, as many of the control, {len(RULES)} rules, {TICKS} ticks: {counts}")
    print(f"{took:.2f} s of CPU, {1000 * took / TICKS / len(RULES):.2f} ms for a rule of a wave; at most {MOST:g} s")
    return took > MOST


def readings(random: Random, tick: int) -> Iterator[Reading]:
    """Give what every host has counted until a tick: about 20 requests each tick, 0.2 % of them failed."""
    for _ in range(HOSTS):
        total = 20 * tick + random.randrange(5)
        bad = sum(random.random() < 0.04 for _ in range(tick))
        yield Reading(tuple(_counted(rule, bad, total) for rule in RULES))


def _counted(rule: AnyRule, bad: int, total: int) -> Counted:
    match rule:
        case ErrorRule():
            return Counted(rule.name, bad=bad, total=total)
        case LatencyRule():
            shares = (0.1, 0.2, 0.4, 0.6, 0.8, 0.93, 0.97, 0.99, 1.0, 1.0, 1.0)
            buckets = tuple(Bucket(le, int(share * total)) for le, share in zip(BOUNDS, shares, strict=True))
            return Counted(rule.name, total=total, buckets=buckets)
        case ValueRule():
            return Counted(rule.name, values=(20.0, 21.0, 22.0))


if __name__ == "__main__":
    sys.exit(main())
