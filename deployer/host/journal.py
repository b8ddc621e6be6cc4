"""Reading a service's journal through `observe`: the line that goes in, and what comes out."""

from dataclasses import dataclass

from deployer.host.words import encode

NONE = "-"
"""Stands for a proxy, and for a cursor, that there is not."""


@dataclass(frozen=True, slots=True)
class JournalQuestion:
    """What to look for: `patterns` of grep -E, in the lines of the start `invocation` and of the unit `proxy`.

    `since` is the host's own clock in seconds, 0 for all of that start: one that was reloaded goes on with its lines.
    `cursor` is the last answer's, so that what was told once is not read again; "" the first time.
    """

    invocation: str
    patterns: tuple[str, ...]
    since: float = 0.0
    proxy: str = ""
    cursor: str = ""

    def line(self, number: str) -> str:
        """Write it as a line; `number` comes back in the answer."""
        since = f"{self.since:.3f}" if self.since else "0"
        place = (self.invocation, since, self.proxy or NONE, self.cursor or NONE)
        return " ".join(("journal", number, *place, encode("\n".join(self.patterns))))


@dataclass(frozen=True, slots=True)
class JournalAnswer:
    """What one reading found that is new: `found` lines, at most 1000, the first 20 of them as text.

    `error` says why it could not be read, "" when it could. `cursor` says how far it came; "": nowhere.
    """

    id: str
    found: int = 0
    lines: tuple[str, ...] = ()
    error: str = ""
    cursor: str = ""
