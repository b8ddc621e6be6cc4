"""Paths into JSON documents: keys joined with dots, places of a list as numbers, keys with dots quoted or escaped."""

import re

from deployer.plan.wrong import WrongError, describe

_QUOTED = r'"(?P<quoted>(?:[^"\\]|\\.)+)"'
_PART = re.compile(rf'{_QUOTED}|\[(?P<place>[0-9]+)\]|(?P<plain>(?:[^."\\\[\]]|\\.)+)')
_ESCAPED = re.compile(r"\\(.)")


def read_json_path(value: object) -> str:
    """Read a path such as version, app.version, apps[0].version or "app.name".version."""
    if not isinstance(value, str) or not value.isprintable() or parts_of(value) is None:
        remedy = 'write app.version, apps[0].version, or "my.key".version for a key with a dot'
        raise WrongError(f"expected a path into a JSON document, got {describe(value)}", remedy)
    return value


def parts_of(path: str) -> tuple[str, ...] | None:
    """Give the keys and places of a path, one after the other; None when it is none."""
    parts: list[str] = []
    at = 0
    while part := _PART.match(path, at):
        parts.append(part["place"] or _ESCAPED.sub(r"\1", part["quoted"] or part["plain"]))
        at = part.end()
        if at == len(path):
            return tuple(parts)
        if path[at] != "[":
            if path[at] != ".":
                return None
            at += 1
    return None
