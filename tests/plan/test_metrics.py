"""The metrics gate in a plan: its values with every default, and every mistake at its place."""

import pytest

from deployer.plan.judging import (
    Compare,
    ErrorRule,
    LatencyRule,
    Metrics,
    MetricsTraffic,
    Policy,
    Prometheus,
    Scrape,
    ValueRule,
)
from deployer.plan.model import Bake
from tests.plan.machine import Machine, a_plan, problem, problems, read

RULE = "{name: errors, errors: 'e{code=~\"5..\"}', total: e, max: 1%}"
SOURCE = "source: {scrape: 'http://127.0.0.1:8080/metrics'}"
SERVER = "source: {prometheus: 'https://prometheus.example.net'}"


def gates(metrics: str) -> str:
    health = "{url: 'http://127.0.0.1:8080/healthz?full=1', expect: {release: none}}"
    return a_plan(gates=f"{{health: {health}, metrics: {{{metrics}}}}}")


def rules(*each: str, source: str = SOURCE) -> str:
    return gates(f"{source}, rules: [{', '.join(each)}]")


def metrics(text: str) -> Metrics:
    found = read(text).gates.metrics
    assert found is not None
    return found


def test_a_rule_on_errors_gets_every_default() -> None:
    assert metrics(rules(RULE)) == Metrics(
        Scrape("http://127.0.0.1:8080/metrics", exclude=("/healthz", "/metrics")),
        (ErrorRule("errors", 0.01, errors='e{code=~"5.."}', total="e"),),
        interval=10.0,
        timeout=5.0,
        warmup=15.0,
    )


def test_every_key_of_a_rule_is_read() -> None:
    rule = (
        "{name: e, errors: a, total: b, max: 0%, compare: {max_ratio: 1.5, floor: 0.5%}, min_requests: 0, "
        "on_inconclusive: hold, on_error: pass, idle: pass, mode: observe}"
    )
    found = ErrorRule(
        "e", 0.0, Compare(1.5, 0.005), 0, Policy.HOLD, Policy.PASS, Policy.PASS, deciding=False, errors="a", total="b"
    )
    assert metrics(rules(rule)).rules == (found,)


def test_a_histogram_and_a_value_are_rules_too() -> None:
    text = rules("{name: p99, histogram: h, quantile: 99.9, max: 300ms}", "{name: queue, value: q, max: -1.5}")
    assert metrics(text).rules == (
        LatencyRule("p99", 0.3, histogram="h", quantile=0.999),
        ValueRule("queue", -1.5, value="q"),
    )


def test_a_rule_may_only_compare() -> None:
    text = rules("{name: q, value: q, compare: {to: control, floor: 10}}")
    assert metrics(text).rules == (ValueRule("q", None, Compare(2.0, 10.0), value="q"),)


def test_every_key_of_a_scrape_is_read() -> None:
    found = metrics(
        gates(
            "source: {scrape: 'http://{address}:8443/m', from: local, headers: {X-A: b}}, "
            "interval: 1s, timeout: 2s, warmup: 0s, exclude: [/a], traffic: {requests: 20, paths: [/x, /y]}, "
            f"rules: [{RULE}]"
        )
    )
    assert found.source == Scrape("http://{address}:8443/m", local=True, headers=(("X-A", "b"),), exclude=("/a",))
    assert (found.interval, found.timeout, found.warmup) == (1.0, 2.0, 0.0)
    assert found.traffic == MetricsTraffic(20, ("/x", "/y"))


def test_every_key_of_a_prometheus_server_is_read() -> None:
    source = "source: {prometheus: 'https://p.example.net/p/', basic_env: LOGIN, headers: {X-A: b}, ca_file: ca.pem}"
    assert metrics(rules(RULE, source=source)).source == Prometheus(
        "https://p.example.net/p", basic_env="LOGIN", headers=(("X-A", "b"),), ca_file="/work/ca.pem"
    )
    found = problem(rules(RULE, source=source), Machine(absent=["/work/ca.pem"]))
    assert found.message == "gates.metrics.source.ca_file: there is no 'ca.pem'"


def test_own_requests_of_a_queue_consumer_are_those_for_metrics() -> None:
    text = a_plan(socket="none", gates=f"{{metrics: {{source: {{scrape: 'unix:/run/a.sock:/m?x'}}, rules: [{RULE}]}}}}")
    found = metrics(text).source
    assert isinstance(found, Scrape)
    assert found.exclude == ("/m",)


def test_waves_that_do_not_say_bake_longer_with_metrics() -> None:
    assert [wave.bake for wave in read(rules(RULE)).waves] == [Bake(60.0, 600.0)] * 3
    waves = "waves: [{name: a, hosts: 1, bake: {min: 2m}}, {name: b, hosts: rest}]"
    assert [wave.bake for wave in read(rules(RULE) + waves).waves] == [Bake(120.0, 120.0), Bake(60.0, 600.0)]
    assert [wave.bake for wave in read(a_plan()).waves] == [Bake()] * 3


