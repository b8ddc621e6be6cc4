"""One host's page over time: its baseline, its counts, and what can no longer be told of it."""

from collections.abc import Iterable

import pytest

from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, ValueRule
from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics.picking import Picker
from deployer.probes.metrics.scrape import RESTARTED, ScrapedHost
from deployer.readings import Bucket, Counted, Reading
from tests.probes.metrics.pages import ERRORS, HISTOGRAM, QUEUE, SLOW, answer, histogram, page


class Host:
    """A host that answers with one page after another, the last for ever; `process` serves."""

    def __init__(self, *rules: AnyRule, exclude: Iterable[str] = (), may_restart: bool = False) -> None:
        self.pages: list[HttpAnswer] = []
        self.process = "one"
        self.asked = 0
        picker = Picker(rules, exclude)
        self._page = ScrapedHost(picker, self._ask, lambda: self.process, may_restart=may_restart)

    def _ask(self) -> HttpAnswer:
        self.asked += 1
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    def read(self, *pages: str | HttpAnswer, ready: bool = True) -> Reading:
        """Read once, while the host answers so."""
        self.pages = [each if isinstance(each, HttpAnswer) else answer(each) for each in pages]
        return self._page.read(ready=ready)


def codes(reading: Reading) -> dict[str, str]:
    """What could not be measured, by rule."""
    return {each.rule: each.code for each in reading.unmeasured}


def test_counting_begins_with_three_scrapes_and_goes_on_with_one_each() -> None:
    host = Host(ERRORS)
    first = host.read(page({"200": 1_000_000, "500": 5_000}))
    assert (first, host.asked) == (Reading((Counted("errors"),)), 3)
    second = host.read(page({"200": 1_000_090, "500": 5_010}))
    assert (second, host.asked) == (Reading((Counted("errors", bad=10, total=100),)), 4)


def test_a_new_label_counts_from_its_first_error() -> None:
    host = Host(ERRORS)
    host.read(page({"200": 50}))
    assert host.read(page({"200": 60, "503": 4})).counted == (Counted("errors", bad=4, total=14),)


def test_before_the_warmup_has_ended_nothing_is_counted_and_what_is_wrong_is_told() -> None:
    host = Host(ERRORS)
    assert host.read(page({"200": 50}), ready=False) == Reading(ready=False)
    wrong = host.read("other 1\n", ready=False)
    assert (codes(wrong), wrong.ready, wrong.counted) == ({"errors": "metric-not-exposed"}, False, ())
    assert host.read(page({"200": 500})).counted == (Counted("errors"),)


def test_a_page_that_fails_is_counted_in_a_row_and_the_last_counts_stay() -> None:
    host = Host(ERRORS)
    host.read(page({"200": 50}))
    host.read(page({"200": 70}))
    missing = answer("nothing here", status=404)
    assert [host.read(missing).failures for _ in range(3)] == [1, 2, 3]
    failed = host.read(missing)
    assert (failed.counted, codes(failed)) == ((Counted("errors", total=20),), {"": "http-status"})
    mended = host.read(page({"200": 75}))
    assert (mended.failures, mended.counted) == (0, (Counted("errors", total=25),))


def test_a_baseline_that_breaks_off_is_taken_again_from_the_start() -> None:
    host = Host(ERRORS)
    broken = host.read(answer(page({"200": 50})), HttpAnswer(error="no answer within 5 s"))
    assert (broken.ready, broken.counted, broken.failures, host.asked) == (False, (), 1, 2)
    assert host.read(page({"200": 60})).ready
    assert host.asked == 5


def test_counters_that_go_down_back_to_back_are_each_workers_own_for_ever() -> None:
    host = Host(ERRORS)
    first = host.read(page({"200": 900}), page({"200": 40}), page({"200": 905}))
    assert codes(first) == {"errors": "per-worker"}
    assert first.counted == ()
    assert "PROMETHEUS_MULTIPROC_DIR" in first.unmeasured[0].remedy
    assert codes(host.read(page({"200": 1000}))) == {"errors": "per-worker"}


def test_another_process_that_answers_without_a_restart_is_a_worker_with_counters_of_its_own() -> None:
    host, started = (
        Host(ERRORS, QUEUE),
        "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %s\nqueue_depth 1",
    )
    host.read(page({"200": 5}, started % 100))
    assert codes(host.read(page({"200": 6}, started % 100))) == {}
    assert codes(host.read(page({"200": 7}, started % 101))) == {"errors": "per-worker", "queue": "per-worker"}
    assert codes(host.read(page({"200": 8}, started % 101))) == {"errors": "per-worker", "queue": "per-worker"}
    early = Host(ERRORS)
    early.read(page({"200": 5}, started % 100), ready=False)
    assert codes(early.read(page({"200": 6}, started % 101), ready=False)) == {"errors": "per-worker"}
    restarted = Host(ERRORS)
    restarted.read(page({"200": 5}, started % 100))
    restarted.process = "two"
    assert codes(restarted.read(page({"200": 1}, started % 101))) == {}


