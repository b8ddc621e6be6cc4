"""Every error a user can see: what happened, where, what state the fleet is in, what to do; and its exit code."""

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every verb; each number means one thing."""

    OK = 0
    ROLLED_BACK = 1
    USAGE = 2
    INCOMPLETE = 3
    HELD = 4
    REFUSED = 5
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file: `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what the user wrote: where, what, and what to do about it (may be empty)."""

    place: Place
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f"\n    {self.remedy}" if self.remedy else "")


class SockdeployError(Exception):
    """A failure before anything was touched. `remedy` is one sentence or the lines to change."""

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return head + (f"\n    {self.remedy}" if self.remedy else "")


class UsageError(SockdeployError):
    """A wrong option, or options that do not go together."""

    exit_code = ExitCode.USAGE


class PlanError(SockdeployError):
    """A plan that cannot be carried out; carries every problem found, in the file's order."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class RefusedError(SockdeployError):
    """A host, artifact or lock said no before any switch; nothing was switched."""


class BugError(SockdeployError):
    """Something that nobody foresaw; the message has all that a report of it needs."""

    exit_code = ExitCode.BUG
