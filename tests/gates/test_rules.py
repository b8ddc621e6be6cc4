"""Rules on numbers: what passes, fails, and stays open; what each ruling says and needs."""

from dataclasses import replace

import pytest

from deployer.gates.evidence import Evidence, Look
from deployer.gates.rules import judge, looks, verdict
from deployer.gates.verdict import Verdict
from deployer.plan.judging import Compare, LatencyRule, Metrics, Policy, Scrape, ValueRule
from deployer.plan.model import Bake, Gates, Plan, Wave
from deployer.readings import Bucket, Counted, Reading, Unmeasured
from tests.gates.evidence import COMPARED, ERRORS, LATENCY, LOOK, QUEUE, errors, judged, latencies, values

PASS, FAIL, OPEN, ERROR = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR


@pytest.mark.parametrize(
    ("bad", "total", "reached", "code", "needed"),
    [
        (0, 0, OPEN, "idle", "50 more requests"),
        (0, 49, OPEN, "too-few", "1 more request"),
        (1, 49, OPEN, "too-few", "51 more good requests"),
        (0, 50, PASS, "within-limit", ""),
        (2, 200, PASS, "within-limit", ""),
        (3, 200, OPEN, "not-certain", "at most 2 of 200 that failed, or 100 more good requests"),
        (8, 200, FAIL, "above-limit", "at most 2 of 200 that failed, or 600 more good requests"),
        (2, 2, FAIL, "above-limit", "at most 0 of 2 that failed, or 198 more good requests"),
    ],
)
def test_errors_are_judged_by_their_counts(bad: int, total: int, reached: Verdict, code: str, needed: str) -> None:
    ruling = judged(ERRORS, errors(bad, total))
    assert (ruling.verdict, ruling.code, ruling.needed) == (reached, code, needed)


def test_a_failure_never_waits_for_min_requests() -> None:
    assert judged(replace(ERRORS, min_requests=10_000), errors(5, 5)).verdict is FAIL


def test_no_error_at_all_may_be_allowed() -> None:
    strict = replace(ERRORS, max=0.0)
    assert judged(strict, errors(1, 100_000)).verdict is FAIL
    assert judged(strict, errors(1, 100_000)).needed == "at most 0 of 100000 that failed"
    assert judged(strict, errors(0, 50)).verdict is PASS


def test_clean_requests_prove_a_limit_when_their_interval_is_within_it() -> None:
    assert judged(ERRORS, errors(0, 367)).message.endswith("no evidence of harm; look 3 of 30; good so far")
    assert judged(ERRORS, errors(0, 368)).message.endswith("no evidence of harm, proved; look 3 of 30; good so far")


def test_a_ruling_says_everything_in_one_line() -> None:
    assert judged(ERRORS, errors(6, 100)).message == (
        "6 of 100 failed: 6 % (2.23 % to 12.6 %); limit 1 %: above it (chance 0.00053, below 0.0017); look 3 of 30; "
        "the wave fails"
    )
    assert judged(ERRORS, errors(3, 200)).message == (
        "3 of 200 failed: 1.5 % (0.31 % to 4.32 %); limit 1 %: above it, but that may be chance (chance 0.32, "
        "not below 0.0017); look 3 of 30; needs at most 2 of 200 that failed, or 100 more good requests, "
        "else it is taken back when the bake ends"
    )


def test_what_an_open_verdict_leads_to_is_said() -> None:
    held = replace(ERRORS, on_inconclusive=Policy.HOLD, on_error=Policy.PASS)
    assert judged(held, errors(0, 5)).message.endswith("else it is held when the bake ends")
    assert judged(held, errors(0, 5)).policy is Policy.HOLD
    missing = Reading(unmeasured=(Unmeasured("error-rate", "not-exposed", "no such metric"),))
    assert judged(held, missing).message.endswith(
        "it has to be readable, else it passes all the same when the bake ends"
    )
    assert judged(replace(ERRORS, deciding=False), errors(9, 9)).message.endswith("look 3 of 30; only observed")


