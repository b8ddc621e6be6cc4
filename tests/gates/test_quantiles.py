"""Buckets: exact at a bound, a range between two, an estimate that is only shown."""

import pytest

from deployer.gates.quantiles import beyond, estimate, slower
from deployer.readings import Bucket

BUCKETS = (Bucket(0.1, 50), Bucket(0.3, 90), Bucket(0.7, 98))
TOTAL = 100


@pytest.mark.parametrize(
    ("limit", "least", "most"),
    [(0.3, 10, 10), (0.7000000000000001, 2, 2), (0.2, 10, 50), (0.05, 50, 100), (0.5, 2, 10), (2.0, 0, 2)],
)
def test_slower_than_a_limit(limit: float, least: int, most: int) -> None:
    assert slower(BUCKETS, TOTAL, limit) == (least, most)


def test_without_buckets_all_or_nothing_may_be_slower() -> None:
    assert slower((), TOTAL, 0.3) == (0, TOTAL)


def test_a_limit_at_or_above_the_highest_bucket_is_beyond_them() -> None:
    assert beyond(BUCKETS, 0.7)
    assert beyond(BUCKETS, 0.7000000000000001)
    assert beyond(BUCKETS, 5.0)
    assert beyond((), 0.1)
    assert not beyond(BUCKETS, 0.5)


def test_the_estimate_lies_on_the_line_between_two_bounds() -> None:
    assert estimate(BUCKETS, TOTAL, 0.5) == pytest.approx(0.1)
    assert estimate(BUCKETS, TOTAL, 0.7) == pytest.approx(0.2)
    assert estimate(BUCKETS, TOTAL, 0.25) == pytest.approx(0.05)


def test_above_the_highest_bucket_and_of_nothing_there_is_no_estimate() -> None:
    assert estimate(BUCKETS, TOTAL, 0.99) is None
    assert estimate((Bucket(0.1, 0),), 0, 0.95) is None
