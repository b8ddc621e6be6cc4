"""A wave beside the control: hosts still on the old release, which see the same incidents and the same clients."""

from dataclasses import replace
from math import isnan

from deployer.gates.evidence import Evidence, control
from deployer.gates.quantiles import beyond, slower
from deployer.gates.rates import fisher
from deployer.plan.judging import AnyRule, Compare, LatencyRule, ValueRule
from deployer.readings import Counted
from deployer.rulings import Ruling


def beside(ruling: Ruling, rule: AnyRule, compare: Compare, evidence: Evidence) -> Ruling:
    """Give the ruling with the control's numbers, `compared` as soon as there are enough of them to judge alone."""
    every = control(rule, evidence, ruling.series)
    value, bad, bad_most, total = None, 0, 0, 0
    if isinstance(rule, ValueRule):
        value = max((each for counted in every for each in counted.values if not isnan(each)), default=None)
    elif every:
        bad, bad_most, total = _bad(rule, every[0])
    return replace(
        ruling,
        compared=value is not None or total >= max(1, rule.min_requests),
        control_value=value,
        control_bad=bad,
        control_bad_most=bad_most,
        control_total=total,
        control_before=evidence.control_before,
        max_ratio=compare.max_ratio,
        floor=compare.floor,
        warnings=tuple(dict.fromkeys((*ruling.warnings, *(each for one in evidence.control for each in one.warnings)))),
    )


def _bad(rule: AnyRule, counted: Counted) -> tuple[int, int, int]:
    """Give how much of the control was bad, at least and at most, and of how many; nothing when buckets cannot tell."""
    if not isinstance(rule, LatencyRule):
        return counted.bad, counted.bad, counted.total
    limit = rule.max or 0.0
    return (
        (0, 0, 0) if beyond(counted.buckets, limit) else (*slower(counted.buckets, counted.total, limit), counted.total)
    )


def tail(ruling: Ruling) -> float:
    """Give Fisher's one-sided p; where buckets leave it open, of the fewest bad against the control's most."""
    return fisher(ruling.bad, ruling.total, ruling.control_bad_most, ruling.control_total)
