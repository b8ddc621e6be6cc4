"""A wave's metrics from a Prometheus server: baseline, hosts that join and leave, windows, every series for itself."""

from collections.abc import Callable, Mapping

import pytest

from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, Metrics, Prometheus, ValueRule
from deployer.plan.model import Host
from deployer.probes.metrics import wrong
from deployer.probes.metrics.prometheus import PrometheusMeter
from deployer.probes.metrics.queries import Result, hosts_pattern
from deployer.probes.metrics.series import labels
from deployer.readings import Bucket, Counted, Reading, Subject, Unmeasured

HOSTS = {name: Host(name, f"10.0.0.{number}", "deploy", 22) for number, name in enumerate(["web-1", "web-2"], 1)}
PLAIN = ErrorRule("errors", 0.01, errors='hits{instance=~"{{hosts}}",code=~"5.."}', total='hits{instance=~"{{hosts}}"}')
ERRORS, TOTAL = "sum by (path) (increase(errors[{{window}}]))", "sum by (path) (increase(hits[{{window}}]))"
WINDOWED = ErrorRule("errors", 0.01, errors=ERRORS, total=TOTAL)

Given = dict[str, Result | Unmeasured]


class Server:
    """Answers queries by their beginning, until the first `{`; keeps what it was asked. `now` is the time."""

    def __init__(self, *rules: AnyRule, warmup: float = 10.0) -> None:
        metrics = Metrics(Prometheus("http://p"), rules, interval=1, warmup=warmup)
        self.now = 1000.0
        self.queries: list[str] = []
        self.answers: Callable[[str], Result | Unmeasured] = lambda _query: Result({})
        self._meter = PrometheusMeter(metrics, HOSTS, self._ask, lambda: self.now)

    def _ask(self, _rule: str, query: str) -> Result | Unmeasured:
        self.queries.append(query)
        return self.answers(query)

    def read(self, subject: Subject, answers: Callable[[str], Result | Unmeasured], at: float) -> Reading:
        """Read once, at a time."""
        self.now, self.answers, self.queries = at, answers, []
        return self._meter(subject)


def subject(*hosts: str, since: float = 1000.0, control: bool = False) -> Subject:
    return Subject("canary", hosts, since, control)


def hits(good: float, bad: float | None = None, instance: str = "web-1:80") -> Callable[[str], Result]:
    """A counter of requests by code; no series of errors for None."""
    series = {labels({"instance": instance, "code": "200"}): good}
    failed = {} if bad is None else {labels({"instance": instance, "code": "500"}): bad}
    return lambda query: Result(failed if "5.." in query else series | failed)


def both(one: float, two: float) -> Callable[[str], Result]:
    """Two hosts' counters of good requests."""
    series = {**hits(one)("").values, **hits(two, instance="web-2:80")("").values}
    return lambda query: Result({} if "5.." in query else series)


def by_query(answers: Mapping[str, Result]) -> Callable[[str], Result]:
    """Answers by a word of the query."""
    return lambda query: next(answer for word, answer in answers.items() if word in query)


def test_nothing_is_counted_before_the_warmup_has_ended() -> None:
    server = Server(PLAIN)
    assert server.read(subject("web-1"), hits(5), 1005) == Reading(ready=False)
    assert server.read(subject("web-1"), hits(9), 1010) == Reading((Counted("errors"),))
    assert server.read(subject("web-1"), hits(29), 1011).counted == (Counted("errors", total=20),)


def test_counters_count_from_the_baseline_and_a_new_label_from_its_first_error() -> None:
    server = Server(PLAIN, warmup=0)
    server.read(subject("web-1"), hits(1_000_000), 1000)
    assert server.read(subject("web-1"), hits(1_000_095, 5), 1001).counted == (Counted("errors", bad=5, total=100),)


