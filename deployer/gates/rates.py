"""Exact statistics of counts, by the standard library: tails, intervals, and how strict one look may be.

Probabilities come from the saddle-point form (lgamma alone loses nine digits at a million requests), sums from the
recurrence between neighbours. They agree with SciPy to 1e-9, relatively.
"""

from collections.abc import Callable
from functools import lru_cache
from math import exp, lgamma, log, log1p, pi, sqrt

ALPHA = 0.05
"""How likely one wave of a service that is just within its limits may be taken back by chance."""

CONFIDENCE = 0.95
"""Of the intervals shown, and of `proved`."""


def level(look: int, looks: int, rules: int) -> float:
    """Give how small a tail must be to fail at look number `look` (from 1), so that all looks together keep to ALPHA.

    Beyond the planned looks the rest shrinks so fast that its sum stays below ALPHA / (looks + 1), however many come.
    """
    return ALPHA / (rules * (looks if look <= looks else look * (look + 1)))


@lru_cache(maxsize=4096)
def tail(k: int, n: int, p: float) -> float:
    """Give the chance of `k` or more of `n` when each happens with chance `p`: the exact binomial upper tail."""
    if k <= 0:
        return 1.0
    if k > n or p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    q = 1 - p
    if k > n * p:
        return _sum(_binomial(k, n, p), (lambda i: (n - i) * p / ((i + 1) * q)), range(k, n))
    return 1 - _sum(_binomial(k - 1, n, p), (lambda i: i * q / ((n - i + 1) * p)), range(k - 1, 0, -1))


@lru_cache(maxsize=4096)
def fisher(k: int, n: int, ck: int, cn: int) -> float:
    """Give Fisher's exact one-sided p: the chance of `k` or more bad among `n`, if `n` and `cn` were dealt alike.

    `ck` of `cn` are the control's. 1.0 when either side is empty.
    """
    bad, every = k + ck, n + cn
    if not n or not cn or k <= max(0, bad - cn):
        return 1.0

    def chance(x: int) -> float:
        share = n / every
        return _binomial(x, bad, share) * _binomial(n - x, every - bad, share) / _binomial(n, every, share)

    if k * every > n * bad:
        return _sum(
            chance(k),
            lambda x: (bad - x) * (n - x) / ((x + 1) * (every - bad - n + x + 1)),
            range(k, min(n, bad)),
        )
    return 1 - _sum(
        chance(k - 1),
        lambda x: x * (every - bad - n + x) / ((bad - x + 1) * (n - x + 1)),
        range(k - 1, max(0, bad - cn), -1),
    )


@lru_cache(maxsize=4096)
def interval(k: int, n: int) -> tuple[float, float]:
    """Give the Clopper-Pearson interval of the share behind `k` of `n`: it holds the true one 95 times of 100."""
    half = (1 - CONFIDENCE) / 2
    low = 0.0 if k <= 0 else _solve(k, n, half)
    high = 1.0 if k >= n else _solve(k + 1, n, 1 - half)
    return low, high


def _sum(first: float, ratio: Callable[[int], float], steps: range) -> float:
    """Add up terms of which each is the one before times `ratio`, until they no longer matter."""
    total = term = first
    for at in steps:
        term *= ratio(at)
        total += term
        if term <= total * 1e-18:
            break
    return min(total, 1.0)


def _solve(k: int, n: int, chance: float) -> float:
    """Find p with tail(k, n, p) = chance: Newton, whose slope is known exactly; six turns are the most it takes."""
    p, turn = _near(k, n, chance), 1.0
    while abs(turn) > 1e-12 * p:
        turn = (tail(k, n, p) - chance) * p / (k * _binomial(k, n, p))
        p -= turn
    return p


def _near(k: int, n: int, chance: float) -> float:
    """Guess p with tail(k, n, p) = chance, by Wilson's interval."""
    z = 1.96 if chance > 0.5 else -1.96
    share = (k - 0.5) / n
    middle, reach = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle + reach) / (1 + z * z / n)


def _binomial(k: int, n: int, p: float) -> float:
    """Give the chance of exactly `k` of `n`; 0 < p < 1, 0 <= k <= n."""
    if k == 0:
        return exp(n * log1p(-p))
    if k == n:
        return exp(n * log(p))
    away = _deviance(k, n * p) + _deviance(n - k, n * (1 - p))
    return exp(_stirling(n) - _stirling(k) - _stirling(n - k) - away) * sqrt(n / (2 * pi * k * (n - k)))


def _stirling(n: int) -> float:
    """Give what Stirling's formula leaves out of log n!."""
    if n <= 15:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * pi)
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / n


def _deviance(x: float, mean: float) -> float:
    """Give x log(x / mean) + mean - x without losing digits where the two are close."""
    gap = (x - mean) / (x + mean)
    if abs(gap) >= 0.1:
        return x * log(x / mean) + mean - x
    total, term, j = (x - mean) * gap, 2 * x * gap, 1
    while abs(term) > abs(total) * 1e-18:
        term *= gap * gap
        j += 2
        total += term / j
    return total
