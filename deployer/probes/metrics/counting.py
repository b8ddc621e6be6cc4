"""What series say of a rule: errors of requests, requests by their latency. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from deployer.plan.judging import ErrorRule, LatencyRule
from deployer.probes.metrics import wrong
from deployer.probes.metrics.series import LE, Labels, Values, bound, without
from deployer.readings import Bucket, Counted, Unmeasured

SLACK = 5
"""Errors that may be counted before their requests are: a page is not written in one moment."""

ENDLESS = 2.0**53
"""Counts from here on are all alike: floats have no more digits."""


def errors(rule: ErrorRule, bad: Values, total: Values, series: str = "") -> Counted | Unmeasured:
    """Count errors of requests. An error is a request: the few that came first are counted as one."""
    failed, all_of_them = _count(bad.values()), _count(total.values())
    if failed > all_of_them + SLACK:
        return wrong.errors_exceed_total(rule.name, failed, all_of_them)
    return Counted(rule.name, series, bad=failed, total=max(failed, all_of_them))


def latency(rule: LatencyRule, values: Values, series: str = "") -> tuple[Counted | Unmeasured, str]:
    """Count requests by bucket, summed over the histograms in `values`; the second is a warning, "" for none.

    Histograms with different buckets have those in common counted.
    """
    histograms = grouped(values)
    bounds = [frozenset(each) for each in histograms.values()]
    common = frozenset.intersection(*bounds) if bounds else frozenset[float]()
    infinite = float("inf")
    if bounds and infinite not in common:
        name = rule.histogram.partition("{")[0].strip()
        return wrong.wrong_type(rule.name, name, "without a +Inf bucket", "a latency rule needs a histogram"), ""
    total = _count(each[infinite] for each in histograms.values())
    finite = sorted(common - {infinite})
    counts = [min(total, _count(each[le] for each in histograms.values())) for le in finite]
    buckets = tuple(Bucket(le, count) for le, count in zip(finite, counts, strict=True))
    lost = sorted(frozenset.union(*bounds) - common) if bounds else []
    return Counted(rule.name, series, total=total, buckets=buckets), _differing(rule, lost)


def grouped(values: Values) -> dict[Labels, dict[float, float]]:
    """Give histograms by their labels, each as counts by upper bound; what is no bucket is left out."""
    found: dict[Labels, dict[float, float]] = {}
    for labels, value in values.items():
        le = bound(labels)
        if le is not None:
            found.setdefault(without(labels, LE), {})[le] = value
    return found


def highest(values: Values) -> tuple[float, ...]:
    """Give the finite bounds that all histograms have, in order."""
    bounds = [frozenset(each) for each in grouped(values).values()]
    return tuple(sorted(frozenset.intersection(*bounds) - {float("inf")})) if bounds else ()


def matched(bad: Values, total: Values) -> Mapping[Labels, tuple[Values, Values]] | None:
    """Put errors to the totals whose labels they carry; None when some belong to no total."""
    pairs: dict[Labels, tuple[dict[Labels, float], Values]] = {
        each: ({}, {each: value}) for each, value in total.items()
    }
    for labels, value in bad.items():
        home = next((each for each in total if set(each) <= set(labels)), None)
        if home is None:
            return None
        pairs[home][0][labels] = value
    return pairs


def worst(histories: Mapping[Labels, tuple[float, ...]], limit: float | None) -> tuple[float, ...]:
    """Give the last values of the worst series: that is above the limit for longest, then the highest."""

    def badness(values: tuple[float, ...]) -> tuple[int, float]:
        fine = (at for at, value in enumerate(reversed(values)) if limit is not None and value <= limit)
        return next(fine, len(values)), values[-1]

    return max(histories.values(), key=badness) if histories else ()


def _count(values: Iterable[float]) -> int:
    """Add up to a count. A query that takes one estimate from another may well give less than nothing."""
    return round(max(0.0, min(sum(values), ENDLESS)))


def _differing(rule: LatencyRule, lost: Sequence[float]) -> str:
    if not lost:
        return ""
    return (
        f"rule {rule.name}: the histograms have different buckets, those they share are counted "
        f"(not {', '.join(f'{le:g}' for le in lost[:5])}{'…' if len(lost) > 5 else ''})"
    )
