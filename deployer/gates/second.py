"""A second instance, the new release beside the live one: which answers are its own, and whether it is well.

A rehearsal has an address of its own, so every answer there is its. A bridge shares the live socket, and the kernel
picks who answers: the release id tells them apart, and what fails without one is the bridge's as long as the live
release was well by itself. It is asked in rounds of several requests at once; a round is as bad as its worst answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from deployer.facts import HealthLook
from deployer.gates.health import Answer, Streak, Wanted, classify, describe, extend
from deployer.gates.health import judge as judge_streak
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import Expect, Health

ROUND = 8
"""Requests at once of one round to a bridge: one after another, all may go to the same of two instances."""

COVER_FACTOR, COVER_MARGIN = 2.0, 1.0
"""A restarted service gets this many times as long as its bridge took to serve, and these seconds, to serve itself
where nobody can see that it does."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a second instance has done since it was started, at `since`.

    `shared`: it answers at the live address, like the live release; else at one of its own. `blamed`: an answer that
    names no release and is wrong, or that did not come, is its fault. `asked` counts requests, `good` its good answers,
    `spoiled` its bad ones. `served_after` is the seconds from its start to its first good answer, None before that.
    `silent`: the last round brought nothing good of it.
    """

    since: float
    shared: bool
    blamed: bool = True
    asked: int = 0
    good: int = 0
    spoiled: int = 0
    served_after: float | None = None
    silent: bool = True
    streak: Streak = field(default_factory=Streak)

    @property
    def cover(self) -> float:
        """Seconds that a bridge goes on serving when nobody can see whether the restarted service does."""
        return (self.served_after or 0.0) * COVER_FACTOR + COVER_MARGIN


def was_well(expect: Expect, look: HealthLook | None) -> bool:
    """Say whether the live release, before anything was done, answered well and said who it is."""
    return look is not None and classify(expect, Wanted(look.release), look) is Answer.GOOD


def hear(trial: Trial, health: Health, wanted: Wanted, looks: Iterable[HealthLook], at: float) -> Trial:
    """Give the trial with one more round of looks, which came to its end at `at` (seconds)."""
    heard = [(classify(health.expect, wanted, look), look) for look in looks]
    own = [(answer, look) for answer, look in heard if _is_own(trial, wanted, answer, look)]
    bad = [(answer, look) for answer, look in own if answer is not Answer.GOOD]
    trial = replace(
        trial,
        asked=trial.asked + len(heard),
        good=trial.good + len(own) - len(bad),
        spoiled=trial.spoiled + len(bad),
        silent=len(own) == len(bad),
    )
    if trial.good and trial.served_after is None:
        trial = replace(trial, served_after=at - trial.since)
    for answer, look in (bad or own)[:1]:
        trial = replace(trial, streak=extend(trial.streak, health, answer, look, at))
    return trial


def _is_own(trial: Trial, wanted: Wanted, answer: Answer, look: HealthLook) -> bool:
    if not trial.shared or answer in {Answer.GOOD, Answer.WRONG}:
        return True
    if answer is Answer.OTHER:
        return False
    return trial.blamed if look.release is None else look.release == wanted.release


def judge(trial: Trial, health: Health, now: float) -> Judgement:
    """Judge a second instance as the health gate would; a bridge has clients, so nothing bad of it waits for long."""
    judged = judge_streak(trial.streak, health, since=trial.since, now=now)
    if trial.shared and judged.verdict is not Verdict.FAIL and trial.streak.bad >= health.fall:
        message = f"bad answers of the new release in {trial.streak.bad} rounds in a row"
        judged = Judgement("health", Verdict.FAIL, "bad-answers", message, describe(trial.streak, health))
    if judged.verdict is Verdict.FAIL and not trial.good and not trial.spoiled:
        judged = replace(judged, message=f"none of {trial.asked} answers came from it", evidence=())
    return judged
