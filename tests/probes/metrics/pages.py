"""Metrics pages as services write them, and the rules that are asked of them."""

from collections.abc import Mapping

from deployer.plan.judging import ErrorRule, LatencyRule, ValueRule
from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics.exposition import Page, read

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"

ERRORS = ErrorRule("errors", 0.01, errors='http_requests_total{code=~"5.."}', total="http_requests_total")
SLOW = LatencyRule("slow", 0.5, histogram="http_duration_seconds")
QUEUE = ValueRule("queue", 100, value="queue_depth")


def page(requests: Mapping[str, float], extra: str = "") -> str:
    """Write requests by their status code, as the text format has it."""
    lines = ["# HELP http_requests_total Requests.", "# TYPE http_requests_total counter"]
    lines += [f'http_requests_total{{code="{code}",path="/"}} {count}' for code, count in requests.items()]
    return "\n".join([*lines, extra, ""])


def histogram(buckets: Mapping[str, float], labels: str = "") -> str:
    """Write a histogram's cumulative buckets."""
    lines = [f'http_duration_seconds_bucket{{{labels}le="{le}"}} {count}' for le, count in buckets.items()]
    inner = f"{{{labels.rstrip(',')}}}" if labels else ""
    most = buckets.get("+Inf", 0)
    return "\n".join([*lines, f"http_duration_seconds_sum{inner} 1.5", f"http_duration_seconds_count{inner} {most}"])


HISTOGRAM = "# TYPE http_duration_seconds histogram\n"


def answer(text: str, kind: str = TEXT, status: int = 200) -> HttpAnswer:
    """Give a page as it comes from a host."""
    return HttpAnswer(status, (("content-type", kind),), text.encode(), 0.01)


def parsed(text: str, *names: str, kind: str = TEXT) -> Page:
    """Read a page that can be read."""
    found = read(answer(text, kind), frozenset(names))
    assert isinstance(found, Page), found
    return found
