"""The health gate: answers of a health URL, kept as a streak per source, judged against the plan.

The new release's id must be in the answer: a 200 of the old process never counts. A wrong answer that carries the
new id is final. Only no answer, 503 and answers of another release wait for the deadline; what time does not mend
(401, 403, 404, a certificate that does not fit, an answer without an id) waits for a short grace.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from deployer.facts import HealthLook
from deployer.gates.flaws import HINTS, TLS, Flaw, flaw
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import BALANCER, Expect, Health, ReleaseBody

GRACE = 5.0
"""Seconds during which an answer that names no release and is wrong may still be a proxy's or a starting program's."""

SHORTEST_BACKOFF, LONGEST_BACKOFF = 0.5, 5.0
"""Bounds in seconds of the pauses while a release comes up."""


class Answer(StrEnum):
    """What one look means for the wanted release."""

    GOOD = "good"
    WRONG = "wrong"  # carries the wanted id, and is wrong: final
    UNIDENTIFIED = "unidentified"  # wrong, and carries no id; or the service was reached, and asked in vain
    OTHER = "other release"
    NONE = "no answer"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The release value that must be answered; `release` None accepts any but `unwanted` (a way back of unknown id).

    `body`: what the plan expects of the body besides counts; a way back may be older than such a wish.
    """

    release: str | None
    unwanted: str = ""
    body: bool = True


WHATEVER_IS_LIVE = Wanted(None)
"""Any release may answer: for who looks on, and brings nothing out."""


@dataclass(frozen=True, slots=True)
class Streak:
    """The answers of one source so far. `good_since` is the time of the first answer of the current good run."""

    good: int = 0
    good_since: float = 0.0
    bad: int = 0
    wrong: int = 0
    unidentified: int = 0
    stable: bool = False
    last: HealthLook | None = None
    answer: Answer = Answer.NONE


def classify(expect: Expect, wanted: Wanted, look: HealthLook) -> Answer:
    """Say what a look means for the wanted release."""
    if look.miss in TLS:
        return Answer.UNIDENTIFIED
    if look.status is None or look.status == 503:
        return Answer.NONE
    if look.release is not None and _is_other(look.release, wanted):
        return Answer.OTHER
    named = look.release is not None
    if look.status != expect.status or (look.unmet and wanted.body):
        return Answer.WRONG if named else Answer.UNIDENTIFIED
    if named or expect.release is None or wanted.release is None:
        return Answer.GOOD
    # A text that is looked for in the body is simply missing from another release's answer.
    return Answer.OTHER if isinstance(expect.release, ReleaseBody) else Answer.UNIDENTIFIED


def _is_other(release: str, wanted: Wanted) -> bool:
    return release == wanted.unwanted if wanted.release is None else release != wanted.release


def extend(streak: Streak, health: Health, answer: Answer, look: HealthLook, at: float) -> Streak:
    """Give the streak with one more look, taken at `at` (seconds)."""
    if answer is not Answer.GOOD:
        return replace(
            streak,
            good=0,
            bad=streak.bad + 1,
            wrong=streak.wrong + 1 if answer is Answer.WRONG else 0,
            unidentified=streak.unidentified + 1 if answer is Answer.UNIDENTIFIED else 0,
            last=look,
            answer=answer,
        )
    since = streak.good_since if streak.good else at
    good = streak.good + 1
    proven = good >= health.rise and at - since >= health.stable_for
    return Streak(good=good, good_since=since, stable=streak.stable or proven, last=look, answer=answer)


