"""The health gate: answers of a health URL, kept as a streak per source, judged against the plan.

The new release's id must be in the answer: a 200 of the old process never counts. A wrong answer that carries the
new id is final. Only no answer, 503 and answers of another release wait for the deadline.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from deployer.facts import HealthLook
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
    UNIDENTIFIED = "unidentified"  # wrong, and carries no id
    OTHER = "other release"
    NONE = "no answer"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The release value that must be answered; `release` None accepts any but `unwanted` (a way back of unknown id)."""

    release: str | None
    unwanted: str = ""


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
    if look.status is None or look.status == 503:
        return Answer.NONE
    if look.release is not None and _is_other(look.release, wanted):
        return Answer.OTHER
    named = look.release is not None
    if look.status != expect.status:
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
        return _fail("wrong-answer", f"the new release answered {_instead(streak, health)}", last)
    if streak.unidentified >= health.fall and now - since >= GRACE:
        message = f"{streak.unidentified} answers in a row were wrong and named no release"
        return _fail("no-release-in-answer", message, last)
    if streak.stable and streak.bad >= health.fall:
        return _fail("health-fell", f"{streak.bad} looks in a row failed after the release had been healthy", last)
    if streak.stable and streak.bad:
        message = f"{streak.bad} of {health.fall} failed looks in a row"
        return Judgement("health", Verdict.INCONCLUSIVE, "wavering", message, last)
    if streak.stable:
        return Judgement("health", Verdict.PASS, "healthy", f"{streak.good} good answers in a row", last)
    if now - since >= health.deadline:
        return _fail("not-healthy-in-time", f"not healthy within {health.deadline:g} s", last)
    wait = f"{streak.good} of {health.rise} good answers, {health.stable_for:g} s apart, so far"
    return Judgement("health", Verdict.INCONCLUSIVE, "proving", wait, last)


def _instead(streak: Streak, health: Health) -> str:
    return f"{streak.last and streak.last.status} instead of {health.expect.status}, {streak.wrong} times in a row"


def _fail(code: str, message: str, evidence: tuple[str, ...]) -> Judgement:
    return Judgement("health", Verdict.FAIL, code, message, evidence)


def describe(streak: Streak, health: Health) -> tuple[str, ...]:
    """Say in lines what the last look saw and what was expected; empty when nobody looked yet."""
    look = streak.last
    if look is None:
        return (f"nobody asked {health.url} yet",)
    url = health.balancer if look.source == BALANCER else health.url
    if look.status is None:
        return (f"last look at {url} from {look.source}: {look.error}",)
    named = f", release {look.release}" if look.release is not None else ", no release id"
    target = f", Location: {look.location}" if look.location else ""
    head = f"last answer of {url} from {look.source}: {look.status}{named}{target} ({streak.answer})"
    expected = f"expected: {health.expect.status}"
    return (head, expected, *((f"body: {look.body}",) if look.body else ()))


def pause(streak_answer: Answer, interval: float, attempt: int, fraction: float) -> float:
    """Give the seconds to wait before the next look.

    A release that comes up is asked with full jitter (`fraction` in 0..1 of a bound that doubles with each `attempt`);
    one that answers, well or wrongly, at the plan's fixed interval.
    """
    if streak_answer in {Answer.GOOD, Answer.WRONG, Answer.UNIDENTIFIED}:
        return interval
    bound: float = min(LONGEST_BACKOFF, SHORTEST_BACKOFF * 2.0 ** min(attempt, 10))
    return max(0.05, bound * fraction)
