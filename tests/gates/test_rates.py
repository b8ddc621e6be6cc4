"""Exact tails, intervals and levels, at values that can be worked out by hand."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.gates.rates import ALPHA, fisher, interval, level, tail
from tests.gates.steady import STEADY

shares = st.floats(0, 1)
sizes = st.integers(1, 400)


def by_hand(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize(("k", "n", "p"), [(1, 1, 0.5), (2, 3, 0.25), (3, 10, 0.01), (6, 100, 0.01), (17, 20, 0.9)])
def test_a_tail_is_the_sum_of_its_chances(k: int, n: int, p: float) -> None:
    assert tail(k, n, p) == pytest.approx(by_hand(k, n, p), rel=1e-12)


def test_tails_at_their_ends() -> None:
    assert tail(0, 10, 0.3) == 1.0
    assert tail(11, 10, 0.3) == 0.0
    assert tail(1, 10, 0.0) == 0.0
    assert tail(10, 10, 1.0) == 1.0
    assert tail(10, 10, 0.5) == pytest.approx(2**-10, rel=1e-12)
    assert tail(1, 10, 1e-12) == pytest.approx(1e-11, rel=1e-9)


@STEADY
@given(sizes, st.integers(0, 400), shares)
def test_more_that_is_bad_is_never_more_likely(n: int, k: int, p: float) -> None:
    assert 0 <= tail(k + 1, n, p) <= tail(k, n, p) * (1 + 1e-9) + 1e-15 <= 1.0 + 1e-8


@STEADY
@given(sizes, st.integers(1, 400), shares, shares)
def test_more_is_likelier_the_higher_the_chance(n: int, k: int, p: float, q: float) -> None:
    assert tail(k, n, min(p, q)) <= tail(k, n, max(p, q)) * (1 + 1e-9) + 1e-15


ERRORS = [(3, 10), (3, 20), (4, 50), (6, 100), (8, 200), (14, 500), (21, 1000)]


@pytest.mark.parametrize(("errors", "requests"), ERRORS)
def test_so_many_errors_fail_one_percent_over_thirty_looks(errors: int, requests: int) -> None:
    assert tail(errors, requests, 0.01) < level(1, 30, 1)
    assert tail(errors - 1, requests, 0.01) >= level(1, 30, 1)


def test_all_levels_together_keep_to_alpha() -> None:
    planned = sum(level(look, 30, 2) for look in range(1, 31)) * 2
    beyond = sum(level(look, 30, 2) for look in range(31, 100_000)) * 2
    assert planned == pytest.approx(ALPHA)
    assert beyond < ALPHA / 31


def test_fisher_s_p_of_a_small_table() -> None:
    """Lady tasting tea, three of four right: (16 + 1) / 70."""
    assert fisher(3, 4, 1, 4) == pytest.approx(17 / 70, rel=1e-12)
    assert fisher(1, 4, 3, 4) == pytest.approx(69 / 70, rel=1e-12)
    assert fisher(0, 4, 3, 4) == 1.0
    assert fisher(4, 4, 0, 4) == pytest.approx(1 / 70, rel=1e-12)


def test_fisher_compares_nothing_with_nothing() -> None:
    assert fisher(0, 0, 3, 10) == 1.0
    assert fisher(3, 10, 0, 0) == 1.0
    assert fisher(5, 5, 5, 5) == 1.0


@STEADY
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_wave_with_one_more_bad_request_is_never_likelier(k: int, good: int, ck: int, cgood: int) -> None:
    n, cn = k + good + 1, ck + cgood
    assert 0 <= fisher(k + 1, n, ck, cn) <= fisher(k, n, ck, cn) * (1 + 1e-9) + 1e-15


def test_intervals_at_their_ends() -> None:
    assert interval(0, 299) == pytest.approx((0.0, 1 - 0.025 ** (1 / 299)))
    assert interval(5, 5) == pytest.approx((0.025 ** (1 / 5), 1.0))
    assert interval(1, 1) == pytest.approx((0.025, 1.0))


@STEADY
@given(st.integers(1, 5000), st.data())
def test_an_interval_holds_what_was_seen_and_its_ends_are_just_as_likely(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = interval(k, n)
    assert low <= k / n <= high
    assert k == 0 or tail(k, n, low) == pytest.approx(0.025, rel=1e-6)
    assert k == n or tail(k + 1, n, high) == pytest.approx(0.975, rel=1e-6)
