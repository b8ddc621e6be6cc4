"""Selectors of series, as in PromQL: a metric's name and matchers of its labels. `http_requests_total{code=~"5.."}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_SPACE = re.compile(r"[ \t\r\n]*")
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r"=~|!~|!=|=")
_RAW = re.compile(r"`([^`]*)`")
_QUOTED = re.compile(r"""(["'])((?:\\.|(?!\1)[^\\\n])*)\1""")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


class SelectorError(ValueError):
    """A text that is no selector. `message` says what was expected, `column` where, counted from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.message = message
        self.column = column


class Operator(StrEnum):
    """How a matcher compares a label's value; patterns must match all of it."""

    EQUAL = "="
    UNEQUAL = "!="
    LIKE = "=~"
    UNLIKE = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """What one label must be like; `pattern` is its value compiled, for LIKE and UNLIKE alone."""

    label: str
    operator: Operator
    value: str
    pattern: re.Pattern[str] | None = None

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Say whether the label fits; one that is missing counts as empty."""
        found = labels.get(self.label, "")
        same = self.pattern.fullmatch(found) is not None if self.pattern else found == self.value
        return same is (self.operator in {Operator.EQUAL, Operator.LIKE})


@dataclass(frozen=True, slots=True)
class Selector:
    """The series called `name` whose labels fit every matcher."""

    name: str
    matchers: tuple[Matcher, ...] = ()

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Say whether a series is meant."""
        return name == self.name and self.fits(labels)

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Say whether labels fit, whatever the series' name (a histogram's end in _bucket and _count)."""
        return all(matcher.fits(labels) for matcher in self.matchers)


def parse(text: str) -> Selector:
    """Read a selector. SelectorError, which is a ValueError, says what was expected, and at which column."""
    at = _skip(text, 0)
    name, at = _take(_METRIC, text, at, "expected a metric's name")
    at = _skip(text, at)
    matchers: list[Matcher] = []
    if text.startswith("{", at):
        at = _skip(text, at + 1)
        while not text.startswith("}", at):
            matcher, at = _matcher(text, at)
            matchers.append(matcher)
            at = _separator(text, at)
        at = _skip(text, at + 1)
    if at != len(text):
        raise SelectorError(f"expected the end of the selector, got {text[at:]!r}", at + 1)
    return Selector(name, tuple(matchers))


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _take(pattern: re.Pattern[str], text: str, at: int, expected: str) -> tuple[str, int]:
    found = pattern.match(text, at)
    if found is None:
        raise SelectorError(f"{expected}, got {_rest(text, at)}", at + 1)
    return found.group(), found.end()


def _rest(text: str, at: int) -> str:
    return repr(text[at:]) if at < len(text) else "the end"


def _matcher(text: str, at: int) -> tuple[Matcher, int]:
    label, at = _take(_LABEL, text, at, "expected a label's name or }")
    sign, at = _take(_OPERATOR, text, _skip(text, at), "expected =, !=, =~ or !~")
    start = _skip(text, at)
    value, at = _string(text, start)
    operator = Operator(sign)
    if operator in {Operator.EQUAL, Operator.UNEQUAL}:
        return Matcher(label, operator, value), at
    return Matcher(label, operator, value, _pattern(value, start)), at


def _pattern(value: str, start: int) -> re.Pattern[str]:
    try:
        return re.compile(value, re.DOTALL)
    except re.error as error:
        raise SelectorError(f"expected a regular expression, got {value!r} ({error})", start + 1) from None


def _string(text: str, at: int) -> tuple[str, int]:
    raw = _RAW.match(text, at)
    if raw is not None:
        return raw[1], raw.end()
    quoted = _QUOTED.match(text, at)
    if quoted is None:
        raise SelectorError(f"expected a value in quotes, got {_rest(text, at)}", at + 1)
    for escape in _ESCAPE.finditer(quoted[2]):
        if escape[1] not in _ESCAPES:
            column = quoted.start(2) + escape.start() + 1
            raise SelectorError(f"expected a second backslash in {escape[0]!r}: write \\\\{escape[1]}", column)
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[1]], quoted[2]), quoted.end()


def _separator(text: str, at: int) -> int:
    at = _skip(text, at)
    if text.startswith(",", at):
        return _skip(text, at + 1)
    if not text.startswith("}", at):
        raise SelectorError(f"expected , or }}, got {_rest(text, at)}", at + 1)
    return at
