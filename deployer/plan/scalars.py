"""Readers of single values: text as it is written, to numbers, switches, durations, shares, names."""

import re
from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from deployer.plan.wrong import WrongError, describe, did_you_mean

DURATION = r"(?:[0-9]{1,9}(?:\.[0-9]{1,6})?(?:ms|s|m|h))+"
"""The form of a duration, as a regular expression that editors understand too."""

DURATION_LIKE = rf"-?(?:{DURATION}|(?:[0-9]+(?:ms|s|m|h))+)"
"""What means a duration, also one that is out of range."""

SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
RELEASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_YEAR = 8760 * 3600
_PART = re.compile(r"([0-9.]+)(ms|s|m|h)")
_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}
_DURATIONS = "write 500ms, 30s, 2m or 1h30m"
_SERVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*(?:@[A-Za-z0-9_.:-]+)?")
_UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]*\.socket")
_PROXY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]*\.service")
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

Word = TypeVar("Word", bound=StrEnum)


def read_text(value: object) -> str:
    """Take any text but the empty one."""
    if not isinstance(value, str) or not value:
        raise WrongError(f"expected text, got {describe(value)}")
    return value


def whole(low: int, high: int = 999_999_999, *, such_as: int = 3) -> Callable[[object], int]:
    """Give a reader of whole numbers from `low` to `high`; `such_as` is one that a message may name."""

    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None
        if number is None or not low <= number <= high:
            too_long = isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{9,}", value)
            limits = f"from {low} to {high}" if high < 999_999_999 or too_long else f"of at least {low}"
            raise WrongError(
                f"expected a whole number {limits}, got {describe(value)}", f"write {such_as}, for example"
            )
        return number

    return read


def read_switch(value: object) -> bool:
    """Read on or off (or true, false, yes, no)."""
    if not isinstance(value, str) or value.lower() not in SWITCH:
        raise WrongError(f"expected on or off, got {describe(value)}")
    return SWITCH[value.lower()]


def read_duration(value: object) -> float:
    """Read a duration such as 500ms, 30s or 1h30m, in seconds: a year at most."""
    return _duration(value)


def read_positive(value: object) -> float:
    """Read a duration of more than nothing, in seconds: a year at most."""
    return _duration(value, positive=True)


def _duration(value: object, *, positive: bool = False) -> float:
    text = value if isinstance(value, str) else ""
    if not re.fullmatch(DURATION_LIKE, text):
        bare = _WHOLE.fullmatch(text)
        remedy = f"write {text}s for seconds, {text}m for minutes" if bare else _DURATIONS
        raise WrongError(f"expected a duration with a unit (ms, s, m, h), got {describe(value)}", remedy)
    parts = _PART.findall(text) if re.fullmatch(DURATION, text) else ()
    seconds = float(sum(Fraction(number) * _SECONDS[unit] for number, unit in parts))
    if not parts or seconds > _YEAR or (positive and not seconds):
        least = "above 0s" if positive else "from 0s"
        raise WrongError(f"expected a duration {least} up to 8760h (a year), got {describe(value)}", _DURATIONS)
    return seconds


def read_none(value: object) -> None:
    """Read the word `none`."""
    if value != "none":
        raise WrongError(f"expected a mapping or none, got {describe(value)}")


def read_off(value: object) -> None:
    """Read a switch that is off; what is on is told in full."""
    if read_switch(value):
        raise WrongError("expected a mapping, or off", "leave the key out for its defaults")


def read_switch_or_path(value: object) -> bool | str:
    """Read on or off, or a path."""
    text = read_text(value)
    return SWITCH.get(text.lower(), text)


def read_limit(value: object) -> float | None:
    """Read a duration in seconds, or `none`."""
    return None if value == "none" else read_positive(value)


