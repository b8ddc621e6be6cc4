"""What a rule is judged by: the readings of a wave and of the control, put together per series."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isnan

from deployer.plan.judging import AnyRule, ValueRule
from deployer.readings import Bucket, Counted, Reading, Unmeasured

LAST = 3
"""So many values of a gauge in a row that are above its limit fail it; fewer are a peak."""

MOST = 10**10
"""Requests of a rule that can be judged within a moment; nobody serves as many in one rollout."""

GONE = 3
"""So many failed readings in a row are an error; until then the last good one stands."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which look at a wave it is: `number` from 1, of `looks` that were planned; so many `rules` decide."""

    number: int
    looks: int
    rules: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reading per subject of the wave, `Reading(ready=False)` for one that was not read yet; and the control's.

    `names` are the subjects' hosts in the order of `readings`, to name the worst one; () when nobody cares.
    `control_before`: no host is on the old release any more, and the control's numbers are the last it had.
    """

    readings: tuple[Reading, ...]
    control: tuple[Reading, ...] = ()
    control_before: bool = False
    names: tuple[str, ...] = ()

    def name(self, index: int) -> str:
        """Give the host of a reading, "" when it has no name."""
        return self.names[index] if index < len(self.names) else ""


@dataclass(frozen=True, slots=True)
class Pooled:
    """What all readings together say of one rule: counts per series, or every value with its host's name.

    `waiting` counts readings that have no numbers of the rule yet, at least 1 when there is no reading at all.
    """

    counts: tuple[tuple[str, Counted], ...]
    waiting: int
    unmeasured: tuple[Unmeasured, ...]
    warnings: tuple[str, ...]


def standing(known: Reading | None, reading: Reading) -> Reading:
    """Give a reading as it counts: one that failed goes on with the numbers of the last that did not."""
    if not reading.failures or reading.counted or known is None:
        return reading
    return replace(reading, counted=known.counted, ready=known.ready)


def pool(rule: AnyRule, evidence: Evidence) -> Pooled:
    """Put the wave's readings together for one rule."""
    found: dict[str, list[Counted]] = {}
    values: list[tuple[str, Counted]] = []
    unmeasured: list[Unmeasured] = []
    warnings: dict[str, None] = {}
    waiting = 0 if evidence.readings else 1
    for index, reading in enumerate(evidence.readings):
        missing = _missing(rule.name, reading)
        unmeasured += [_named(evidence.name(index), each) for each in missing]
        warnings |= dict.fromkeys(reading.warnings)
        counts = [] if missing else _counts(rule, reading)
        waiting += not counts and not missing
        for counted in counts:
            if isinstance(rule, ValueRule):
                values.append((evidence.name(index), counted))
            else:
                found.setdefault(counted.series, []).append(counted)
    sums = [_added(every) for every in found.values()]
    unmeasured += [_endless(counted) for counted, _ in sums if counted.total > MOST]
    warnings |= dict.fromkeys(warning for _, warning in sums if warning)
    each = [*_worst(values), *(("", counted) for counted, _ in sums if counted.total <= MOST)]
    return Pooled(tuple(each), waiting, tuple(unmeasured), tuple(warnings))


def control(rule: AnyRule, evidence: Evidence, series: str) -> tuple[Counted, ...]:
    """Give the control's numbers of one rule: one sum over its hosts, or every value it has.

    Of a query that gives several series the control's own series of that name, or all when it has none.
    """
    every = [counted for reading in evidence.control for counted in _counts(rule, reading)]
    every = [counted for counted in every if counted.series == series] or every
    if isinstance(rule, ValueRule) or not every:
        return tuple(every)
    counted, _ = _added(every)
    return (counted,) if counted.total <= MOST else ()


def _endless(counted: Counted) -> Unmeasured:
    message = f"{counted.total:.3g} requests were counted, and {MOST:.0e} at most can be judged"
    return Unmeasured(counted.rule, "too-many", message, "see that the rule's series or query count requests")


def _counts(rule: AnyRule, reading: Reading) -> list[Counted]:
    if not reading.ready:
        return []
    own = [counted for counted in reading.counted if counted.rule == rule.name]
    return [counted for counted in own if counted.values] if isinstance(rule, ValueRule) else own


def _missing(rule: str, reading: Reading) -> list[Unmeasured]:
    """Give why a reading does not tell the rule's numbers; one or two failures in a row are nothing yet."""
    if not reading.unmeasured and reading.failures < GONE:
        return []
    general = not reading.failures or reading.failures >= GONE
    own = [each for each in reading.unmeasured if each.rule == rule or (general and not each.rule)]
    if not own and reading.failures >= GONE:
        return [Unmeasured(rule, "not-readable", f"{reading.failures} readings in a row failed")]
    return own


def _worst(values: list[tuple[str, Counted]]) -> list[tuple[str, Counted]]:
    """Give those of many gauges that can be the worst: the highest now, the highest all along, one without a number."""
    if not values:
        return []
    odd = [each for each in values if isnan(each[1].values[-1])]
    return [max(values, key=lambda each: _least(each[1].values[-1:])), max(values, key=_along), *odd[:1]]


def _along(each: tuple[str, Counted]) -> float:
    values = each[1].values
    return _least(values[-LAST:]) if len(values) >= LAST else -inf


def _least(values: tuple[float, ...]) -> float:
    return -inf if any(map(isnan, values)) else min(values)


def _named(host: str, unmeasured: Unmeasured) -> Unmeasured:
    return replace(unmeasured, message=f"{host}: {unmeasured.message}") if host else unmeasured


def _added(every: Sequence[Counted]) -> tuple[Counted, str]:
    """Add counts up, per bucket; buckets that not all of them have are left out, and a warning says so.

    Of a sum never more is bad, or below a bound, than there is.
    """
    bounds = {tuple([bucket.le for bucket in counted.buckets]) for counted in every}
    common = sorted(set[float]().union(*bounds).intersection(*bounds))
    sums = dict.fromkeys(common, 0)
    for counted in every:
        for bucket in counted.buckets:
            if bucket.le in sums:
                sums[bucket.le] += bucket.count
    total = max(0, sum([counted.total for counted in every]))
    return (
        Counted(
            every[0].rule,
            every[0].series,
            among(sum([counted.bad for counted in every]), total),
            total,
            tuple(Bucket(le, among(count, total)) for le, count in sums.items()),
        ),
        "hosts have different buckets: only common ones count" if len(bounds) > 1 else "",
    )


def among(count: int, total: int) -> int:
    """Give a count as part of a total: from 0 to all of it."""
    return min(max(0, count), total)