def test_hosts_count_together() -> None:
    ruling = judged(ERRORS, errors(1, 40), errors(0, 60), errors(2, 300))
    assert (ruling.bad, ruling.total, ruling.verdict) == (3, 400, PASS)


def test_no_request_at_all_passes_only_when_the_rule_says_so() -> None:
    silent = replace(ERRORS, idle=Policy.PASS)
    assert judged(silent, errors(0, 0)).verdict is PASS
    assert judged(silent, errors(0, 1)).verdict is OPEN
    assert judged(silent).verdict is OPEN
    assert judged(silent, errors(0, 0), Reading(ready=False)).verdict is OPEN


def test_nothing_passes_before_every_host_was_read() -> None:
    for missing in (Reading(ready=False), Reading(), Reading(failures=2)):
        ruling = judged(ERRORS, errors(0, 500), missing)
        assert (ruling.verdict, ruling.code, ruling.needed) == (OPEN, "not-read-yet", "a reading of 1 more host")
    assert judged(ERRORS, errors(20, 500), Reading(ready=False)).verdict is FAIL


def test_a_host_that_cannot_be_read_is_an_error_and_never_judged_by_the_rest() -> None:
    gone = Reading(failures=3)
    ruling = judged(ERRORS, errors(0, 500), gone)
    assert (ruling.verdict, ruling.code) == (ERROR, "not-readable")
    assert "web-2: 3 readings in a row failed" in ruling.message
    assert ruling.policy is Policy.ROLLBACK


def test_one_or_two_failed_readings_leave_the_last_good_numbers() -> None:
    late = replace(errors(0, 300), failures=2, unmeasured=(Unmeasured("", "timeout", "no answer"),))
    assert judged(ERRORS, late).verdict is PASS
    assert judged(ERRORS, replace(late, failures=3)).verdict is ERROR
    assert judged(ERRORS, replace(late, failures=0)).verdict is ERROR


def test_a_rule_that_cannot_be_measured_is_an_error_at_once() -> None:
    missing = Reading(unmeasured=(Unmeasured("error-rate", "not-exposed", "no such metric", "look at its name"),))
    ruling = judge(ERRORS, Evidence((missing, missing)), LOOK)
    assert (ruling.verdict, ruling.code, ruling.needed) == (ERROR, "not-exposed", "look at its name")
    assert "no such metric; look 3 of 30; look at its name, else" in ruling.message
    assert judged(ERRORS, errors(0, 100), replace(missing, unmeasured=(Unmeasured("other", "x", "y"),))).verdict is OPEN


def test_what_was_measured_may_fail_beside_an_error() -> None:
    assert judged(ERRORS, errors(9, 10), Reading(failures=3)).verdict is FAIL


def test_every_series_is_judged_and_the_worst_one_told() -> None:
    reading = Reading((*errors(0, 500, "a").counted, *errors(20, 500, "b").counted, *errors(0, 5, "c").counted))
    ruling = judged(ERRORS, reading)
    assert (ruling.verdict, ruling.series, ruling.among) == (FAIL, "b", 3)
    assert ruling.message.startswith("b: 20 of 500 failed")
    assert ruling.level == pytest.approx(0.05 / 30 / 3)
    quiet = judged(ERRORS, Reading((*errors(0, 500, "a").counted, *errors(0, 5, "c").counted)))
    assert (quiet.verdict, quiet.series) == (OPEN, "c")


