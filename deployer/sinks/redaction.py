"""The one cleaning that everything printed passes: secrets out, and nothing in it that a terminal or a CI would obey.

Hosts are not trusted: what a service writes to its log may be a workflow command, a terminal escape or a text that
reads backwards. It is shown, visibly, and does nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import TypeVar, cast
from unicodedata import category

HIDDEN = "***"
"""What stands where a secret was."""

_SHORTEST_SECRET, _SHORTEST_LINE = 4, 8
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # C0, C1, bidirectional and zero-width, surrogates, line ends

# Escape sequences of terminals, with ESC or in their one-byte form: OSC and its kin to their end, CSI, short ones.
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
)
_UNUSUAL = re.compile(r"[^ -~\n]")
_COMMAND = re.compile(r"::(?=[^\S\n]*[A-Za-z][\w-]*(?:[^\S\n][^\n]*)?::)")  # ::name:: or ::name key=value::
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")  # ##[name], and ##vso[name]
_SECTION = re.compile(r"section_(?=(?:start|end):)")

Value = TypeVar("Value")


def neutral(text: str) -> str:
    """Give the text harmless: line ends stay, other controls become visible, commands of CI systems are broken up."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
    text = _UNUSUAL.sub(lambda found: _visible(found[0]), text)
    text = _OLD_COMMAND.sub("# #", _COMMAND.sub(": :", text))
    return _SECTION.sub("section-", text)


@dataclass(frozen=True, slots=True, repr=False)
class Redaction:
    """Takes these secrets out of texts, the whole of each and every longer line of it, and makes texts harmless."""

    secrets: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """Give the text with *** for secrets, otherwise as it is."""
        needles = _needles(self.secrets)
        return needles.sub(HIDDEN, text) if needles else text

    def text(self, text: str) -> str:
        """Give the text fit to be printed; it may have several lines."""
        # Twice: a secret may be hidden only by an escape within it, and another may itself look like a command.
        return self.hide(neutral(self.hide(text)))

    def clean(self, value: Value) -> Value:
        """Give a value (an event, or what one is made of) with every text in it fit to be printed."""
        return cast("Value", self._cleaned(value))

    def _cleaned(self, value: object) -> object:
        if type(value) is str:  # an enum's text is ours
            return self.text(value)
        if isinstance(value, tuple):
            return tuple(self._cleaned(part) for part in value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: self._cleaned(getattr(value, field.name)) for field in fields(value)})
        return value


@cache
def _needles(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """Find secrets longest first, so that none is left half shown because a part of it was found before."""
    parts = sorted(set(_parts(secrets)), key=lambda part: (-len(part), part))
    return re.compile("|".join(map(re.escape, parts))) if parts else None


def _parts(secrets: Iterable[str]) -> Iterable[str]:
    for secret in secrets:
        whole, lines = secret.strip(), [line.strip() for line in secret.splitlines()]
        yield from (part for part in (whole, whole.replace("\r\n", "\n")) if len(part) >= _SHORTEST_SECRET)
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----"))


def _visible(character: str) -> str:
    if category(character) not in _CONTROLS:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
