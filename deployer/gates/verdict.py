"""A gate's verdict: four kinds, never folded into two. Worst wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """PASS and FAIL are known; INCONCLUSIVE is too little evidence, ERROR could not measure."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    FAIL = "fail"


_ORDER = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a gate says of one host and why: `code` is stable kebab-case, `message` one sentence, `evidence` lines.

    `remedy` is what to do, "" when nobody can tell.
    """

    gate: str
    verdict: Verdict
    code: str = ""
    message: str = ""
    evidence: tuple[str, ...] = ()
    remedy: str = ""


def worst(judgements: Iterable[Judgement]) -> Judgement:
    """Give the worst of several judgements; of equals the first. Nothing judged is INCONCLUSIVE, never PASS."""
    return max(
        judgements,
        key=lambda judgement: _ORDER.index(judgement.verdict),
        default=Judgement("none", Verdict.INCONCLUSIVE, "nothing-judged", "nothing was measured yet"),
    )