@pytest.mark.parametrize(
    ("wave", "control", "reached", "code"),
    [
        ((30, 1000), (90, 3000), PASS, "like-control"),
        ((6, 200), (0, 1000), FAIL, "worse-than-control"),
        ((1, 200), (0, 1000), PASS, "like-control"),
        ((0, 20), (30, 1000), OPEN, "too-few"),
        ((4, 40), (30, 1000), OPEN, "too-few"),
        ((14, 200), (30, 1000), OPEN, "not-certain"),
        ((55, 1000), (300, 10_000), PASS, "like-control"),
        ((9, 10), (30, 1000), FAIL, "worse-than-control"),
        ((8, 200), (1, 49), FAIL, "above-limit"),
        ((30, 1000), (1, 49), FAIL, "above-limit"),
    ],
)
def test_beside_a_control_it_judges_alone_as_soon_as_it_has_enough(
    wave: tuple[int, int], control: tuple[int, int], reached: Verdict, code: str
) -> None:
    ruling = judged(COMPARED, errors(*wave), control=(errors(*control),))
    assert (ruling.verdict, ruling.code) == (reached, code)
    assert ruling.compared is (control[1] >= 50)


def test_a_ruling_says_what_the_control_does() -> None:
    beside = judged(COMPARED, errors(30, 200), control=(errors(10, 400), errors(20, 600)))
    assert (
        "; limit 2 times the control's 30 of 1000, 3 %, or 0.5 %, passes within 1 %: above it (chance 7.9e-10"
        in beside.message
    )
    alone = judged(COMPARED, errors(1, 200), control=(errors(1, 20),))
    assert "limit 1 %, the control's 1 of 20, 5 % is too little to compare with: no evidence" in alone.message
    before = judge(COMPARED, Evidence((errors(1, 200),), (errors(3, 1000),), control_before=True), LOOK)
    assert (
        "the control's 3 of 1000, 0.3 % (before its last host was changed), or 0.5 %, passes within" in before.message
    )
    no_floor = replace(COMPARED, compare=Compare(3.0))
    assert (
        "limit 3 times the control's 3 of 1000, 0.3 %, passes within 1 %: "
        in judged(no_floor, errors(1, 200), control=(errors(3, 1000),)).message
    )


def test_without_a_control_and_without_a_max_nothing_is_said() -> None:
    ruling = judged(replace(COMPARED, max=None), errors(3, 100), control=(errors(0, 49), Reading(ready=False)))
    assert (ruling.verdict, ruling.code) == (OPEN, "no-control")
    assert ruling.needed == "hosts on the old release that can be compared with, or a max"
    assert judged(replace(COMPARED, max=None), errors(3, 100)).code == "no-control"


def test_a_series_is_compared_with_the_control_s_own_or_with_all_of_it() -> None:
    control = Reading((*errors(0, 900, "a").counted, *errors(50, 100, "b").counted))
    one = Reading(errors(40, 100, "b").counted)
    other = Reading(errors(40, 100, "c").counted)
    assert judged(COMPARED, one, control=(control,)).control_total == 100
    assert judged(COMPARED, other, control=(control,)).control_total == 1000


def test_latency_is_judged_as_a_share_that_is_too_slow() -> None:
    assert judged(LATENCY, latencies(100, le100=60, le300=95, le500=100)).verdict is PASS
    failed = judged(LATENCY, latencies(100, le100=60, le300=80, le500=100))
    assert (failed.verdict, failed.bad, failed.limit) == (FAIL, 20, 0.05)
    assert failed.message.startswith("20 of 100 took over 300 ms: 20 % (12.7 % to 29.2 %), p95 ≈ 450 ms; limit 5 %: ")


def test_between_two_buckets_only_what_is_certain_counts() -> None:
    ruling = judged(LATENCY, latencies(400, le100=200, le250=370, le500=400))
    assert (ruling.verdict, ruling.code, ruling.needed) == (OPEN, "between-buckets", "a bucket at 300 ms")
    assert ruling.message.startswith("0 to 30 of 400 took over 300 ms: ")
    assert judged(LATENCY, latencies(400, le100=200, le250=390, le500=400)).verdict is PASS
    assert judged(LATENCY, latencies(400, le100=200, le250=300, le500=320)).verdict is FAIL


