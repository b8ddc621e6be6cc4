"""The body of an answer: which release it names, and whether it says what the plan expects of it. Pure."""

import json
import re
from functools import cached_property
from typing import Any

from deployer.plan.jsonpaths import parts_of
from deployer.plan.model import Expect

RELEASE = "{{release}}"

_SHOWN = 100

# An id at the edge of a text must not be a piece of a longer one: 1.2 is not 1.20, nor 1.2.3, nor 11.2.
_BEFORE, _AFTER = r"(?<![0-9])(?<![0-9]\.)", r"(?![A-Za-z0-9_-])(?!\.[A-Za-z0-9])"


class Body:
    """The text of a body, which may be a JSON document."""

    def __init__(self, text: str) -> None:
        self.text = text

    def names(self, pattern: str, release: str) -> bool:
        """Say whether `pattern` is in it, with the release's id where it says so."""
        wanted = re.escape(pattern.replace(RELEASE, release))
        before = _BEFORE if pattern.startswith(RELEASE) else ""
        after = _AFTER if pattern.endswith(RELEASE) else ""
        return re.search(f"{before}{wanted}{after}", self.text) is not None

    def at(self, path: str) -> str | None:
        """Give the text, number or boolean under a path as it is written, text without its quotes; None for none."""
        value = self._document
        for part in parts_of(path) or ():
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            elif isinstance(value, dict) and part in value:
                value = value[part]
            else:
                return None
        return _as_text(value)

    def unmet(self, expect: Expect) -> str:
        """Say what the plan expects of it besides the release, and is not so; "" when all is."""
        if expect.body is not None and expect.body not in self.text:
            return f"the body does not contain {expect.body[:_SHOWN]!r}"
        for path, wanted in expect.json:
            found = self.at(path)
            if found != wanted:
                said = "nothing readable" if found is None else repr(found[:_SHOWN])
                return f"{path} in the body is {said}, not {wanted[:_SHOWN]!r}"
        return ""

    @cached_property
    def _document(self) -> Any:
        try:
            # Numbers stay as they are written: 1.10 is no 1.1, and one of a million digits takes no time.
            return json.loads(self.text, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            return None


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None
