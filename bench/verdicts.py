"""How often a verdict is right: 2,000 simulated deploys of each kind, seeded, beside a ratio of any 15 s window.

Run it with `python -m bench.verdicts`; it needs no hosts. It exits 1 when a share is out of its bounds.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median
from time import monotonic

from deployer.gates.verdict import Verdict
from deployer.plan.judging import Compare, ErrorRule
from tests.gates.simulation import Service, Watch, any_window, errors, rolled_back

DEPLOYS = 2000
FIVE_MINUTES = Watch()
ABSOLUTE = ErrorRule("errors", 0.01, errors="e", total="t")
COMPARED = ErrorRule("errors", 0.01, Compare(2.0, 0.005), errors="e", total="t")


@dataclass(frozen=True, slots=True)
class Case:
    """Deploys of one kind, judged by one rule; so large a share of them should be taken back, at least and at most."""

    name: str
    service: Service
    rule: ErrorRule = ABSOLUTE
    watch: Watch = FIVE_MINUTES
    least: float = 0.0
    most: float = 1.0


CASES = (
    Case("0.2 % errors, limit 1 %", Service(0.002), most=0.01),
    Case("1 % errors, limit 1 %", Service(0.01)),
    Case("5 % errors, limit 1 %", Service(0.05), least=0.99),
    Case("5 % errors, may pass after 1 min", Service(0.05), watch=Watch(least=60)),
    Case("3 % everywhere, limit 1 %", Service(0.03)),
    Case("3 % everywhere, beside 3 hosts", Service(0.03, control=0.03), COMPARED, most=0.01),
    Case("3 % everywhere, beside 1 host", Service(0.03, control=0.03, hosts=1), COMPARED),
    Case("5 % beside 3 hosts with 0.2 %", Service(0.05, control=0.002), COMPARED, least=0.99),
    Case("0.2 % beside 3 hosts with 0.2 %", Service(0.002, control=0.002), COMPARED, most=0.01),
    Case("all fail, 0.1 requests/s", Service(1.0, 0.1), least=1.0),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the deploys of one case: shares, seconds, and the most bad requests that one of them saw."""

    failed: float
    open: float
    after: float
    seen: int
    windows: float


def main() -> int:
    """Print a line per case; exit 1 when one is out of its bounds."""
    began = monotonic()
    print(f"{DEPLOYS} deploys each; 2 requests/s per host, 30 looks in 5 min, min_requests 50")
    print("taken back: what failed at a look, and what was still open when the bake ended\n")
    print(f"| {'deploys':<32} | failed  | open    | after (median) | bad seen (most) | any 15 s window |")
    print(f"|{'-' * 34}|{'-' * 9}|{'-' * 9}|{'-' * 16}|{'-' * 17}|{'-' * 17}|")
    right = []
    with ProcessPoolExecutor() as pool:
        for case, outcome in zip(CASES, pool.map(_outcome, CASES), strict=True):
            print(
                f"| {case.name:<32} | {100 * outcome.failed:>5.1f} % | {100 * outcome.open:>5.1f} % | "
                f"{outcome.after:>12.0f} s | {outcome.seen:>15} | {100 * outcome.windows:>13.1f} % |"
            )
            right.append(case.least <= outcome.failed + outcome.open <= case.most)
    print(f"\n{monotonic() - began:.1f} s")
    return 0 if all(right) else 1


def _outcome(case: Case) -> Outcome:
    rulings = [rolled_back(case.service, case.watch, case.rule, seed) for seed in range(DEPLOYS)]
    back = [ruling for ruling in rulings if ruling is not None]
    failed = [ruling for ruling in back if ruling.verdict is Verdict.FAIL]
    windows = sum(any_window(errors(case.service, case.watch, seed), 0.01) for seed in range(DEPLOYS))
    return Outcome(
        len(failed) / DEPLOYS,
        (len(back) - len(failed)) / DEPLOYS,
        median(ruling.look for ruling in back) * case.watch.interval if back else 0.0,
        max((ruling.bad for ruling in back), default=0),
        windows / DEPLOYS,
    )


if __name__ == "__main__":
    sys.exit(main())