def test_a_limit_above_all_buckets_cannot_be_measured() -> None:
    ruling = judged(LATENCY, latencies(100, le100=60, le300=95))
    assert (ruling.verdict, ruling.code) == (ERROR, "above-buckets")
    assert "max 300 ms is not below the highest bucket, 300 ms" in ruling.message
    assert ruling.needed == "give the histogram a bucket at 300 ms and one above it, or lower max"
    none = judged(LATENCY, latencies(100))
    assert (none.verdict, none.code) == (ERROR, "no-buckets")
    assert judged(LATENCY, latencies(0)).verdict is OPEN


def test_of_hosts_with_different_buckets_the_common_ones_count() -> None:
    ruling = judged(LATENCY, latencies(100, le100=60, le300=95, le500=100), latencies(100, le100=60, le500=100))
    assert ruling.code == "between-buckets"
    assert ruling.warnings == ("hosts have different buckets: only common ones count",)
    assert judged(LATENCY, latencies(10, le100=10, le500=10), latencies(10, le200=10, le600=10)).code == "no-buckets"


def test_latency_is_compared_by_what_is_certain_of_both() -> None:
    rule = LatencyRule("latency", 0.3, Compare(2.0), histogram="seconds")
    slow = latencies(200, le100=100, le300=120, le500=200)
    assert judged(rule, slow, control=(latencies(500, le100=400, le300=480, le500=500),)).code == "worse-than-control"
    assert judged(rule, slow, control=(latencies(500, le100=200, le300=300, le500=500),)).code == "like-control"
    open_control = judged(rule, slow, control=(latencies(500, le100=200, le500=500),))
    assert (open_control.control_bad, open_control.control_bad_most) == (0, 300)
    assert (open_control.verdict, open_control.code) == (OPEN, "not-certain")
    assert judged(rule, slow, control=(latencies(500, le100=400, le200=480),)).compared is False


@pytest.mark.parametrize(
    ("found", "reached", "code"),
    [
        ((), OPEN, "not-read-yet"),
        ((90.0,), PASS, "within-limit"),
        ((101.0,), OPEN, "above-once"),
        ((90.0, 101.0, 102.0), OPEN, "above-once"),
        ((101.0, 102.0, 100.0), PASS, "within-limit"),
        ((101.0, 102.0, 103.0), FAIL, "above-limit"),
        ((float("nan"),), OPEN, "above-once"),
        ((101.0, float("nan"), 103.0), OPEN, "above-once"),
        ((101.0, float("inf"), 103.0), FAIL, "above-limit"),
    ],
)
def test_a_gauge_fails_when_three_values_in_a_row_are_above(
    found: tuple[float, ...], reached: Verdict, code: str
) -> None:
    ruling = judged(QUEUE, values(*found))
    assert (ruling.verdict, ruling.code) == (reached, code)


def test_the_worst_host_of_a_gauge_is_named() -> None:
    ruling = judged(QUEUE, values(5.0), values(120.0, 130.0, 140.0), values(101.0))
    assert (ruling.verdict, ruling.host) == (FAIL, "web-2")
    assert ruling.message == "120, 130, 140 on web-2; limit 100: above it; look 3 of 30; the wave fails"
    assert ruling.needed == "at most 100"
    fine = judge(QUEUE, Evidence((values(5.0, series="a"), values(7.0, series="b"))), LOOK)
    assert fine.message == "b: 7; limit 100: no evidence of harm; look 3 of 30; good so far"


