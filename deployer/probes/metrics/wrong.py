"""Every way in which metrics cannot be measured: a code, one line in plain words, what to do. Pure."""

import difflib
from collections.abc import Iterable

from deployer.readings import Unmeasured

_MULTIPROCESS = (
    "let all workers share one registry: with Python's prometheus-client set PROMETHEUS_MULTIPROC_DIR and answer from "
    "a MultiProcessCollector; or scrape a port that one process answers"
)


def no_answer(reason: str) -> Unmeasured:
    """Nobody answered in time, or at all."""
    remedy = (
        "see that the service answers metrics.source.scrape there, within metrics.timeout; a certificate of a private "
        "authority needs metrics.source.ca_file"
    )
    return Unmeasured("", "no-answer", reason, remedy)


def http_status(status: int, location: str) -> Unmeasured:
    """Something answered, and not with metrics."""
    to = f" to {location}" if location else ""
    remedy = "name the path of the metrics page in metrics.source.scrape"
    if 300 <= status < 400:
        remedy = "name the address that answers with metrics: redirects are not followed"
    elif status in {401, 403}:
        remedy = "send what the page asks for in metrics.source.headers"
    return Unmeasured("", "http-status", f"answered {status}{to} instead of 200", remedy)


def too_large(limit: int) -> Unmeasured:
    """The page has no end."""
    message = f"the page has {limit >> 20} MiB and more, which is not read"
    return Unmeasured("", "too-large", message, "expose fewer series: ids and whole paths do not belong in labels")


def html_page() -> Unmeasured:
    """A page for people."""
    remedy = "name the path that answers in the Prometheus text format, often /metrics"
    return Unmeasured("", "html-page", "answered with an HTML page instead of metrics", remedy)


def empty_body() -> Unmeasured:
    """A page without a metric."""
    remedy = "register the metrics before the service says that it is ready"
    return Unmeasured("", "empty-body", "answered 200 with no metric at all", remedy)


def not_parsable(reason: str) -> Unmeasured:
    """Neither the text format nor OpenMetrics."""
    message = f"the page is not in the Prometheus text format: {' '.join(reason.split())[:200] or 'nothing in it fits'}"
    remedy = "have it written by a Prometheus client library; JSON is not read"
    return Unmeasured("", "not-parsable", message, remedy)


def not_exposed(rule: str, name: str, known: Iterable[str]) -> Unmeasured:
    """The page has metrics, but not this one; the most similar names are told."""
    similar = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    like = f"; similar names there: {', '.join(similar)}" if similar else ""
    remedy = (
        "write the name as the page has it; a counter that appears with its first event only is best set to 0 early"
    )
    return Unmeasured(rule, "metric-not-exposed", f"there is no metric {name}{like}", remedy)


def no_label(rule: str, name: str, label: str, known: Iterable[str]) -> Unmeasured:
    """The metric is there, and none of its series has the label that the rule selects by."""
    message = f"no series of {name} has the label {label}; there are: {', '.join(sorted(known)) or 'none'}"
    return Unmeasured(rule, "label-not-exposed", message, "write the selector with the labels that the page has")


def wrong_type(rule: str, name: str, found: str, needed: str) -> Unmeasured:
    """The metric is there, and of a kind that cannot tell what the rule asks."""
    return Unmeasured(rule, "wrong-type", f"{name} is {found}, and {needed}", "name a metric of that type in the rule")


def not_a_number(rule: str, name: str) -> Unmeasured:
    """A metric says NaN or infinity."""
    return Unmeasured(rule, "not-a-number", f"{name} is NaN or infinity", "have the service tell a number")


def errors_exceed_total(rule: str, bad: int, total: int) -> Unmeasured:
    """More errors than requests."""
    message = f"{bad} errors of {total} requests cannot be"
    return Unmeasured(rule, "errors-exceed-total", message, "let total select all requests, the failed ones included")


def per_worker(rule: str, name: str) -> Unmeasured:
    """Every worker of the service answers with counters of its own: one went down."""
    message = f"{name} went down between scrapes made back to back: each worker counts for itself"
    return Unmeasured(rule, "per-worker", message, _MULTIPROCESS)


def several_processes(rule: str, name: str) -> Unmeasured:
    """Every worker of the service answers with counters of its own: the process that answers is not always the same."""
    message = f"{name} changes between scrapes of one run of the service: each worker counts for itself"
    return Unmeasured(rule, "per-worker", message, _MULTIPROCESS)


def reset_without_restart(rule: str, name: str) -> Unmeasured:
    """A counter began anew while the service went on."""
    message = f"{name} went down while the service was not restarted: what it counted before is not known"
    remedy = f"counters must only grow; where each worker counts for itself, {_MULTIPROCESS}"
    return Unmeasured(rule, "reset-without-restart", message, remedy)


def unmatched(rule: str) -> Unmeasured:
    """Errors that belong to none of the totals."""
    message = "some series of errors carry labels that no series of total has"
    return Unmeasured(rule, "series-do-not-match", message, "group errors and total by the same labels")


def query_refused(rule: str, reason: str) -> Unmeasured:
    """The server understands the request, and not the query."""
    message = f"Prometheus refuses the query: {reason or 'it does not say why'}"
    return Unmeasured(
        rule, "prometheus-query", message, "try the query in Prometheus' own page, and mend it in the plan"
    )


def query_type(rule: str, kind: str) -> Unmeasured:
    """A query whose answer is no set of numbers."""
    message = f"the query gives a {kind}, and a vector or a scalar is needed"
    return Unmeasured(rule, "prometheus-query", message, "ask for the values at one moment: no range, no text")


def query_warned(rule: str, warnings: Iterable[str]) -> Unmeasured:
    """The server says itself that its answer is not to be trusted."""
    message = f"Prometheus warns that its answer may not be whole: {'; '.join(warnings)}"
    return Unmeasured(
        rule, "prometheus-warning", message, "mend what it names; an answer with a part missing proves nothing"
    )


def server_unavailable(reason: str) -> Unmeasured:
    """The server does not answer, or not now, and did not when it was asked again."""
    remedy = "see that the server is up and quick enough: metrics.timeout is for one query"
    return Unmeasured("", "prometheus-unavailable", f"Prometheus could not be asked: {reason}", remedy)


def server_login(status: int) -> Unmeasured:
    """The server wants to know who asks."""
    remedy = "see that bearer_env or basic_env names the right variable, and that it holds what the server expects"
    return Unmeasured("", "prometheus-login", f"Prometheus answered {status}: it does not let us in", remedy)


def server_certificate(reason: str) -> Unmeasured:
    """The server's certificate is not trusted."""
    remedy = "name the file of the authority that signed it: metrics.source.ca_file"
    return Unmeasured("", "prometheus-certificate", f"the certificate of Prometheus is not trusted: {reason}", remedy)


def server_other(reason: str) -> Unmeasured:
    """Something answers there that is no Prometheus server."""
    remedy = "name the address of the server itself, before /api/v1: metrics.source.prometheus"
    return Unmeasured("", "prometheus-answer", f"this is not the answer of a Prometheus server: {reason}", remedy)