@pytest.mark.parametrize(
    ("errors", "total", "source"),
    [
        ('\'e{instance=~"{{hosts}}",code=~"5.."}\'', "e", SERVER),
        ("'increase(e[{{window}}])'", "'increase(t{i=~\"{{hosts}}\"}[{{window}}])'", SERVER),
    ],
)
def test_queries_are_plain_selectors_or_count_over_the_window(errors: str, total: str, source: str) -> None:
    rule = metrics(rules(f"{{name: e, errors: {errors}, total: {total}, max: 1%}}", source=source)).rules[0]
    assert isinstance(rule, ErrorRule)


def test_a_value_is_any_query() -> None:
    assert metrics(rules("{name: v, value: 'max by (host) (queue / 2)', max: 1}", source=SERVER)).rules


WRONG = [
    ("{errors: e, total: t, max: 1%}", "", "gates.metrics.rules[0]: the key name is missing"),
    ("{name: e, errors: e, max: 1%}", "", "gates.metrics.rules[0]: the key total is missing"),
    ("{name: e, total: e, max: 1%}", "", "gates.metrics.rules[0]: the key errors is missing"),
    ("{name: e, max: 1%}", "", "expected errors and total, or a histogram, or a value, got none of them"),
    ("{name: e, errors: e, total: e, value: v, max: 1%}", "", "got errors and total and value"),
    ("{name: e, errors: e, total: e, max: 500ms}", "500ms", "max: expected a percentage such as 1%, got a duration"),
    ("{name: e, errors: e, total: e, max: 1}", "1", "max: expected a percentage such as 1%, got a number"),
    ("{name: e, errors: e, total: e, max: 101%}", "101%", "max: expected a percentage from 0% to 100%, got"),
    ("{name: e, errors: e, total: e, max: -1%}", "-1%", "max: expected a percentage from 0% to 100%, got '-1%'"),
    ("{name: e, errors: e, total: e, max: 1mb}", "1mb", "expected a percentage (for errors), a duration"),
    ("{name: e, histogram: h, max: -1s}", "-1s", "max: expected a duration from 0s up to 8760h"),
    ("{name: e, value: v, max: 1.0000000000}", "1.0000000000", "expected a number of at most 15 digits and 9 decimals"),
    ("{name: e, histogram: h, max: 1%}", "1%", "max: expected a duration such as 500ms, got a percentage"),
    ("{name: e, value: v, max: 1s}", "1s", "max: expected a number such as 100, got a duration"),
    ("{name: e, errors: e, total: e}", "", "rules[0]: expected max, compare or both"),
    ("{name: e, histogram: h, compare: {}}", "", "rules[0]: expected max"),
    ("{name: e, histogram: h, max: 1s, quantile: 49}", "49", "expected a quantile from 50 to 99.99, got '49'"),
    ("{name: e, histogram: h, max: 1s, quantile: p95}", "p95", "expected a quantile from 50 to 99.99, got 'p95'"),
    ("{name: e, errors: e, total: e, max: 1%, quantile: 95}", "quantile", "quantile does not go with errors and total"),
    ("{name: e, value: v, max: 1, min_requests: 5}", "min_requests", "min_requests does not go with value"),
    ("{name: e, value: v, max: 1, idle: pass}", "idle", "idle does not go with value"),
    ("{name: e, value: v, max: 1, idle: hold}", "hold", "expected inconclusive or pass, got 'hold'"),
    ("{name: e, value: v, max: 1, on_error: stop}", "stop", "expected rollback or hold or pass, got 'stop'"),
    ("{name: e, value: v, compare: {max_ratio: 0.5}}", "0.5", "expected a number of at least 1, got '0.5'"),
    (
        "{name: e, value: v, compare: {floor: 1%}}",
        "1%",
        "floor: expected a number such as 100, got a percentage",
    ),
    (
        "{name: e, value: 'v{a=b}', max: 1}",
        "'v{a=b}'",
        "no selector, at character 5 of 'v{a=b}': expected a value",
    ),
    ("{name: e, value: 'sum(v)', max: 1}", "'sum(v)'", "at character 4 of 'sum(v)': expected the end of the selector"),
    ("{name: e, value: 'v[{{window}}]', max: 1}", "'v[{{window}}]'", "expected a selector without placeholders"),
    ("{name: e, histogram: h_bucket, max: 1s}", "h_bucket", "expected the histogram's own name, got 'h_bucket'"),
]


@pytest.mark.parametrize(("rule", "at", "message"), WRONG)
def test_a_wrong_rule_is_told_where_it_stands(rule: str, at: str, message: str) -> None:
    health = "{url: 'http://a/', expect: {release: none}}"
    text = f"gates:\n  health: {health}\n  metrics:\n    {SOURCE}\n    rules:\n      - {rule}\n"
    found = problem(a_plan(gates="") + text)
    assert message in found.message
    assert (found.place.line, found.place.column) == (12, 9 + rule.index(at))


