"""Metrics on real hosts, under traffic: every bad release is taken back by its own rule, and a good one is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from deployer import events as ev
from tests.acceptance.metered import ERRORS, LATENCY, Case, deployed, rolled_out
from tests.acceptance.run import Ended
from tests.fleet import Fleet
from tests.fleet.prometheus import prometheus

SOON = {"bake": {"min": "4s", "max": "9s"}}
SOON_OVER: dict[str, Any] = {"waves": [{"name": "all", "hosts": "rest", **SOON}]}
LONG = {"waves": [{"name": "all", "hosts": "rest", "bake": {"min": "24s", "max": "25s"}}]}
TWO_WAVES = {
    "waves": [
        {"name": "canary", "hosts": 1, "bake": {"min": "4s", "max": "25s"}},
        {"name": "full", "hosts": "rest", **SOON},
    ]
}
BESIDE = {**ERRORS, "compare": {"to": "control", "max_ratio": 3, "floor": "2%"}}
FORGIVING = [{**ERRORS, "on_error": "pass"}]

BAD = {
    "errors": Case("errors=0.05", (0,)),
    "latency": Case("time=0.6", (1,), before="time=0.3"),
    "queue": Case("leak=200", (2,)),
    "crash": Case("crash=20", (3,), changes=LONG),
    "log": Case("log=3", (0,), gates={"journal": {"interval": "1s"}}),
    "good": Case("errors=0.002 start=1000000", (1,)),
    "asked": Case("errors=0.05", (2,)),
}
UNREAD: dict[str, Any] = {"metrics": {"rules": [ERRORS]}, "changes": SOON_OVER, "called": False}
TOO_HIGH = {"rules": [{**LATENCY, "max": "2s"}]}
FEW = {"rules": [{**ERRORS, "min_requests": 20}], "traffic": {"requests": 30}}
ODD = {
    "other-name": Case("page=other", (0,), **UNREAD),
    "html": Case("page=html", (1,), **UNREAD),
    "workers": Case("page=workers", (2,), **UNREAD),
    "forgiven": Case("page=other", (3,), {"rules": FORGIVING}, SOON_OVER, called=False),
    "first": Case("ok", (0,), TOO_HIGH, SOON_OVER, before=None),
    "too-high": Case("ok", (1,), TOO_HIGH, called=False),
    "incident": Case("errors=0.03", (2, 3), {"rules": [BESIDE]}, TWO_WAVES, before="errors=0.03"),
    "quiet": Case("pad=100", (4,), FEW, before="pad=100", called=False),
}


@pytest.fixture(scope="module")
def bad(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """Releases that are bad, each in its own way, and a good one."""
    folder = tmp_path_factory.mktemp("bad")
    with deployed(fleet, folder, BAD) as apps:
        asked = apps["asked"]
        with prometheus(folder / "server", [f"{asked.hosts[0].address}:{asked.site.port}"]) as server:
            hosts = '{instance=~"{{hosts}}",path="/"'
            rule = {
                **ERRORS,
                "errors": f'http_requests_total{hosts},code=~"5.."}}',
                "total": f"http_requests_total{hosts}}}",
            }
            cases = {**BAD, "asked": Case("errors=0.05", (2,), {"source": {"prometheus": server.url}, "rules": [rule]})}
            yield rolled_out(apps, cases)


@pytest.fixture(scope="module")
def odd(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """Releases whose metrics cannot be read, services that nobody calls, limits that cannot be judged, old faults."""
    with deployed(fleet, tmp_path_factory.mktemp("odd"), ODD) as apps:
        forbidding = fleet.hosts[4]
        forbidding.sshd_config("AllowTcpForwarding no")
        yield rolled_out(apps, ODD)


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("errors", "above-limit", "rule errors: "),
        ("latency", "above-limit", "rule latency: "),
        ("queue", "above-limit", "rule queue: "),
        ("asked", "above-limit", "rule errors: "),
        ("crash", "unit-restarted", "the unit restarted"),
        ("log", "journal-match", "the service's journal has 1 line"),
    ],
)
def test_a_bad_release_is_taken_back_by_its_own_rule_which_is_explained(
    bad: dict[str, Ended], name: str, code: str, told: str
) -> None:
    ended = bad[name]
    assert ended.code == 1, ended.told
    failed = ended.summary["failed"]
    assert (failed["code"], failed["message"].startswith(told)) == (code, True), ended.told
    assert ended.says(failed["message"], "back on r1")
    assert name != "log" or ended.says("second listener: bind failed: Address already in use")


def test_a_good_release_with_a_few_errors_and_counters_that_go_on_passes(bad: dict[str, Ended]) -> None:
    assert bad["good"].code == 0, bad["good"].told
    judged = [event for event in bad["good"].events if isinstance(event, ev.WaveJudged)]
    totals = {ruling.rule: ruling.total for ruling in judged[-1].rulings}
    assert 50 <= totals["errors"] < 1_000_000
    assert totals["latency"] >= 50


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("other-name", "metric-not-exposed"),
        ("html", "html-page"),
        ("workers", "per-worker"),
        ("first", "above-buckets"),
    ],
)
def test_metrics_that_cannot_be_measured_are_no_pass(odd: dict[str, Ended], name: str, code: str) -> None:
    ended = odd[name]
    assert ended.code == 1, ended.told
    assert code in ended.told
    assert not any(isinstance(event, ev.WavePassed) for event in ended.events)


def test_only_a_plan_that_says_so_passes_what_cannot_be_measured(odd: dict[str, Ended]) -> None:
    assert odd["forgiven"].code == 0, odd["forgiven"].told
    assert odd["forgiven"].says("there is no metric http_requests_total", "on_error: pass")


def test_a_limit_that_the_live_release_cannot_tell_is_refused_before_anything_is_sent(odd: dict[str, Ended]) -> None:
    ended = odd["too-high"]
    assert ended.code == 5, ended.told
    assert ended.says("histogram-bucket", "0.5, 1 s")
    assert not any(isinstance(event, ev.HostStaged) for event in ended.events)


def test_errors_that_the_old_release_has_as_well_take_nothing_back(odd: dict[str, Ended]) -> None:
    assert odd["incident"].code == 0, odd["incident"].told
    judged = [event for event in odd["incident"].events if isinstance(event, ev.WaveJudged)]
    assert any(ruling.compared and ruling.control_total >= 50 for event in judged for ruling in event.rulings)


def test_a_service_that_nobody_calls_is_called_by_us_and_read_by_curl_where_forwarding_is_forbidden(
    odd: dict[str, Ended],
) -> None:
    ended = odd["quiet"]
    assert ended.code == 0, ended.told
    judged = [event for event in ended.events if isinstance(event, ev.WaveJudged)]
    assert judged[-1].rulings[0].total >= 20
