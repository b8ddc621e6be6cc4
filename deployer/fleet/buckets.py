"""Whether the live release's histograms can tell what a plan's limits ask, before anything is staged."""

from collections.abc import Iterator

from deployer import events as ev
from deployer.findings import Finding
from deployer.host.observed import Locked
from deployer.plan.judging import LatencyRule, Scrape
from deployer.probes.metrics.counting import highest
from deployer.probes.metrics.exposition import read
from deployer.probes.metrics.picking import Picker, expressions
from deployer.probes.metrics.scrape import Way, question
from deployer.readings import Unmeasured
from deployer.task import Run


def bucket_findings(run: Run, host: str, way: Way, locked: Locked) -> tuple[Finding, ...]:
    """Scrape the live release once: give what refuses the host, and warn of the rest.

    What else is wrong with the old release's metrics keeps nothing out: the next one may mend it. Where no release is
    live yet, or one that nobody confirmed, there is nothing to be told by.
    """
    if not locked.current or locked.pending:
        return ()
    metrics = run.plan.gates.metrics
    rules = tuple(rule for rule in metrics.rules if isinstance(rule, LatencyRule)) if metrics else ()
    if metrics is None or not isinstance(metrics.source, Scrape) or not rules or not run.task.verb.forward:
        return ()
    picker = Picker(rules)
    page = read(way.ask(question(metrics.source, metrics.timeout)), picker.names)
    if isinstance(page, Unmeasured):
        _warn(run, host, page)
        return ()
    found = picker.pick(page)
    for unmeasured in found.unmeasured:
        _warn(run, host, unmeasured)
    return tuple(
        finding
        for rule in rules
        if rule.deciding
        for finding in _too_low(rule, highest(found.values.get(expressions(rule)[0], {})))
    )


def _too_low(rule: LatencyRule, bounds: tuple[float, ...]) -> Iterator[Finding]:
    if rule.max is None or not bounds or rule.max < bounds[-1]:
        return
    seen = ", ".join(f"{bound:g}" for bound in bounds)
    yield Finding(
        "histogram-bucket",
        f"rule {rule.name} cannot be judged: max {rule.max:g}s is not below the highest bucket of the live release",
        f"{rule.histogram} has buckets up to {seen} s; nothing tells how many requests are slower",
        f"give the histogram a bucket at {rule.max:g} and one above it, or lower max",
    )


def _warn(run: Run, host: str, unmeasured: Unmeasured) -> None:
    message = f"the live release's metrics cannot be read: {unmeasured.message} [{unmeasured.code}]"
    run.emit(ev.Warned(at=run.now(), message=message, host=host))
