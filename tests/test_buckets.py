"""Whether the live release's histograms can tell what the limits of a plan ask, before anything is staged."""

from deployer import events as ev
from deployer.facts import Verb
from deployer.findings import Finding
from deployer.fleet.buckets import bucket_findings
from deployer.host.observed import Locked
from deployer.host.source import load_program
from deployer.plan.judging import AnyRule, LatencyRule, Metrics, Prometheus, Scrape
from deployer.plan.model import Gates, Plan
from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics.way import Question
from deployer.task import Run, Task
from tests.probes.metrics.pages import ERRORS, HISTOGRAM, answer, histogram

CONFIRMED = Locked("r1", "")
PAGE = HISTOGRAM + histogram({"0.1": 1, "0.5": 2, "+Inf": 3})


class Live:
    """A host whose live release answers so."""

    process = "one"

    def __init__(self, given: HttpAnswer) -> None:
        self._given = given
        self.asked = 0

    def ask(self, _question: Question) -> HttpAnswer:
        self.asked += 1
        return self._given


def rule(limit: float | None, *, deciding: bool = True, histogram: str = "http_duration_seconds") -> LatencyRule:
    return LatencyRule("slow", limit, histogram=histogram, deciding=deciding)


def look(
    given: str | HttpAnswer,
    *rules: AnyRule,
    verb: Verb = Verb.APPLY,
    source: Scrape | Prometheus | None = None,
    locked: Locked = CONFIRMED,
) -> tuple[tuple[Finding, ...], list[str], int]:
    """Look at a live release: findings, warnings, how often it was asked."""
    warned: list[str] = []

    def emit(event: ev.Event) -> None:
        assert isinstance(event, ev.Warned)
        warned.append(event.message)

    metrics = Metrics(source or Scrape("http://127.0.0.1/metrics"), rules)
    plan = Plan("app", "/srv/app", "", (), (), Gates(metrics=metrics))
    run = Run(plan, Task("1", verb, "r2"), load_program(), lambda: 0.0, lambda _seconds: False, emit)
    live = Live(answer(given) if isinstance(given, str) else given)
    return bucket_findings(run, "web-1", live, locked), warned, live.asked


def test_a_limit_below_the_highest_bucket_can_be_judged() -> None:
    assert look(PAGE, rule(0.3)) == ((), [], 1)


def test_a_limit_at_or_above_the_highest_bucket_is_refused_with_the_buckets_that_are_there() -> None:
    for limit in (0.5, 2.0):
        (finding,), warned, asked = look(PAGE, ERRORS, rule(limit))
        assert (finding.code, finding.soft, warned, asked) == ("histogram-bucket", False, [], 1)
        assert "0.1, 0.5" in finding.evidence
        assert f"{limit:g}" in finding.remedy


def test_a_rule_that_only_reports_and_one_without_a_limit_refuse_nothing() -> None:
    assert look(PAGE, rule(2.0, deciding=False), rule(None)) == ((), [], 1)


def test_a_histogram_that_nobody_has_observed_yet_refuses_nothing() -> None:
    assert look(HISTOGRAM, rule(2.0)) == ((), [], 1)


def test_what_else_is_wrong_with_the_old_release_is_a_warning() -> None:
    found, (warned,), _ = look(HttpAnswer(404), rule(0.3))
    assert (found, "404" in warned, "http-status" in warned) == ((), True, True)
    found, (warned,), _ = look(PAGE, rule(0.3, histogram="other_seconds"))
    assert (found, "metric-not-exposed" in warned) == ((), True)


def test_nobody_is_asked_without_need() -> None:
    assert look(PAGE, ERRORS) == ((), [], 0)
    assert look(PAGE, rule(2.0), verb=Verb.ROLLBACK) == ((), [], 0)
    assert look(PAGE, rule(2.0), source=Prometheus("http://p")) == ((), [], 0)
    assert look(PAGE, rule(2.0), locked=Locked("", "")) == ((), [], 0)
    assert look(PAGE, rule(2.0), locked=Locked("r2", "r2")) == ((), [], 0)