SOURCES = [
    ("{}", "source: expected one of scrape and prometheus, got neither"),
    ("{scrape: 'http://a/', prometheus: 'http://b'}", "expected one of scrape and prometheus, got both"),
    ("{scrape: 'http://a/', bearer_env: T}", "bearer_env: bearer_env goes with prometheus"),
    ("{scrape: 'http://a/', basic_env: T}", "basic_env: basic_env goes with prometheus"),
    ("{scrape: 'http://a/', ca_file: a}", "certificates go with an https URL, not with http://a/"),
    ("{scrape: 'http://a/', from: local}", "asked from here, this URL is the same for every host"),
    ("{scrape: 'unix:/a.sock:/', from: local}", "a unix socket can be asked from the host only"),
    ("{scrape: 'http://a/', from: here}", "expected host or local, got 'here'"),
    ("{prometheus: 'http://b', from: host}", "from goes with scrape: a Prometheus server is asked from here"),
    ("{prometheus: 'http://b', basic_env: A, bearer_env: B}", "expected one of bearer_env and basic_env, got both"),
    ("{prometheus: 'ftp://b'}", "expected a URL such as https://prometheus.example.net, got 'ftp://b'"),
    ("{prometheus: 'http://b?q'}", "expected a URL such as"),
    ("{prometheus: 'http://[b'}", "expected a URL such as"),
    ("{prometheus: 'http://{address}'}", "expected a URL such as"),
    ("{prometheus: 'http://a:b@c'}", "expected a URL without user and password"),
]


@pytest.mark.parametrize(("source", "message"), SOURCES)
def test_a_wrong_source_is_told(source: str, message: str) -> None:
    assert message in problem(rules(RULE, source=f"source: {source}")).message


def test_own_requests_are_left_out_by_a_server_s_queries() -> None:
    assert "exclude goes with scrape" in problem(gates(f"{SERVER}, exclude: [/], rules: [{RULE}]")).message


@pytest.mark.parametrize(
    ("errors", "total", "message"),
    [
        ("'rate(e[5m])'", "t", "errors: no selector, at character 5 of 'rate(e[5m])'"),
        ("'e{{host}}'", "t", "errors: expected {{hosts}} and {{window}} alone, got {{host}}"),
        ("'increase(e[{{window}}])'", "t", "total: expected {{window}} in errors and in total, or in neither"),
    ],
)
def test_a_wrong_query_is_told(errors: str, total: str, message: str) -> None:
    rule = f"{{name: e, errors: {errors}, total: {total}, max: 1%}}"
    assert message in problem(rules(rule, source=SERVER)).message


def test_a_histogram_s_query_over_the_window_may_be_any() -> None:
    query = "'sum by (le) (increase(h_bucket[{{window}}]))'"
    assert metrics(rules(f"{{name: h, histogram: {query}, max: 1s}}", source=SERVER)).rules


def test_two_rules_of_one_name_are_told() -> None:
    found = problem(rules(RULE, RULE))
    assert found.message == "gates.metrics.rules[1].name: a second rule is called 'errors'"


def test_nothing_is_compared_when_all_hosts_are_one_wave() -> None:
    compared = "{name: q, value: q, compare: {}}"
    one = problem(rules(compared) + "waves: [{name: all, hosts: rest}]")
    assert one.message == "gates.metrics.rules[0].compare: no host stays on the old release: there is one wave"
    assert "there is one wave" in problem(rules(compared).replace("inventory:", "inventory: {a: {}}\nx-i:")).message


def test_a_bake_too_short_for_one_reading_is_told() -> None:
    waves = "waves: [{name: a, hosts: 1, bake: {max: 20s}}, {name: b, hosts: rest}]"
    found = problem(rules(RULE) + waves)
    assert found.message.startswith("waves[0].bake: bakes 20s at most: nothing is counted before warmup and interval")
    observed = RULE.replace("max: 1%", "max: 1%, mode: observe")
    assert metrics(rules(observed) + waves).rules[0].deciding is False


def test_what_is_known_to_be_wrong_is_told_once() -> None:
    found = problems(gates("source: {scrape: 5}, interval: 5, rules: [{name: 'a b', errors: '', total: 't{', max: x}]"))
    assert [each.message.partition(":")[0] for each in found] == [
        "gates.metrics.source.scrape",
        "gates.metrics.interval",
        "gates.metrics.rules[0].name",
        "gates.metrics.rules[0].errors",
        "gates.metrics.rules[0].max",
    ]


def test_a_gate_without_source_and_rules_says_what_to_add() -> None:
    found = problems(a_plan(socket="none", gates="{metrics: {}}"))
    assert [each.message for each in found] == [
        "gates.metrics: the key source is missing",
        "gates.metrics: the key rules is missing",
    ]