def read_percent(value: object) -> Fraction:
    """Read a percentage above 0 % up to 100 %, as a fraction of 1."""
    form = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    share = Fraction(form[1]) / 100 if form else Fraction(0)
    if not 0 < share <= 1:
        raise WrongError(f"expected a percentage above 0% up to 100%, got {describe(value)}", "write 25%, for example")
    return share


def one_of(words: type[Word]) -> Callable[[object], Word]:
    """Give a reader of one of an enum's words."""

    def read(value: object) -> Word:
        options = [word.value for word in words]
        if isinstance(value, str) and value in options:
            return words(value)
        hint = did_you_mean(value, options) if isinstance(value, str) else ""
        raise WrongError(f"expected {' or '.join(options)}, got {describe(value)}", hint)

    return read


def read_version(value: object) -> int:
    """Read the version of the plan's own form; there is one."""
    if value != "1":
        raise WrongError(f"expected 1, got {describe(value)}", "this sockdeploy reads plans of version 1")
    return 1


def read_release(value: object) -> str:
    """Read a release id."""
    form = "a letter or digit, then up to 99 letters, digits, dots, underscores or hyphens"
    return _matching(value, RELEASE_ID, f"a release id ({form})")


def read_service(value: object) -> str:
    """Read a service's name, with an instance if it has one; without `.service`."""
    name = _matching(value, _SERVICE, "a service name like myapp or myapp@blue")
    stem, _, suffix = name.rpartition(".")
    if suffix in {"service", "socket"}:
        raise WrongError(f"expected a service name without .{suffix}, got {name!r}", f"write {stem}")
    return name


def read_socket_unit(value: object) -> str:
    """Read the name of a socket unit."""
    return _matching(value, _UNIT, "a socket unit's name like myapp.socket")


def read_proxy_unit(value: object) -> str:
    """Read the name of the service unit of a proxy."""
    return _matching(value, _PROXY, "a service unit's name like myapp-proxy.service")


def read_owner(value: object) -> str:
    """Read `user:group`."""
    return _matching(value, _OWNER, "user:group")


def read_host_name(value: object) -> str:
    """Read a host's name, a key of the inventory; `rest` means something in `waves`, `x-` keys are free for anchors."""
    name = _matching(value, _HOST_NAME, "a host's name (letters, digits, . _ : -)")
    if name == "rest" or name.startswith("x-"):
        raise WrongError(
            f"a host cannot be called {name!r}", "rename it: rest is a word of waves, keys with x- are free for anchors"
        )
    return name


def read_wave_name(value: object) -> str:
    """Read a wave's name."""
    return _matching(value, RELEASE_ID, "a name (letters, digits, dots, underscores, hyphens)")


def read_variable_name(value: object) -> str:
    """Read the name of an environment variable."""
    return _matching(value, VARIABLE_NAME, "the name of an environment variable, like DEPLOY_KEY")


def read_header_name(value: object) -> str:
    """Read the name of an HTTP header."""
    return _matching(value, _HEADER, "the name of an HTTP header")


def read_header_value(value: object) -> str:
    """Read the value of an HTTP header; it may be a secret, so it is not repeated in a message."""
    if not isinstance(value, str):
        raise WrongError(f"expected text, got {describe(value)}")
    if not value.isprintable():
        raise WrongError("expected one line of printable text as a header's value")
    return value


def read_label(value: object) -> tuple[str, ...]:
    """Read a label's value, or a list of values that the host has under it."""
    return tuple(map(read_text, value)) if isinstance(value, list) else (read_text(value),)


def read_status(value: object) -> int:
    """Read the HTTP status of a healthy answer: a final one, and no redirect (redirects are failures)."""
    status = whole(200, 599, such_as=200)(value)
    if 300 <= status < 400:
        raise WrongError(
            f"expected a status that is no redirect, got {status}", "ask the address that the redirect leads to"
        )
    return status


def _matching(value: object, pattern: re.Pattern[str], expected: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise WrongError(f"expected {expected}, got {describe(value)}")
    return value
