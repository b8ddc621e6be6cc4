"""Rules on numbers: a wave's evidence in, a ruling out, which carries every number that its verdict was made of."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from deployer.gates import wording
from deployer.gates.compare import beside
from deployer.gates.evidence import Evidence, Look, Pooled, pool
from deployer.gates.finding import finding, tail
from deployer.gates.quantiles import beyond, estimate, slower
from deployer.gates.rates import interval, level
from deployer.gates.verdict import Verdict
from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, Policy
from deployer.plan.model import Plan
from deployer.readings import Counted, Unmeasured
from deployer.rulings import Ruling

_ORDER = tuple(Verdict)


def looks(plan: Plan, wave_index: int) -> int:
    """Give how many looks the wave at that place and all later ones can have, which is known before the first."""
    every = plan.gates.metrics.interval if plan.gates.metrics else 1.0
    return sum(max(1, ceil(wave.bake.max / every)) for wave in plan.waves[wave_index:])


def judge_all(evidence: Sequence[tuple[AnyRule, Evidence]], number: int, looks: int) -> tuple[Ruling, ...]:
    """Judge a wave by every rule, each with its evidence, at its look of that number of so many."""
    deciding = sum(rule.deciding for rule, _ in evidence)
    look = Look(number, looks, max(1, deciding))
    return tuple(judge(rule, known, look) for rule, known in evidence)


def judge(rule: AnyRule, evidence: Evidence, look: Look) -> Ruling:
    """Judge a wave by one rule; of several series, or hosts' values, by the worst of them.

    Numbers that nothing can be computed of are an error of the rule, not of the rollout.
    """
    try:
        return _worst(rule, evidence, look, pool(rule, evidence))
    except (ArithmeticError, ValueError) as error:
        odd = Unmeasured(rule.name, "not-judged", f"nothing can be computed of its numbers: {error}")
        return _worst(rule, Evidence(()), look, Pooled((), 0, (odd,), ()))


def verdict(ruling: Ruling) -> Verdict:
    """Recompute a ruling's verdict from its own numbers alone."""
    return finding(ruling)[0]


def _worst(rule: AnyRule, evidence: Evidence, look: Look, pooled: Pooled) -> Ruling:
    counts = pooled.counts or (("", Counted(rule.name)),)
    return max((_judged(rule, evidence, look, pooled, each) for each in counts), key=_badness)


def _judged(rule: AnyRule, evidence: Evidence, look: Look, pooled: Pooled, found: tuple[str, Counted]) -> Ruling:
    ruling = _begun(rule, look, pooled, found)
    if isinstance(rule, LatencyRule):
        ruling = _slow(ruling, rule, found[1])
    if rule.compare is not None:
        ruling = beside(ruling, rule, rule.compare, evidence)
    low = interval(ruling.bad, ruling.total)[0] if ruling.total else 0.0
    high = interval(ruling.bad_most, ruling.total)[1] if ruling.total else 1.0
    reached, code = finding(ruling)
    ruling = replace(
        ruling,
        low=low,
        high=high,
        proved=ruling.kind != "value" and not ruling.compared and ruling.limit is not None and high <= ruling.limit,
        tail=tail(ruling),
        verdict=reached,
        code=code,
        policy=_policy(rule, reached),
    )
    return replace(ruling, message=wording.message(ruling), needed=wording.needed(ruling))


def _begun(rule: AnyRule, look: Look, pooled: Pooled, found: tuple[str, Counted]) -> Ruling:
    """Give a ruling with its rule, its look and what was counted, and nothing that follows from it yet."""
    host, counted = found
    kind = "errors" if isinstance(rule, ErrorRule) else "latency" if isinstance(rule, LatencyRule) else "value"
    among = max(1, len(pooled.counts)) if kind != "value" else 1
    return Ruling(
        rule=rule.name,
        kind=kind,
        verdict=Verdict.INCONCLUSIVE,
        code="",
        message="",
        deciding=rule.deciding,
        look=look.number,
        looks=look.looks,
        rules=look.rules,
        among=among,
        waiting=pooled.waiting,
        host=host,
        series=counted.series,
        bad=counted.bad,
        bad_most=counted.bad,
        total=counted.total,
        values=counted.values,
        limit=round(1 - rule.quantile, 9) if isinstance(rule, LatencyRule) else rule.max,
        threshold=rule.max if isinstance(rule, LatencyRule) else None,
        level=level(look.number, look.looks, look.rules * among),
        min_requests=rule.min_requests,
        idle_passes=rule.idle is Policy.PASS,
        unmeasured=pooled.unmeasured,
        warnings=pooled.warnings,
    )


def _slow(ruling: Ruling, rule: LatencyRule, counted: Counted) -> Ruling:
    limit = rule.max or 0.0
    bad, bad_most = slower(counted.buckets, counted.total, limit)
    wrong = _beyond(rule, counted) if beyond(counted.buckets, limit) else ()
    near = estimate(counted.buckets, counted.total, rule.quantile)
    return replace(ruling, bad=bad, bad_most=bad_most, estimate=near, unmeasured=(*ruling.unmeasured, *wrong))


def _beyond(rule: LatencyRule, counted: Counted) -> tuple[Unmeasured, ...]:
    limit = wording.seconds(rule.max or 0.0)
    remedy = f"give the histogram a bucket at {limit} and one above it, or lower max"
    if counted.buckets:
        highest = wording.seconds(counted.buckets[-1].le)
        message = f"max {limit} is not below the highest bucket, {highest}: nothing tells what is slower"
        return (Unmeasured(rule.name, "above-buckets", message, remedy),)
    if counted.total:
        return (Unmeasured(rule.name, "no-buckets", "the histogram has no buckets that all hosts have", remedy),)
    return ()


def _policy(rule: AnyRule, reached: Verdict) -> Policy | None:
    if reached is Verdict.ERROR:
        return rule.on_error
    return rule.on_inconclusive if reached is Verdict.INCONCLUSIVE else None


def _badness(ruling: Ruling) -> tuple[int, float, float]:
    """Order rulings: the worse verdict, then the smaller tail, then the higher value or more that is bad."""
    newest = ruling.values[-1] if ruling.values else float(ruling.bad)
    return _ORDER.index(ruling.verdict), -ruling.tail, newest