def test_a_gauge_is_compared_with_the_control_s_highest() -> None:
    rule = ValueRule("queue", None, Compare(2.0, 10.0), value="queue")
    control = (values(1.0, 30.0), values(20.0, float("nan")))
    high = judged(rule, values(61.0, 62.0, 63.0), control=control)
    assert (high.verdict, high.code, high.needed) == (FAIL, "worse-than-control", "at most 60")
    assert "; limit 2 times the control's 30, or 10: above it; look" in high.message
    assert judged(rule, values(60.0), control=control).code == "like-control"
    assert judged(rule, values(9.0, 9.0, 9.0), control=(values(1.0),)).code == "like-control"
    nothing = judged(rule, values(9.0), control=(values(float("nan")),))
    assert (nothing.code, nothing.compared) == ("no-control", False)
    assert "9 on web-1; the control's nothing is too little to compare with: " in nothing.message


def test_warnings_of_the_control_are_told_with_the_waves() -> None:
    warned = replace(errors(1, 100), warnings=("restarted", "odd"))
    ruling = judged(COMPARED, replace(errors(0, 100), warnings=("odd",)), control=(warned, warned))
    assert ruling.warnings == ("odd", "restarted")


def test_beyond_the_planned_looks_the_level_says_so() -> None:
    ruling = judged(ERRORS, errors(0, 100), look=Look(40, 30, 1))
    assert ruling.level == pytest.approx(0.05 / (40 * 41))
    assert "; look 40 after the planned 30; " in ruling.message


def test_looks_are_those_of_this_and_all_later_waves() -> None:
    waves = tuple(
        Wave(name, (name,), bake=bake) for name, bake in (("a", Bake(60, 95)), ("b", Bake()), ("c", Bake(5, 20)))
    )
    plan = Plan("s", "/srv/s", "a", (), waves, Gates(metrics=Metrics(Scrape("http://a/"), (ERRORS,), interval=10)))
    assert [looks(plan, index) for index in range(3)] == [10 + 1 + 2, 1 + 2, 2]
    assert looks(replace(plan, gates=Gates()), 2) == 20


def test_a_ruling_of_values_that_none_has_needs_one() -> None:
    ruling = replace(judged(QUEUE, values(1.0)), values=())
    assert verdict(ruling) is OPEN


def test_a_histogram_with_a_bucket_at_the_limit_is_exact_whatever_rounding_does() -> None:
    rule = LatencyRule("latency", 0.7, histogram="seconds")
    counted = Counted("latency", total=100, buckets=(Bucket(0.7000000000000001, 99), Bucket(1.0, 100)))
    assert judged(rule, Reading((counted,))).bad == 1


@pytest.mark.parametrize(
    ("bad", "total", "reached", "counted"),
    [
        (-1, 400, PASS, (0, 400)),  # one estimate taken from another
        (-3, -3, OPEN, (0, 0)),
        (105, 100, FAIL, (100, 100)),
    ],
)
def test_never_less_than_nothing_is_bad_and_never_more_than_all(
    bad: int, total: int, reached: Verdict, counted: tuple[int, int]
) -> None:
    ruling = judged(ERRORS, errors(bad, total))
    assert (ruling.verdict, (ruling.bad, ruling.total)) == (reached, counted)
    beside = judged(COMPARED, errors(0, 100), control=(errors(bad, total),))
    assert (beside.control_bad, beside.control_total) == counted


def test_a_histogram_whose_buckets_hold_more_than_all_has_all_of_it_in_them() -> None:
    ruling = judged(LATENCY, latencies(100, le300=120, le500=-5))
    assert (ruling.bad, ruling.bad_most, ruling.total) == (0, 0, 100)


@pytest.mark.parametrize(
    ("total", "code"),
    [(10**15, "too-many"), (10**300, "too-many"), (10**400, "not-judged")],
    ids=["much", "more", "beyond-floats"],
)
def test_counts_that_nobody_could_compute_with_are_an_error_of_the_rule(total: int, code: str) -> None:
    ruling = judged(ERRORS, errors(total // 1000, total))
    assert (ruling.verdict, ruling.code, ruling.total) == (Verdict.ERROR, code, 0)
    assert verdict(ruling) is Verdict.ERROR
    assert judged(COMPARED, errors(0, 100), control=(errors(0, 10**15),)).compared is False
