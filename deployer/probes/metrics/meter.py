"""What reads the metrics of a rollout's subjects: made once, from the plan."""

from collections.abc import Mapping

from deployer.clock import Clock
from deployer.plan.judging import Metrics, Prometheus
from deployer.plan.model import Plan
from deployer.probes.metrics.own import OwnRequests
from deployer.probes.metrics.scrape import ScrapeMeter
from deployer.probes.metrics.way import Way
from deployer.readings import Meter, Reading, Subject


def meter(plan: Plan, ways: Mapping[str, Way], clock: Clock, variables: Mapping[str, str]) -> Meter:
    """Give what reads metrics: blocking, from any thread, never raising; `ways` lead to every host of the plan.

    UsageError when a variable with a secret is not set.
    """
    metrics = plan.gates.metrics
    if metrics is None:
        return _nothing
    reading = _reader(plan, metrics, ways, clock, variables)
    return OwnRequests(plan, metrics.traffic, ways, clock.now, reading) if metrics.traffic else reading


def _reader(plan: Plan, metrics: Metrics, ways: Mapping[str, Way], clock: Clock, variables: Mapping[str, str]) -> Meter:
    if not isinstance(metrics.source, Prometheus):
        return ScrapeMeter(metrics, metrics.source, ways, clock.now)
    # They take long to load, and most plans scrape.
    from deployer.probes.metrics.api import Api  # noqa: PLC0415
    from deployer.probes.metrics.prometheus import PrometheusMeter  # noqa: PLC0415

    api = Api(metrics.source, variables, clock)
    patience = max(metrics.interval, metrics.timeout)
    return PrometheusMeter(
        metrics,
        {host.name: host for host in plan.hosts},
        lambda rule, text: api.query(rule, text, metrics.timeout, patience),
        clock.now,
    )


def _nothing(_subject: Subject) -> Reading:
    return Reading(ready=False)
