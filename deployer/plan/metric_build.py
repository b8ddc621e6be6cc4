"""The section `gates.metrics` to the plan's values, every default filled in."""

from urllib.parse import urlsplit

from deployer.plan.judging import (
    AnyRule,
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
from deployer.plan.measures import Idle, Mode
from deployer.plan.metric_sections import CompareSection, MetricsSection, RuleSection
from deployer.plan.model import Bake, ProbeFrom
from deployer.plan.paths import ToLocal

BAKE = Bake(60.0, 600.0)
"""How long a wave bakes that does not say, when there are rules on metrics."""


def metrics(section: MetricsSection, health_url: str, to_local: ToLocal) -> Metrics:
    """Give the metrics gate; `health_url` is that of the health gate, "" for none."""
    traffic = section.traffic
    return Metrics(
        source=_source(section, health_url, to_local),
        rules=tuple(_rule(rule) for rule in section.rules),
        interval=section.interval,
        timeout=section.timeout,
        warmup=section.warmup,
        traffic=MetricsTraffic(traffic.requests, tuple(traffic.paths)) if traffic else None,
    )


def _source(section: MetricsSection, health_url: str, to_local: ToLocal) -> Scrape | Prometheus:
    source = section.source
    headers, ca_file = tuple(source.headers.items()), source.ca_file and to_local(source.ca_file)
    if source.prometheus is not None:
        return Prometheus(source.prometheus, source.bearer_env, source.basic_env, headers, ca_file)
    url = source.scrape or ""
    exclude = section.exclude if section.exclude is not None else _own_paths(health_url, url)
    return Scrape(url, source.side is ProbeFrom.LOCAL, headers, ca_file, tuple(exclude))


def _own_paths(*urls: str) -> list[str]:
    """Give the paths of URLs, each once, without their queries."""
    return list(dict.fromkeys(_path(url) for url in urls if url))


def _path(url: str) -> str:
    """Give a URL's path; of unix:/a.sock:/path what follows the socket."""
    where = url.rpartition(":")[2] if url.startswith("unix:") else urlsplit(url).path
    return where.partition("?")[0] or "/"


def _rule(section: RuleSection) -> AnyRule:
    limit, compare = section.max.value if section.max else None, _compare(section.compare)
    common = (section.name or "", limit, compare, section.min_requests, section.on_inconclusive, section.on_error)
    idle = Policy.PASS if section.idle is Idle.PASS else Policy.ROLLBACK
    deciding = section.mode is Mode.ENFORCE
    if section.value is not None:
        return ValueRule(*common, idle, deciding, value=section.value)
    if section.histogram is not None:
        return LatencyRule(*common, idle, deciding, histogram=section.histogram, quantile=section.quantile)
    return ErrorRule(*common, idle, deciding, errors=section.errors or "", total=section.total or "")


def _compare(section: CompareSection | None) -> Compare | None:
    return Compare(section.max_ratio, section.floor.value if section.floor else 0.0) if section else None
