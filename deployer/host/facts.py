"""What the host program prints, as pairs; and every way in which an answer can be missing or bad.

An answer is the caller's token on a line of its own, `key=value` lines, and `end=ok` or `end=failed`. What stands
before the token (.bashrc, banners) is noise; unknown keys are ignored, so that older and newer programs can be read.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from deployer.transport.base import Result

NO_ANSWER = "no-answer"
TRUNCATED = "truncated"
MALFORMED = "malformed"
_HEAD = 2000


class AnswerError(ValueError):
    """A value that the host program cannot have printed: the host is broken or hostile."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The decoded `key=value` pairs of one answer, in order; keys may repeat."""

    pairs: tuple[tuple[str, str], ...] = ()

    def one(self, key: str, default: str = "") -> str:
        """Give the first value of `key`, or `default`."""
        return next((value for name, value in self.pairs if name == key), default)

    def all(self, key: str) -> tuple[str, ...]:
        """Give every value of `key`."""
        return tuple(value for name, value in self.pairs if name == key)

    def flag(self, key: str) -> bool:
        """Whether `key` says yes; absent is no."""
        return self.one(key) == "yes"

    def number(self, key: str, default: int = 0) -> int:
        """Give `key` as an integer; absent or empty is `default`. AnswerError when it is something else."""
        return whole(self.one(key), default)

    def clock(self, key: str) -> float:
        """Give `key` as a time by the host's clock (seconds since the epoch); absent is 0. AnswerError otherwise."""
        return seconds(self.one(key))

    def text(self, key: str) -> str:
        """Give the text that `key` carries in base64; absent is empty. AnswerError when it is not base64."""
        return unpack(self.one(key))

    def under(self, prefix: str) -> "Facts":
        """Give the pairs whose key starts with `prefix.`, without it."""
        start = f"{prefix}."
        return Facts(tuple((key.removeprefix(start), value) for key, value in self.pairs if key.startswith(start)))


@dataclass(frozen=True, slots=True)
class Failure:
    """An act that did not end well. `code`: the program's, or NO_ANSWER, TRUNCATED, MALFORMED; `detail` is for people.

    `facts` is what the program reported all the same. `unknown` means that nobody knows whether the act ran to its end:
    inspect the host, never repeat it blindly.
    """

    code: str
    detail: str
    facts: Facts = Facts()
    status: int | None = None
    unknown: bool = False

    @property
    def journal(self) -> tuple[str, ...]:
        """The service's last journal lines since the activation, when the program sent them."""
        return tuple(self.facts.text("journal").splitlines())

    @property
    def holder(self) -> tuple[tuple[str, str], ...]:
        """Who holds the lock, as the holder wrote it: key and value pairs (code `locked`)."""
        return split_pairs(self.facts.all("holder"))


def read_answer(result: Result, token: str) -> Facts | Failure:
    """Read the answer to an act out of what its execution printed."""
    lines = iter(result.stdout.decode("utf-8", "replace").split("\n"))
    if not any(line.rstrip("\r") == token for line in lines):
        return _no_answer(result)
    facts = Facts(pairs(line.rstrip("\r") for line in lines))
    match facts.one("end"):
        case "ok":
            return facts
        case "failed":
            return Failure(facts.one("code", MALFORMED), facts.one("detail"), facts, result.status)
        case _:
            detail = f"the answer broke off: {result.reason or _head(result.stderr) or 'no last line'}"
            return Failure(TRUNCATED, detail, facts, result.status, unknown=True)


def pairs(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Decode `key=value` lines (or words); what is not one is left out."""
    return tuple((key, unquote(value, errors="replace")) for key, value in split_pairs(lines))


def split_pairs(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Split `key=value` lines that are decoded already; what is not one is left out."""
    split = (line.partition("=") for line in lines)
    return tuple((key, value) for key, equals, value in split if equals and key)


def whole(text: str, default: int = 0) -> int:
    """Read an integer of at most 20 digits; empty is `default`. AnswerError otherwise."""
    if not text:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise AnswerError(f"not a number: {text[:80]!r}")
    return int(text)


def seconds(text: str) -> float:
    """Read a decimal number of seconds; empty is 0. AnswerError otherwise."""
    if not text:
        return 0.0
    if len(text) > 30 or not text.isascii() or not text.replace(".", "", 1).isdigit():
        raise AnswerError(f"not a time: {text[:80]!r}")
    return float(text)


def unpack(text: str) -> str:
    """Decode base64 of UTF-8 text; bytes that are no UTF-8 become U+FFFD. AnswerError when it is not base64."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        raise AnswerError(f"not base64: {text[:80]!r}") from None


def _no_answer(result: Result) -> Failure:
    detail = result.reason or _head(result.stderr) or _head(result.stdout) or "nothing was printed"
    return Failure(NO_ANSWER, detail, status=result.status, unknown=result.status is None)


def _head(data: bytes) -> str:
    return data[:_HEAD].decode("utf-8", "replace").strip()