def test_hosts_are_asked_for_by_name_and_address() -> None:
    server = Server(PLAIN)
    server.read(subject("web-1"), hits(1), 1010)
    assert 'hits{instance=~"(web-1|10[.]0[.]0[.]1)(:[0-9]+)?"}' in server.queries
    server.read(subject("web-1", "web-2", since=1012), hits(1), 1022)
    assert 'hits{instance=~"(web-1|10[.]0[.]0[.]1|web-2|10[.]0[.]0[.]2)(:[0-9]+)?"}' in server.queries


def test_an_ipv6_address_is_asked_for_in_brackets_and_without_backslashes() -> None:
    assert hosts_pattern([Host("a", "2001:db8::1", "", 22)]) == "(a|[[]2001:db8::1[]])(:[0-9]+)?"


def test_when_a_host_joins_the_wave_is_counted_anew_from_where_every_host_stands() -> None:
    server, pair = Server(PLAIN), subject("web-1", "web-2", since=1012)
    server.read(subject("web-1"), hits(10), 1010)
    assert server.read(subject("web-1"), hits(40), 1012).counted == (Counted("errors", total=30),)
    assert server.read(pair, both(41, 7000), 1021) == Reading(ready=False)
    assert server.read(pair, both(42, 7000), 1022).counted == (Counted("errors"),)
    assert server.read(pair, both(43, 7009), 1023).counted == (Counted("errors", total=10),)


def test_the_control_counts_on_when_a_host_leaves_it() -> None:
    server = Server(PLAIN)
    server.read(subject("web-1", "web-2", control=True), both(10, 10), 1000)
    server.read(subject("web-1", "web-2", control=True), both(10, 30), 1001)
    assert server.read(subject("web-1", control=True), hits(15), 1002).counted == (Counted("errors", total=25),)


def test_the_window_begins_when_the_warmup_has_ended() -> None:
    server = Server(WINDOWED)
    server.read(subject("web-1"), lambda _: Result({}), 1147)
    assert "sum by (path) (increase(hits[137s]))" in server.queries
    server.read(subject("web-1", control=True), lambda _: Result({}), 1147)
    assert "sum by (path) (increase(hits[147s]))" in server.queries
    server.read(subject("web-1"), lambda _: Result({}), 1003)
    assert "sum by (path) (increase(hits[1s]))" in server.queries


def test_windowed_queries_count_by_themselves_each_series_apart() -> None:
    server = Server(WINDOWED, warmup=0)
    a, b = labels({"path": "/a"}), labels({"path": "/b"})
    answers = by_query({"errors": Result({b: 3.2}), "hits": Result({a: 100.0, b: 49.7})})
    expected = (Counted("errors", '{path="/a"}', 0, 100), Counted("errors", '{path="/b"}', 3, 50))
    assert server.read(subject("web-1"), answers, 1005).counted == expected
    assert server.read(subject("web-1"), answers, 1006).counted == expected


def test_no_series_of_errors_and_a_total_of_200_is_no_error() -> None:
    server = Server(WINDOWED, warmup=0)
    found = server.read(subject("web-1"), by_query({"errors": Result({}), "hits": Result({(): 200.0})}), 1001)
    assert found.counted == (Counted("errors", total=200),)


def test_nothing_but_nan_counts_nothing() -> None:
    server = Server(WINDOWED, warmup=0)
    assert server.read(subject("web-1"), lambda _: Result({}), 1001) == Reading((Counted("errors"),))


def test_errors_grouped_unlike_the_total_cannot_be_put_together() -> None:
    server = Server(WINDOWED, warmup=0)
    answers = by_query({"errors": Result({labels({"path": "/a"}): 1.0}), "hits": Result({labels({"zone": "x"}): 9.0})})
    reading = server.read(subject("web-1"), answers, 1001)
    assert ([each.code for each in reading.unmeasured], reading.counted) == (["series-do-not-match"], ())