def judge(streak: Streak, health: Health, *, since: float, now: float) -> Judgement:
    """Judge one source's streak; `since` is when the release was live, `now` the time of judging (seconds)."""
    last = describe(streak, health)
    if streak.wrong >= health.fall:
        return _fail("wrong-answer", f"the new release answered {_instead(streak, health)}", streak, health)
    if streak.unidentified >= health.fall and now - since >= GRACE:
        return _fail(*_barred(streak, health), streak, health)
    if streak.stable and streak.bad >= health.fall:
        message = f"{streak.bad} looks in a row failed after the release had been healthy"
        return _fail("health-fell", message, streak, health)
    if streak.stable and streak.bad:
        message = f"{streak.bad} of {health.fall} failed looks in a row"
        return Judgement("health", Verdict.INCONCLUSIVE, "wavering", message, last)
    if streak.stable:
        return Judgement("health", Verdict.PASS, "healthy", f"{streak.good} good answers in a row", last)
    if now - since >= health.deadline:
        return _fail("not-healthy-in-time", f"not healthy within {health.deadline:g} s", streak, health)
    wait = f"{streak.good} of {health.rise} good answers, {health.stable_for:g} s apart, so far"
    return Judgement("health", Verdict.INCONCLUSIVE, "proving", wait, last)


def _instead(streak: Streak, health: Health) -> str:
    look = streak.last
    if look is not None and look.unmet:
        return f"what it should not, {streak.wrong} times in a row: {look.unmet}"
    return f"{look and look.status} instead of {health.expect.status}, {streak.wrong} times in a row"


def _barred(streak: Streak, health: Health) -> tuple[str, str]:
    """Give code and message of answers without an id that waiting does not mend."""
    wrong, look, times = flaw_of(streak, health), streak.last or HealthLook(""), f"{streak.unidentified} times in a row"
    if wrong in {Flaw.NO_RELEASE, None}:
        return "no-release-in-answer", f"the answers named no release, {times}"
    if wrong in TLS:
        return str(wrong), f"no TLS connection came about, {times}: {look.error}"
    if wrong is Flaw.WRONG_BODY:
        return str(wrong), f"the answers named no release and were wrong, {times}: {look.unmet}"
    return str(wrong), f"the answers were {look.status} and named no release, {times}"


def flaw_of(streak: Streak, health: Health) -> Flaw | None:
    """Give the class of what is wrong with the last look of a streak; None when nothing is, or nobody looked."""
    if streak.last is None:
        return None
    return flaw(health.expect, streak.last, other=streak.answer is Answer.OTHER)


def _fail(code: str, message: str, streak: Streak, health: Health) -> Judgement:
    wrong = flaw_of(streak, health)
    hint = HINTS.get(wrong, "") if wrong else ""
    return Judgement("health", Verdict.FAIL, code, message, describe(streak, health), hint)


def describe(streak: Streak, health: Health) -> tuple[str, ...]:
    """Say in lines what the last look saw and what was expected; empty when nobody looked yet."""
    look = streak.last
    if look is None:
        return (f"nobody asked {health.url} yet",)
    url = health.balancer if look.source == BALANCER else health.url
    if look.status is None:
        kind = f" ({look.miss})" if look.miss else ""
        return (f"last look at {url} from {look.source}: {look.error}{kind}",)
    named = f", release {look.release}" if look.release is not None else ", no release id"
    target = f", Location: {look.location}" if look.location else ""
    wrong = flaw_of(streak, health)
    kind = f"{streak.answer}: {wrong}" if wrong not in {None, Flaw.OTHER_RELEASE} else f"{streak.answer}"
    head = f"last answer of {url} from {look.source}: {look.status}{named}{target} ({kind})"
    unmet = (f"wrong: {look.unmet}",) if look.unmet else ()
    return (head, f"expected: {health.expect.status}", *unmet, *((f"body: {look.body}",) if look.body else ()))


def pause(streak_answer: Answer, interval: float, attempt: int, fraction: float) -> float:
    """Give the seconds to wait before the next look.

    A release that comes up is asked with full jitter (`fraction` in 0..1 of a bound that doubles with each `attempt`);
    one that answers, well or wrongly, at the plan's fixed interval.
    """
    if streak_answer in {Answer.GOOD, Answer.WRONG, Answer.UNIDENTIFIED}:
        return interval
    bound: float = min(LONGEST_BACKOFF, SHORTEST_BACKOFF * 2.0 ** min(attempt, 10))
    return max(0.05, bound * fraction)