def test_a_counter_that_falls_while_one_process_serves_can_tell_nothing_any_more() -> None:
    host = Host(ERRORS, QUEUE)
    depth = "# TYPE queue_depth gauge\nqueue_depth 3"
    host.read(page({"200": 900}, depth))
    wrong = host.read(page({"200": 40}, depth))
    assert codes(wrong) == {"errors": "reset-without-restart"}
    assert wrong.counted == (Counted("queue", values=(3, 3)),)
    assert codes(host.read(page({"200": 9000}, depth))) == {"errors": "reset-without-restart"}


@pytest.mark.parametrize("seen_late", [False, True])
def test_a_counter_that_falls_with_a_restart_has_begun_anew(seen_late: bool) -> None:
    host = Host(ERRORS)
    host.read(page({"200": 900}))
    host.process = "one" if seen_late else "two"
    host.read(page({"200": 40}))
    host.process = "two"
    after = host.read(page({"200": 50, "500": 1}))
    assert (codes(after), after.counted) == ({}, (Counted("errors", bad=1, total=51),))


def test_our_own_probes_are_not_counted() -> None:
    text = (
        page({}) + 'http_requests_total{code="200",path="/healthz"} %d\nhttp_requests_total{code="200",path="/x"} %d\n'
    )
    host = Host(ERRORS, exclude=["/healthz", "/metrics"])
    host.read(text % (10, 5))
    assert host.read(text % (900, 25)).counted == (Counted("errors", total=20),)


def test_latencies_are_counted_by_bucket() -> None:
    host = Host(SLOW)
    host.read(HISTOGRAM + histogram({"0.5": 100, "1.0": 110, "+Inf": 120}))
    after = host.read(HISTOGRAM + histogram({"0.5": 130, "1.0": 160, "+Inf": 180}))
    assert after.counted == (Counted("slow", total=60, buckets=(Bucket(0.5, 30), Bucket(1.0, 50))),)


def test_histograms_of_one_host_with_different_buckets_share_what_they_have_in_common() -> None:
    text = HISTOGRAM + histogram({"0.5": 1, "+Inf": 2}, 'path="/a",') + "\n"
    host = Host(SLOW)
    reading = host.read(text + histogram({"0.5": 1, "1.0": 1, "+Inf": 2}, 'path="/b",'))
    assert reading.counted == (Counted("slow", buckets=(Bucket(0.5, 0),)),)
    assert "different buckets" in reading.warnings[0]


def test_a_gauge_is_told_by_its_last_three_values() -> None:
    host = Host(QUEUE)
    readings = [host.read(f"# TYPE queue_depth gauge\nqueue_depth {depth}\n") for depth in (1, 2, 3, 4)]
    assert [each.counted[0].values for each in readings] == [(1,), (1, 2), (1, 2, 3), (2, 3, 4)]


def test_a_gauge_that_is_no_number_could_not_be_measured() -> None:
    reading = Host(QUEUE).read("queue_depth NaN\n")
    assert (reading.counted, codes(reading)) == ((), {"queue": "not-a-number"})


def test_a_label_that_no_series_has_is_told_and_is_no_pass() -> None:
    rule = ErrorRule("errors", 0.01, errors='http_requests_total{status=~"5.."}', total="http_requests_total")
    reading = Host(rule).read('http_requests_total{code="500"} 5\n')
    assert (reading.counted, codes(reading)) == ((), {"errors": "label-not-exposed"})
    assert "status" in reading.unmeasured[0].message
    assert "code" in reading.unmeasured[0].message
    assert codes(Host(rule).read("http_requests_total 5\n")) == {"errors": "label-not-exposed"}


def test_a_label_that_may_be_missing_is_no_mistake() -> None:
    rule = ErrorRule("errors", 0.01, errors='http_requests_total{kind!="probe"}', total="http_requests_total")
    assert codes(Host(rule).read('http_requests_total{code="500"} 5\n')) == {}


RULES = {
    "metric-not-exposed": (ERRORS, "http_request_total 5\n"),
    "wrong-type": (ERRORS, "# TYPE http_requests_total gauge\nhttp_requests_total 5\n"),
    "not-a-number": (ERRORS, "http_requests_total NaN\n"),
}


