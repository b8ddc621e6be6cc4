"""A real Prometheus server that scrapes a real host: what it answers is what we take it for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from deployer.clock import SystemClock
from deployer.gates.evidence import Evidence, Look
from deployer.gates.rules import judge
from deployer.gates.verdict import Verdict
from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, Metrics, Prometheus, ValueRule
from deployer.plan.model import Gates, Plan
from deployer.plan.model import Host as PlanHost
from deployer.probes.metrics.meter import meter
from deployer.readings import Reading, Subject
from tests.fleet import Fleet, Host
from tests.fleet.prometheus import Server, prometheus
from tests.fleet.site import Site, new_site

HITS = 'http_requests_total{instance=~"{{hosts}}",path="/"}'
FAILED = 'http_requests_total{instance=~"{{hosts}}",path="/",code=~"5.."}'
SEEN = 'sum(http_requests_total{path="/"})'


@dataclass(frozen=True, slots=True)
class Scraped:
    """A service on a host, and the server that scrapes it."""

    server: Server
    site: Site
    host: Host

    def ask(self, times: int) -> None:
        """Send requests, and wait until the server has seen them."""
        before = self.server.number(SEEN) or 0
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._ask, range(times)))
        self.server.wait_for(SEEN, before + times)

    def _ask(self, _number: int) -> None:
        try:
            urlopen(self.site.url(self.host), timeout=30).close()
        except HTTPError as error:
            error.close()


@pytest.fixture(scope="module")
def scraped(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    """A service of which every 250th request fails, with 200 requests behind it."""
    folder = tmp_path_factory.mktemp("scraped")
    site, host = new_site(folder, "metered"), fleet.hosts[0]
    site.install(host, "r1", "time=0 errors=0.004")
    try:
        with prometheus(folder / "prometheus", [f"{host.address}:{site.port}"]) as server:
            made = Scraped(server, site, host)
            made.ask(200)
            server.wait_for('http_requests_total{path="/metrics"}', 4)
            yield made
    finally:
        site.wipe(host)


class Wave:
    """A wave of that one host, since a while ago, read by the rules."""

    def __init__(self, scraped: Scraped, *rules: AnyRule, seconds: float = 100) -> None:
        self.rules = rules
        clock, host = SystemClock(), scraped.host
        metrics = Metrics(Prometheus(scraped.server.url), rules, warmup=0, timeout=30)
        hosts = (PlanHost(host.name, host.address, "root", 22),)
        self._read = meter(Plan("app", "/srv/app", "", hosts, (), Gates(metrics=metrics)), {}, clock, {})
        self._subject = Subject("canary", (host.name,), clock.now() - seconds)

    def read(self) -> Reading:
        """Read once."""
        return self._read(self._subject)

    def verdicts(self) -> dict[str, tuple[Verdict, str]]:
        """Read once and judge: verdict and series by rule."""
        reading = self.read()
        rulings = [judge(rule, Evidence((reading,)), Look(1, 10, len(self.rules))) for rule in self.rules]
        return {each.rule: (each.verdict, each.series) for each in rulings}


def codes(reading: Reading) -> dict[str, str]:
    """What could not be measured, by rule."""
    return {each.rule: each.code for each in reading.unmeasured}


def test_no_series_of_errors_and_200_requests_pass_and_the_first_error_of_a_new_label_is_counted(
    scraped: Scraped,
) -> None:
    window = f"sum(max_over_time({HITS}[{{{{window}}}}]))"
    failed = f"sum(max_over_time({FAILED}[{{{{window}}}}]))"
    windowed = ErrorRule("windowed", 0.01, errors=failed, total=window)
    plain = ErrorRule("plain", 0.01, errors=FAILED, total=HITS)
    wave = Wave(scraped, windowed, plain)
    first = {each.rule: each for each in wave.read().counted}
    assert ((first["windowed"].bad, first["windowed"].total), first["plain"].total) == ((0, 200), 0)
    assert wave.verdicts()["windowed"] == (Verdict.PASS, "")
    scraped.ask(100)
    counted = {each.rule: (each.bad, each.total) for each in wave.read().counted}
    assert counted == {"windowed": (1, 300), "plain": (1, 100)}


def test_every_series_is_judged_and_the_worst_decides(scraped: Scraped) -> None:
    by_path = "sum by (path) (max_over_time(http_requests_total{path%s}[{{window}}]))"
    rule = ErrorRule("errors", 0.01, errors=by_path % '="/metrics"', total=by_path % '!="other"', min_requests=1)
    found = Wave(scraped, rule).verdicts()
    assert found["errors"] == (Verdict.FAIL, '{path="/metrics"}')


def test_a_histogram_is_counted_by_plain_selector_and_over_a_window(scraped: Scraped) -> None:
    plain = LatencyRule("plain", 0.5, histogram='http_request_duration_seconds{instance=~"{{hosts}}"}')
    over = "sum by (le) (max_over_time(http_request_duration_seconds_bucket[{{window}}]))"
    wave = Wave(scraped, plain, LatencyRule("over", 0.5, histogram=over))
    before = {each.rule: each for each in wave.read().counted}
    scraped.ask(20)
    after = {each.rule: each for each in wave.read().counted}
    assert (before["plain"].total, after["plain"].total) == (0, 20)
    assert after["over"].total == before["over"].total + 20
    assert [bucket.le for bucket in after["over"].buckets] == [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0]


def test_what_cannot_be_measured_is_told_apart_and_nothing_that_is_nan_counts(scraped: Scraped) -> None:
    value = {
        "refused": "rate(up)",
        "clash": "up / on() http_requests_total",
        "range": "http_requests_total[1m]",
        "warned": 'up{job="elsewhere"}',
        "nan": "0 * (up / 0)",
    }
    reading = Wave(scraped, *(ValueRule(name, 1, value=query) for name, query in value.items())).read()
    assert codes(reading) == {
        "refused": "prometheus-query",
        "clash": "prometheus-query",
        "range": "prometheus-query",
        "warned": "prometheus-warning",
    }
    assert reading.counted == ()
    told = {each.rule: each.message for each in reading.unmeasured}
    assert "range vector" in told["refused"]
    assert "matching" in told["clash"]
    assert "connection refused" in told["warned"]