def test_histograms_count_by_plain_selector_and_by_window() -> None:
    plain = LatencyRule("plain", 0.5, histogram='wait{instance=~"{{hosts}}"}')
    window = LatencyRule("window", 0.5, histogram="sum by (le, zone) (increase(wait_bucket[{{window}}]))")
    server = Server(plain, window, warmup=0)

    def answer(query: str) -> Result:
        more = {"zone": "x"} if "increase" in query else {}
        return Result(
            {labels({**more, "le": le}): count for le, count in (("0.5", 9 * server.now), ("+Inf", server.now))}
        )

    server.read(subject("web-1"), answer, 1010)
    assert 'wait_bucket{instance=~"(web-1|10[.]0[.]0[.]1)(:[0-9]+)?"}' in server.queries
    counted = server.read(subject("web-1"), answer, 1012).counted
    assert counted == (
        Counted("plain", total=2, buckets=(Bucket(0.5, 2),)),
        Counted("window", '{zone="x"}', total=1012, buckets=(Bucket(0.5, 1012),)),
    )


def test_values_of_every_series_are_told_the_last_three_of_each() -> None:
    server = Server(ValueRule("queue", 5, value="max by (job) (depth)"), warmup=0)
    for at in range(4):
        answer = Result({labels({"job": "a"}): float(at), labels({"job": "b"}): 9.0})
        reading = server.read(subject("web-1"), by_query({"depth": answer}), 1000 + at)
    assert reading.counted == (
        Counted("queue", '{job="a"}', values=(1, 2, 3)),
        Counted("queue", '{job="b"}', values=(9, 9, 9)),
    )


def test_a_query_that_cannot_be_measured_spoils_its_own_rule_alone() -> None:
    server = Server(PLAIN, ValueRule("queue", 5, value="depth"), warmup=0)
    refused = wrong.query_refused("queue", "parse error")
    reading = server.read(subject("web-1"), lambda q: refused if q == "depth" else hits(1)(q), 1001)
    assert ([each.rule for each in reading.unmeasured], reading.failures) == (["queue"], 0)
    assert reading.counted == (Counted("errors"),)


def test_a_rule_begins_to_count_when_all_it_asks_for_is_there() -> None:
    server = Server(PLAIN, warmup=0)
    warned = wrong.query_warned("errors", ["remote read failed"])
    server.read(subject("web-1"), lambda q: warned if "5.." in q else hits(50, 9)(q), 1001)
    assert server.read(subject("web-1"), hits(90, 10), 1002).counted == (Counted("errors"),)
    assert server.read(subject("web-1"), hits(99, 11), 1003).counted == (Counted("errors", bad=1, total=10),)


def test_a_server_that_cannot_be_asked_is_a_failure_in_a_row_and_the_last_counts_stay() -> None:
    server = Server(PLAIN, warmup=0)
    away = wrong.server_unavailable("no answer within 5 s")
    server.read(subject("web-1"), hits(10), 1000)
    server.read(subject("web-1"), hits(30), 1001)
    failed = [server.read(subject("web-1"), lambda _: away, 1002) for _ in range(3)]
    assert [each.failures for each in failed] == [1, 2, 3]
    assert (failed[2].counted, failed[2].unmeasured) == ((Counted("errors", total=20),), (away,))
    assert server.read(subject("web-1"), hits(40), 1005) == Reading((Counted("errors", total=30),))


def test_a_server_that_cannot_be_asked_is_told_before_the_warmup_has_ended() -> None:
    reading = Server(PLAIN).read(subject("web-1"), lambda _: wrong.server_login(401), 1001)
    assert (reading.ready, reading.failures, reading.unmeasured[0].code) == (False, 1, "prometheus-login")


def test_what_the_server_wants_to_be_known_is_a_warning_of_the_reading() -> None:
    server = Server(ValueRule("queue", 5, value="depth"), warmup=0)
    answer = Result({(): 1.0}, infos=("not a counter",))
    assert server.read(subject("web-1"), lambda _: answer, 1001).warnings == ("not a counter",)


@pytest.mark.parametrize("control", [False, True])
def test_wave_and_control_are_counted_apart(control: bool) -> None:
    server = Server(PLAIN, warmup=0)
    server.read(subject("web-1", control=not control), hits(10), 1000)
    server.read(subject("web-2", control=control), hits(100), 1000)
    assert server.read(subject("web-2", control=control), hits(107), 1001).counted == (Counted("errors", total=7),)
