"""What reads the metrics of a plan: scrapes per host, when the warmup ends, and requests of our own."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from deployer.clock import SystemClock
from deployer.errors import UsageError
from deployer.facts import UnitLook
from deployer.plan.judging import Metrics, MetricsTraffic, Prometheus, Scrape
from deployer.plan.model import Bake, Expect, Gates, Health, Host, Plan, ProbeFrom, Wave
from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics.meter import meter
from deployer.probes.metrics.own import OwnRequests, questions, rate
from deployer.probes.metrics.scrape import ScrapeMeter
from deployer.probes.metrics.way import Question, Way
from deployer.readings import Counted, Reading, Subject
from deployer.transport.fake import FakeTransport
from tests.probes.metrics.pages import ERRORS, answer, page

SCRAPE = Scrape("http://127.0.0.1:8080/metrics", headers=(("Host", "app"),), ca_file="/ca.pem")
HEALTH = Health("https://127.0.0.1:8443/healthz?full=1", Expect(), headers=(("Host", "health"),))


def plan(source: Scrape | Prometheus = SCRAPE, health: Health | None = HEALTH, bake: float = 0.0) -> Plan:
    metrics = Metrics(source, (ERRORS,), interval=1, timeout=2, warmup=10, traffic=MetricsTraffic(5, ("/a", "/b?c=1")))
    hosts = (Host("web-1", "10.0.0.1", "root", 22),)
    waves = (Wave("canary", ("web-1",), bake=Bake(bake, bake)),)
    return Plan("app", "/srv/app", "", hosts, waves, Gates(health, metrics=metrics))


def traffic(of: Plan) -> MetricsTraffic:
    assert of.gates.metrics
    assert of.gates.metrics.traffic
    return of.gates.metrics.traffic


class Pages:
    """A way to a host that serves more requests at each look."""

    process = "one"

    def __init__(self) -> None:
        self.served = 100
        self.asked: list[Question] = []
        self.lock = threading.Lock()

    def ask(self, question: Question) -> HttpAnswer:
        with self.lock:
            self.asked.append(question)
            self.served += 10
            return answer(page({"200": self.served}))


def test_counting_begins_when_the_warmup_has_ended_and_each_subject_has_a_baseline_of_its_own() -> None:
    pages, now = Pages(), [1000.0]
    metrics = plan().gates.metrics
    assert metrics
    reader = ScrapeMeter(metrics, SCRAPE, {"web-1": pages}, lambda: now[0])
    subject = Subject("canary", ("web-1",), 1000.0)
    assert reader(subject) == Reading(ready=False)
    now[0] = 1010.0
    assert reader(subject) == Reading((Counted("errors"),))
    assert reader(subject) == Reading((Counted("errors", total=10),))
    assert reader(replace(subject, since=1005.0)) == Reading(ready=False)


def test_the_control_has_no_warmup() -> None:
    metrics = plan().gates.metrics
    assert metrics
    reader = ScrapeMeter(metrics, SCRAPE, {"web-1": Pages()}, lambda: 1000.0)
    assert reader(Subject("canary", ("web-1",), 1000.0, control=True)).ready


def test_a_page_is_asked_for_as_text_unless_the_plan_says_otherwise() -> None:
    pages, now = Pages(), 1000.0
    metrics = plan().gates.metrics
    assert metrics
    for source in (SCRAPE, replace(SCRAPE, headers=(("accept", "text/html"),))):
        ScrapeMeter(metrics, source, {"web-1": pages}, lambda: now)(Subject("canary", ("web-1",), 0.0, control=True))
    first, last = dict(pages.asked[0].headers), dict(pages.asked[-1].headers)
    assert first["Host"] == "app"
    assert first["Accept"].startswith("text/plain")
    assert last == {"accept": "text/html"}
    assert (pages.asked[0].timeout, pages.asked[0].limit, pages.asked[0].ca_file) == (2, 8 << 20, "/ca.pem")


@pytest.mark.parametrize(("bake", "requests", "a_second"), [(0, 60, 2), (10, 5, 0.5), (10, 1000, 20), (60, 60, 1)])
def test_own_requests_are_spread_over_the_bake(bake: float, requests: int, a_second: float) -> None:
    assert rate(plan(bake=bake), MetricsTraffic(requests), "canary") == a_second


def test_own_requests_go_to_the_service_that_the_health_url_names_in_turn() -> None:
    asked = list(questions(plan(), traffic(plan())))
    assert [each.url for each in asked] == [f"https://127.0.0.1:8443{path}" for path in ["/a", "/b?c=1"] * 2 + ["/a"]]
    assert {each.headers for each in asked} == {(("Host", "health"),)}
    unix = replace(HEALTH, url="unix:/run/app.sock:/healthz")
    assert next(questions(plan(health=unix), traffic(plan()))).url == "unix:/run/app.sock:/a"


def test_without_a_health_url_own_requests_go_where_the_metrics_are() -> None:
    assert next(questions(plan(health=None), traffic(plan()))).url == "http://127.0.0.1:8080/a"
    assert list(questions(plan(Prometheus("http://p"), None), traffic(plan()))) == []


def test_own_requests_start_where_the_health_url_is_asked_or_the_metrics() -> None:
    outside = replace(HEALTH, sources=(ProbeFrom.LOCAL,))
    assert all(each.local for each in questions(plan(Prometheus("http://p"), outside), traffic(plan())))
    assert all(each.local for each in questions(plan(replace(SCRAPE, local=True), None), traffic(plan())))
    assert not any(each.local for each in questions(plan(), traffic(plan())))


def test_own_requests_begin_with_the_counting_and_only_once_and_not_to_the_control() -> None:
    pages, ready = Pages(), [False]
    own = OwnRequests(
        plan(bake=0.25), traffic(plan()), {"web-1": pages}, lambda: 1000.0, lambda _: Reading(ready=ready[0])
    )
    subject = Subject("canary", ("web-1",), 1000.0)
    own(subject)
    ready[0] = True
    own(replace(subject, control=True))
    assert pages.asked == []
    for _ in range(3):
        own(subject)
    _wait_for(lambda: len(pages.asked) >= 5)
    assert Counter(each.url.rpartition(":8443")[2] for each in pages.asked) == {"/a": 3, "/b?c=1": 2}


def test_nothing_is_sent_any_more_to_a_host_that_nobody_reads() -> None:
    pages, now = Pages(), [1000.0]
    own = OwnRequests(plan(bake=0.25), traffic(plan()), {"web-1": pages}, lambda: now[0], lambda _: Reading())
    own(Subject("canary", ("web-1",), 1000.0))
    _wait_for(lambda: len(pages.asked) >= 1)
    now[0] += 60
    sent = len(pages.asked)
    _wait_for(lambda: not any(thread.name == "traffic" for thread in threading.enumerate()))
    assert len(pages.asked) <= sent + 1


def test_a_plan_without_metrics_reads_nothing() -> None:
    without = replace(plan(), gates=Gates(HEALTH))
    assert meter(without, {}, SystemClock(), {})(Subject("canary", ("web-1",), 0.0)) == Reading(ready=False)


def test_a_plan_is_read_by_scrapes_or_by_its_server() -> None:
    way = Way("10.0.0.1", FakeTransport(), lambda: UnitLook("active"))
    scraped = meter(plan(), {"web-1": way}, SystemClock(), {})(Subject("canary", ("web-1",), 0.0))
    assert [each.code for each in scraped.unmeasured] == ["no-answer"]
    asked = meter(plan(Prometheus("http://127.0.0.1:9")), {}, SystemClock(), {})(Subject("canary", ("web-1",), 0.0))
    assert [each.code for each in asked.unmeasured] == ["prometheus-unavailable"]
    with pytest.raises(UsageError):
        meter(plan(Prometheus("http://127.0.0.1:9", bearer_env="NONE")), {}, SystemClock(), {})


def _wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
