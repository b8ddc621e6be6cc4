"""A ruling in plain words, made of its numbers alone: what was seen, what was allowed, what comes next."""

from math import ceil, floor

from deployer.gates.limits import bound, most
from deployer.gates.verdict import Verdict
from deployer.plan.judging import Policy
from deployer.rulings import Ruling

_SAID = {
    "idle": "no request was counted",
    "no-control": "the control has too little to compare with, and there is no max",
    "too-few": "too few requests to say",
    "within-limit": "no evidence of harm",
    "like-control": "no worse than the control allows",
    "between-buckets": "the limit lies between two buckets",
    "not-certain": "above it, but that may be chance",
    "above-once": "above it, but not yet three times in a row",
    "above-limit": "above it",
    "worse-than-control": "above it",
    "not-read-yet": "not every host was read yet",
}

_THEN = {
    Policy.ROLLBACK: "else it is taken back when the bake ends",
    Policy.HOLD: "else it is held when the bake ends",
    Policy.PASS: "else it passes all the same when the bake ends",
}


def message(ruling: Ruling) -> str:
    """Say in one line what was seen, what is allowed, which look it is, what it means and what comes next."""
    seen = "; ".join(part for part in (_seen(ruling), _allowed(ruling)) if part)
    return f"{seen}: {_conclusion(ruling)}; {_look(ruling)}; {_next(ruling)}"


def needed(ruling: Ruling) -> str:
    """Say what would have to be true to pass, "" when it does."""
    if ruling.verdict is Verdict.PASS:
        return ""
    if ruling.verdict is Verdict.ERROR:
        return (
            "; ".join(dict.fromkeys(each.remedy for each in ruling.unmeasured if each.remedy))
            or "it has to be readable"
        )
    match ruling.code:
        case "idle" | "too-few":
            few, more = max(1, ruling.min_requests) - ruling.total, _more(ruling)
            return _plural(more, "more good request") if more > few else _plural(few, "more request")
        case "between-buckets":
            return f"a bucket at {seconds(ruling.threshold or 0.0)}"
        case "not-read-yet":
            return "a reading of " + _plural(ruling.waiting, "more host")
        case "no-control":
            return "hosts on the old release that can be compared with, or a max"
        case _:
            return f"at most {_number(bound(ruling))}" if ruling.kind == "value" else _fewer(ruling)


def share(ruling: Ruling) -> float:
    """Give the share of a ruling's requests that was surely bad; 0.0 of none."""
    return ruling.bad / ruling.total if ruling.total else 0.0


def percent(share: float) -> str:
    """Write a share (0..1) as a percentage of three digits."""
    return f"{100 * share:.3g} %"


def seconds(duration: float) -> str:
    """Write a duration as people do."""
    return f"{1000 * duration:.4g} ms" if duration < 1 else f"{duration:.4g} s"


def _seen(ruling: Ruling) -> str:
    name = f"{ruling.series}: " if ruling.series else ""
    if ruling.kind == "value":
        return (
            f"{name}{', '.join(map(_number, ruling.values)) or 'nothing'}{f' on {ruling.host}' if ruling.host else ''}"
        )
    bad = f"{ruling.bad}" if ruling.bad == ruling.bad_most else f"{ruling.bad} to {ruling.bad_most}"
    rate = f": {percent(share(ruling))} ({percent(ruling.low)} to {percent(ruling.high)})" if ruling.total else ""
    quantile = f"p{100 - 100 * (ruling.limit or 0.0):.4g}"
    near = f", {quantile} ≈ {seconds(ruling.estimate)}" if ruling.estimate is not None else ""
    return f"{name}{bad} of {ruling.total} {_kind(ruling)}{rate}{near}"


def _allowed(ruling: Ruling) -> str:
    if ruling.compared:
        least = f", or {_quantity(ruling, ruling.floor)}" if ruling.floor else ""
        passes = ruling.limit is not None and ruling.kind != "value"
        beside = f"limit {_number(ruling.max_ratio)} times {_control(ruling)}{least}"
        return f"{beside}, passes within {percent(ruling.limit or 0.0)}" if passes else beside
    own = [] if ruling.limit is None else [f"limit {_quantity(ruling, ruling.limit)}"]
    alone = [] if ruling.max_ratio is None else [f"{_control(ruling)} is too little to compare with"]
    return ", ".join(own + alone)


def _control(ruling: Ruling) -> str:
    before = " (before its last host was changed)" if ruling.control_before else ""
    if ruling.kind == "value":
        return f"the control's {_number(ruling.control_value)}{before}"
    rate = f", {percent(ruling.control_bad / ruling.control_total)}" if ruling.control_total else ""
    return f"the control's {ruling.control_bad} of {ruling.control_total}{rate}{before}"


def _look(ruling: Ruling) -> str:
    planned = "of" if ruling.look <= ruling.looks else "after the planned"
    return f"look {ruling.look} {planned} {ruling.looks}"


def _conclusion(ruling: Ruling) -> str:
    if ruling.verdict is Verdict.ERROR:
        return "; ".join(dict.fromkeys(each.message for each in ruling.unmeasured))
    said = _SAID[ruling.code]
    if ruling.kind != "value" and ruling.code in {"above-limit", "worse-than-control", "not-certain"}:
        sign = "below" if ruling.tail < ruling.level else "not below"
        said += f" (chance {ruling.tail:.2g}, {sign} {ruling.level:.2g})"
    return said + (", proved" if ruling.proved and ruling.verdict is Verdict.PASS else "")


def _next(ruling: Ruling) -> str:
    if not ruling.deciding:
        return "only observed"
    if ruling.policy is None:
        return "the wave fails" if ruling.verdict is Verdict.FAIL else "good so far"
    needs = "" if ruling.verdict is Verdict.ERROR else "needs "
    return f"{needs}{needed(ruling)}, {_THEN[ruling.policy]}"


def _fewer(ruling: Ruling) -> str:
    """Say how few may be bad of as many, or how many good ones would make up for them."""
    more = _more(ruling)
    some = f", or {_plural(more, 'more good request')}" if more > 0 else ""
    return f"at most {floor(most(ruling))} of {ruling.total} that {_kind(ruling)}{some}"


def _more(ruling: Ruling) -> int:
    """Give how many good requests would make up for the bad ones; 0 when none do, or none are needed."""
    allowed = most(ruling)
    return max(0, ceil(ruling.bad_most * ruling.total / allowed) - ruling.total) if allowed else 0


def _kind(ruling: Ruling) -> str:
    return "failed" if ruling.kind == "errors" else f"took over {seconds(ruling.threshold or 0.0)}"


def _quantity(ruling: Ruling, limit: float) -> str:
    return _number(limit) if ruling.kind == "value" else percent(limit)


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.6g}"


def _plural(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
