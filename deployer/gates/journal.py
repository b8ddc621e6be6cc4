"""The journal gate: lines that must not be in the service's journal since its activation."""

from dataclasses import dataclass

from deployer.gates.verdict import Judgement, Verdict
from deployer.readings import JournalLook

TRIES = 3
"""Readings in a row that must fail before the journal counts as unreadable."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The readings of one host's journal since its activation: the last that worked, and how many failed since it."""

    look: JournalLook | None = None
    failures: int = 0
    error: str = ""


def extend(seen: Seen, look: JournalLook) -> Seen:
    """Give what was seen with one more reading."""
    if look.error:
        return Seen(seen.look, seen.failures + 1, look.error)
    return Seen(look)


def judge(seen: Seen, invocation: str) -> Judgement:
    """Judge the readings of the service that runs as `invocation`; "" when nobody knows which that is.

    Forbidden lines of an earlier start since the activation count as well: a restart makes nothing good again.
    """
    look = seen.look
    if look is not None and look.found:
        lines = "line" if look.found == 1 else "lines"
        message = f"the service's journal has {look.found} {lines} that gates.journal forbids"
        return Judgement("journal", Verdict.FAIL, "journal-match", message, look.matches)
    if seen.failures >= TRIES:
        message = f"the journal could not be read {seen.failures} times in a row: {seen.error}"
        return Judgement("journal", Verdict.ERROR, "journal-unreadable", message)
    if look is None or invocation not in {"", look.invocation}:
        return Judgement("journal", Verdict.INCONCLUSIVE, "not-read", "the journal of this start was not read yet")
    return Judgement("journal", Verdict.PASS, "clean", "no line that gates.journal forbids")
