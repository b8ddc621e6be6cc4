"""The exact tails and intervals agree with SciPy's over wide ranges, to nine digits of each value."""

from collections.abc import Iterator
from random import Random

import pytest
from scipy.stats import beta, binom, hypergeom  # type: ignore[import-untyped] # it ships no types

from deployer.gates.rates import fisher, interval, tail

TINY = 1e-250
"""Below this SciPy's own values have few digits left."""


def same(value: float, other: float) -> bool:
    return abs(value - other) <= 1e-9 * max(other, TINY)


def counts(seed: int, many: int) -> Iterator[tuple[int, int, float]]:
    """Give k, n and p: n up to a million, p down to a billionth, k everywhere from 0 to n and often near n p."""
    random = Random(seed)
    for _ in range(many):
        n = int(10 ** random.uniform(0, 6))
        p = min(10 ** random.uniform(-9, 0) if random.random() < 0.7 else random.random(), 1 - 1e-9)
        near = round(n * p + random.gauss(0, 6) * (n * p * (1 - p)) ** 0.5)
        yield random.choice([0, 1, n, random.randint(0, n), *[min(n, max(0, near))] * 4]), n, p


def test_binomial_tails_agree() -> None:
    wrong = [(k, n, p) for k, n, p in counts(1, 3000) if not same(tail(k, n, p), float(binom.sf(k - 1, n, p)))]
    assert wrong == []


@pytest.mark.parametrize("k", [0, 1, 2, 9, 1_000, 1_001, 500_000, 999_999, 1_000_000])
@pytest.mark.parametrize("p", [1e-12, 1e-6, 0.001, 0.01, 0.5, 0.999])
def test_binomial_tails_of_a_million_agree(k: int, p: float) -> None:
    assert same(tail(k, 1_000_000, p), float(binom.sf(k - 1, 1_000_000, p)))


def test_fisher_s_p_agrees() -> None:
    random, wrong = Random(2), []
    for k, n, p in counts(3, 1500):
        cn = int(10 ** random.uniform(0, 6))
        ck = random.choice([0, cn, random.randint(0, cn), min(cn, round(cn * p)), min(cn, round(2 * cn * k / n))])
        if not same(fisher(k, n, ck, cn), float(hypergeom.sf(k - 1, n + cn, k + ck, n))):
            wrong.append((k, n, ck, cn))
    assert wrong == []


def test_intervals_agree() -> None:
    wrong = []
    for k, n, _ in counts(4, 1500):
        low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
        high = float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
        found = interval(k, n)
        if not (same(found[0], low) and same(found[1], high)):
            wrong.append((k, n))
    assert wrong == []
