"""An entry of the journal: one event as one line of JSON, and back again by the types of its fields."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import cast, get_args, get_origin, get_type_hints

from deployer.events import Event, event_types

# A journal is often printed into a CI log. What a log could take for a command of its own is written with JSON's own
# escapes there: the same value for every reader of JSON, and no command for anyone else.
_DISARMED = (("::", "\\u003a:"), ("##[", "\\u0023#["), ("section_", "section\\u005f"))


def encode(event: Event, hide: Callable[[str], str] = str) -> str:
    """Give the event as one line of ASCII JSON without its newline; every text in it has passed `hide`."""
    line = json.dumps({"event": type(event).__name__, **_hidden(asdict(event), hide)}, separators=(",", ":"))
    for armed, disarmed in _DISARMED:
        line = line.replace(armed, disarmed)
    return line


def decode(line: str) -> Event:
    """Give the event that a line holds. ValueError says what is wrong with the line, naming the field."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at column {error.colno}") from None
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - one kind of error for every wrong line
    kind = event_types().get(str(value.pop("event", "")))
    if kind is None:
        raise ValueError('expected "event" to name one of ' + ", ".join(sorted(event_types())))
    return cast("Event", _record(kind, value, kind.__name__))


def _hidden(value: Mapping[str, object], hide: Callable[[str], str]) -> dict[str, object]:
    return {key: _hide(part, hide) for key, part in value.items()}


def _hide(value: object, hide: Callable[[str], str]) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return _hidden(value, hide)
    return [_hide(part, hide) for part in value] if isinstance(value, tuple) else value


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)


def _built(kind: object, value: object, where: str) -> object:
    """Build a value of the annotated type from what JSON gave."""
    if isinstance(kind, UnionType):
        return None if value is None else _built(_not_none(kind), value, where)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind)[0], value, where)
    if is_dataclass(kind):
        return _record(cast("type", kind), value, where)
    return _plain(cast("type", kind), value, where)


def _not_none(kind: UnionType) -> object:
    (rest,) = (part for part in get_args(kind) if part is not NoneType)
    return rest


def _tuple(kind: object, value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where}: expected a list")  # noqa: TRY004 - see decode
    return tuple(_built(kind, part, f"{where}[{index}]") for index, part in enumerate(value))


def _record(kind: type, value: object, where: str) -> object:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: expected an object")  # noqa: TRY004 - see decode
    hints, known = _hints(kind), fields(kind)
    unknown = sorted(set(value) - {field.name for field in known})
    missing = sorted(field.name for field in known if field.name not in value and _required(field))
    if unknown or missing:
        raise ValueError(f"{where}: unknown fields {unknown}, missing fields {missing}")
    return kind(**{name: _built(hints[name], part, f"{where}.{name}") for name, part in value.items()})


def _required(field: Field[object]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _plain(kind: type, value: object, where: str) -> object:
    if issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise ValueError(f"{where}: expected one of {', '.join(str(each.value) for each in kind)}") from None
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{where}: expected {kind.__name__}, got {type(value).__name__}")
    return value