@pytest.mark.parametrize("code", RULES)
def test_a_rule_whose_metric_does_not_fit_is_told_apart_and_others_are_measured(code: str) -> None:
    rule, text = RULES[code]
    reading = Host(rule, QUEUE).read(text + "queue_depth 1\n")
    assert codes(reading) == {rule.name: code}
    assert reading.counted == (Counted("queue", values=(1,)),)
    assert reading.failures == 0


def test_a_name_that_is_not_there_is_told_with_those_that_look_like_it() -> None:
    reading = Host(ERRORS).read("http_request_total 5\nprocess_cpu_seconds_total 3\n")
    assert "http_request_total" in reading.unmeasured[0].message
    assert "process_cpu" not in reading.unmeasured[0].message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("# TYPE http_duration_seconds summary\nhttp_duration_seconds_count 5\n", "wrong-type"),
        ("# TYPE http_duration_seconds gauge\nhttp_duration_seconds 5\n", "wrong-type"),
        ("# TYPE http_duration histogram\n" + 'http_duration_bucket{le="+Inf"} 3\n', "metric-not-exposed"),
        ('http_duration_seconds_bucket{le="0.5"} 3\n', "wrong-type"),
    ],
)
def test_a_latency_rule_needs_a_histogram(text: str, code: str) -> None:
    assert codes(Host(SLOW).read(text)) == {"slow": code}


def test_errors_beyond_the_total_are_told_when_they_have_grown_so() -> None:
    rule = ErrorRule("errors", 0.01, errors="bad_total", total="good_total")
    host = Host(rule)
    host.read("bad_total 900\ngood_total 5\n")
    assert host.read("bad_total 903\ngood_total 6\n").counted == (Counted("errors", bad=3, total=3),)
    assert codes(host.read("bad_total 950\ngood_total 6\n")) == {"errors": "errors-exceed-total"}


def test_a_counter_declared_without_a_series_counts_from_0() -> None:
    host = Host(ERRORS)
    host.read("# TYPE http_requests_total counter\n")
    assert host.read(page({"200": 9, "500": 1})).counted == (Counted("errors", bad=1, total=10),)


def test_two_rules_may_ask_the_same_metric_with_different_labels() -> None:
    other = LatencyRule("slow-a", 0.5, histogram='http_duration_seconds{path="/a"}')
    text = (
        HISTOGRAM
        + histogram({"0.5": 1, "+Inf": 2}, 'path="/a",')
        + "\n"
        + histogram({"0.5": 3, "+Inf": 9}, 'path="/b",')
    )
    host = Host(SLOW, other, ValueRule("count", 5, value="http_duration_seconds_count"))
    host.read(HISTOGRAM + "http_duration_seconds_count 0\n")
    counted = {each.rule: each for each in host.read(text).counted}
    assert (counted["slow"].total, counted["slow-a"].total, counted["count"].values) == (11, 2, (9,))


STARTED = "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %s\n"


@pytest.mark.parametrize("tells_its_start", [True, False])
def test_a_host_of_the_control_counts_on_when_it_was_restarted_and_a_warning_says_so(tells_its_start: bool) -> None:
    before, after = (STARTED % 100, STARTED % 101) if tells_its_start else ("", "")
    host = Host(ERRORS, may_restart=True)
    host.read(page({"200": 900, "500": 5}, before))
    assert host.read(page({"200": 990, "500": 15}, before)) == Reading((Counted("errors", bad=10, total=100),))
    restarted = host.read(page({"200": 40, "500": 0}, after))
    assert (codes(restarted), restarted.counted) == ({}, (Counted("errors", bad=10, total=140),))
    assert restarted.warnings == (RESTARTED,)
    assert host.read(page({"200": 50, "500": 1}, after)).counted == (Counted("errors", bad=11, total=151),)


def test_a_host_of_the_control_whose_workers_take_turns_can_tell_nothing() -> None:
    host = Host(ERRORS, may_restart=True)
    host.read(page({"200": 900}, STARTED % 100))
    assert codes(host.read(page({"200": 1000}, STARTED % 101))) == {}
    assert codes(host.read(page({"200": 910}, STARTED % 100))) == {"errors": "per-worker"}
    early = Host(ERRORS, may_restart=True)
    assert codes(early.read(page({"200": 900}), page({"200": 40}), page({"200": 905}))) == {"errors": "per-worker"}
    found = early.read(*(page({"200": 900}, STARTED % start) for start in (100, 101, 101)))
    assert codes(found) == {"errors": "per-worker"}
