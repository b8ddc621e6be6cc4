"""From series to counts: growth since a baseline, resets, series born later; errors, buckets, gauges."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.plan.judging import ErrorRule, LatencyRule
from deployer.probes.metrics.counting import errors, highest, latency, matched, worst
from deployer.probes.metrics.growth import Growth
from deployer.probes.metrics.series import Labels, buckets_of, labels, shown
from deployer.readings import Bucket, Counted, Unmeasured

RULE = ErrorRule("errors", 0.01, errors="bad_total", total="all_total")
SLOW = LatencyRule("slow", 0.5, histogram="wait_seconds")
A, B = labels({"path": "/a"}), labels({"path": "/b"})


def buckets(counts: Mapping[str, float], **more: str) -> dict[Labels, float]:
    """Series of one histogram."""
    return {labels({**more, "le": le}): count for le, count in counts.items()}


def test_what_counters_stood_at_in_the_beginning_is_not_counted() -> None:
    growth = Growth({A: 1_000_000, B: 3})
    assert not growth.see({A: 1_000_007, B: 3})
    assert growth.grown == {A: 7, B: 0}


def test_a_series_born_later_starts_at_0() -> None:
    growth = Growth({A: 5})
    growth.see({A: 5, B: 4})
    assert growth.grown == {A: 0, B: 4}


def test_a_counter_that_falls_has_begun_anew_and_is_told() -> None:
    growth = Growth({A: 100})
    growth.see({A: 110})
    assert growth.see({A: 4})
    assert growth.grown == {A: 14}


def test_a_series_that_goes_away_keeps_what_it_has_grown_by() -> None:
    growth = Growth({A: 10})
    growth.see({A: 12})
    assert not growth.see({})
    assert growth.grown == {A: 2}
    assert not growth.see({A: 13})
    assert growth.grown == {A: 3}


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(0, 10**9))
def test_growth_is_the_sum_of_all_steps_wherever_it_began(steps: list[int], start: int) -> None:
    growth, stand = Growth({A: start}), start
    for step in steps:
        stand += step
        assert not growth.see({A: stand})
    assert growth.grown[A] == sum(steps)


def test_errors_are_counted_of_all_requests() -> None:
    assert errors(RULE, {A: 2, B: 1}, {A: 100, B: 50}) == Counted("errors", bad=3, total=150)


def test_no_series_of_errors_is_no_error() -> None:
    assert errors(RULE, {}, {A: 200}) == Counted("errors", bad=0, total=200)


def test_an_error_counted_before_its_request_is_a_request_and_many_such_are_a_fault() -> None:
    assert errors(RULE, {A: 3}, {A: 1}) == Counted("errors", bad=3, total=3)
    wrong = errors(RULE, {A: 60}, {A: 50})
    assert isinstance(wrong, Unmeasured)
    assert (wrong.code, "60 errors of 50 requests" in wrong.message) == ("errors-exceed-total", True)


def test_buckets_are_summed_over_histograms() -> None:
    found = {**buckets({"0.3": 5, "1": 9, "+Inf": 10}, path="/a"), **buckets({"0.3": 1, "1": 1, "+Inf": 1}, path="/b")}
    assert latency(SLOW, found) == (Counted("slow", total=11, buckets=(Bucket(0.3, 6), Bucket(1.0, 10))), "")


def test_of_histograms_with_different_buckets_the_common_ones_count_and_a_warning_says_so() -> None:
    found = {**buckets({"0.3": 5, "1": 9, "+Inf": 10}, path="/a"), **buckets({"1": 1, "2": 1, "+Inf": 1}, path="/b")}
    counted, warning = latency(SLOW, found)
    assert counted == Counted("slow", total=11, buckets=(Bucket(1.0, 10),))
    assert "slow" in warning
    assert "0.3, 2" in warning


def test_a_histogram_nobody_observed_yet_counts_nothing() -> None:
    assert latency(SLOW, {}) == (Counted("slow"), "")


def test_buckets_without_an_infinite_one_are_no_histogram() -> None:
    wrong, _ = latency(SLOW, buckets({"0.3": 5}))
    assert isinstance(wrong, Unmeasured)
    assert wrong.code == "wrong-type"


def test_a_bucket_never_holds_more_than_all() -> None:
    assert latency(SLOW, buckets({"0.3": 12, "+Inf": 11}))[0] == Counted("slow", total=11, buckets=(Bucket(0.3, 11),))


def test_the_finite_bounds_that_all_histograms_share_are_told_in_order() -> None:
    found = {**buckets({"1": 9, "0.3": 5, "+Inf": 10}, path="/a"), **buckets({"1": 1, "+Inf": 1}, path="/b")}
    assert highest(found) == (1.0,)
    assert highest({}) == ()


@pytest.mark.parametrize(
    ("limit", "worst_of"),
    [
        (100, (150, 150, 101)),  # above the limit for longest
        (149, (5, 5, 200)),
        (500, (5, 5, 200)),  # none is: the highest
        (None, (5, 5, 200)),
    ],
)
def test_the_worst_gauge_of_a_host_is_told(limit: float | None, worst_of: tuple[float, ...]) -> None:
    histories = {A: (5.0, 5.0, 200.0), B: (150.0, 150.0, 101.0), (): (1.0, 1.0, 1.0)}
    assert worst(histories, limit) == worst_of
    assert worst({}, limit) == ()


def test_errors_belong_to_the_total_whose_labels_they_carry() -> None:
    bad = {labels({"job": "a", "code": "500"}): 1.0, labels({"job": "a", "code": "502"}): 2.0}
    total = {labels({"job": "a"}): 10.0, labels({"job": "b"}): 20.0}
    pairs = matched(bad, total)
    assert pairs is not None
    assert {shown(each): (sum(some.values()), sum(every.values())) for each, (some, every) in pairs.items()} == {
        '{job="a"}': (3, 10),
        '{job="b"}': (0, 20),
    }
    assert matched({labels({"job": "c"}): 1.0}, total) is None
    assert matched({A: 1.0}, {(): 5.0}) == {(): ({A: 1.0}, {(): 5.0})}


def test_a_histograms_selector_becomes_that_of_its_buckets() -> None:
    assert buckets_of('wait_seconds{path="/"}') == 'wait_seconds_bucket{path="/"}'
    assert buckets_of(" wait_seconds_bucket ") == "wait_seconds_bucket"


def test_what_is_less_than_nothing_or_without_end_is_still_a_count() -> None:
    assert errors(RULE, {A: -0.7}, {A: 400.2}) == Counted("errors", bad=0, total=400)
    assert errors(RULE, {A: 0.0}, {A: 1e308, B: 1e308}) == Counted("errors", bad=0, total=2**53)
    odd = buckets({"0.3": -2.0, "+Inf": 11.0})
    assert latency(SLOW, odd)[0] == Counted("slow", total=11, buckets=(Bucket(0.3, 0),))
