"""Reading a service's journal through `observe`: the line that goes in, and what comes out."""

from dataclasses import dataclass

from deployer.host.words import encode

NO_PROXY = "-"


@dataclass(frozen=True, slots=True)
class JournalQuestion:
    """What to look for: `patterns` of grep -E, in the lines of the start `invocation` and of the unit `proxy`.

    `since` is the host's own clock in seconds, 0 for all of that start: one that was reloaded goes on with its lines.
    What was read once is not read again.
    """

    invocation: str
    patterns: tuple[str, ...]
    since: float = 0.0
    proxy: str = ""

    def line(self, number: str) -> str:
        """Write it as a line; `number` comes back in the answer."""
        since = f"{self.since:.3f}" if self.since else "0"
        words = ("journal", number, self.invocation, since, self.proxy or NO_PROXY, encode("\n".join(self.patterns)))
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class JournalAnswer:
    """What one reading found that is new: `found` lines, at most 1000, the first 20 of them as text.

    `error` says why it could not be read, "" when it could.
    """

    id: str
    found: int = 0
    lines: tuple[str, ...] = ()
    error: str = ""
