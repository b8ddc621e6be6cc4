"""What a reader of one value says when it cannot take it, and the words it says it with."""

from collections.abc import Iterable
from difflib import get_close_matches


class WrongError(ValueError):
    """A value that cannot be taken: what was expected and what was found; `remedy` says what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def describe(value: object) -> str:
    """Name a raw value in a message: text in quotes, anything else by its shape."""
    match value:
        case None:
            return "nothing"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return repr(value)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Give a question that names the option closest to `word`, or nothing when none is close."""
    close = closest(word, options)
    return f"did you mean {close!r}?" if close else ""


def closest(word: str, options: Iterable[str]) -> str:
    """Give the option that `word` is most likely a slip of, or nothing when none is close."""
    close = get_close_matches(word, list(options), n=1)
    return close[0] if close else ""


def listed(words: Iterable[str], limit: int = 10) -> str:
    """Join words with commas, at most `limit` of them, and say how many were left out."""
    every = list(words)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
