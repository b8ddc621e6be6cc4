"""From a ruling's numbers to its verdict: the one place where it is decided, when judging and when checking later."""

from deployer.gates import compare, rates
from deployer.gates.evidence import LAST
from deployer.gates.limits import bound, most, surely
from deployer.gates.verdict import Verdict
from deployer.rulings import Ruling


def finding(ruling: Ruling) -> tuple[Verdict, str]:
    """Give verdict and code. Whatever was measured may fail; it passes only when all of it could be measured."""
    found = _value(ruling) if ruling.kind == "value" else _counts(ruling)
    if found[0] is Verdict.FAIL:
        return found
    if ruling.unmeasured:
        return Verdict.ERROR, ruling.unmeasured[0].code
    return (Verdict.INCONCLUSIVE, "not-read-yet") if ruling.waiting else found


def tail(ruling: Ruling) -> float:
    """Give the chance that a release within its limit, or one like the control, shows as much that is bad."""
    if ruling.compared:
        return compare.tail(ruling)
    return 1.0 if ruling.limit is None else rates.tail(ruling.bad, ruling.total, ruling.limit)


def _counts(ruling: Ruling) -> tuple[Verdict, str]:
    if not ruling.total:
        return (Verdict.PASS if ruling.idle_passes else Verdict.INCONCLUSIVE), "idle"
    if bound(ruling) is None:
        return Verdict.INCONCLUSIVE, "no-control"
    if tail(ruling) < ruling.level and ruling.bad > surely(ruling):
        return Verdict.FAIL, "worse-than-control" if ruling.compared else "above-limit"
    if ruling.total < ruling.min_requests:
        return Verdict.INCONCLUSIVE, "too-few"
    allowed = most(ruling)
    if ruling.bad_most <= allowed:
        return Verdict.PASS, "like-control" if ruling.compared else "within-limit"
    return Verdict.INCONCLUSIVE, "between-buckets" if ruling.bad <= allowed else "not-certain"


def _value(ruling: Ruling) -> tuple[Verdict, str]:
    """Judge a gauge. A value that is no number is neither above a limit nor within it."""
    limit = bound(ruling)
    if not ruling.values:
        return Verdict.INCONCLUSIVE, "not-read-yet"
    if limit is None:
        return Verdict.INCONCLUSIVE, "no-control"
    if len(ruling.values) >= LAST and all(value > limit for value in ruling.values[-LAST:]):
        return Verdict.FAIL, "worse-than-control" if ruling.compared else "above-limit"
    if ruling.values[-1] <= limit:
        return Verdict.PASS, "like-control" if ruling.compared else "within-limit"
    return Verdict.INCONCLUSIVE, "above-once"
