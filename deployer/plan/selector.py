"""Selectors: how a wave, or a filter of the command line, says which hosts it means."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from deployer.plan.model import Host
from deployer.plan.scalars import read_percent, read_text, whole
from deployer.plan.wrong import WrongError, describe


@dataclass(frozen=True, slots=True)
class Count:
    """So many of the hosts that are left."""

    hosts: int


@dataclass(frozen=True, slots=True)
class Percent:
    """A share (a fraction of 1) of the whole inventory, taken from the hosts that are left."""

    share: Fraction


@dataclass(frozen=True, slots=True)
class Rest:
    """Every host that is left."""


@dataclass(frozen=True, slots=True)
class Named:
    """The hosts that any of these patterns means: a name, a glob of names, or `label=value`."""

    patterns: tuple[str, ...]


Selector = Count | Percent | Rest | Named


def read_selector(value: object) -> Selector:
    """Read what a wave's `hosts` says."""
    if isinstance(value, list):
        return Named(tuple(_pattern(item) for item in value)) if value else _nothing()
    text = read_text(value)
    if text.isdigit():
        return Count(whole(1)(text))
    if text.endswith("%"):
        return Percent(read_percent(text))
    return Rest() if text == "rest" else Named((_pattern(text),))


def read_failures(value: object) -> Count | Percent:
    """Read how many hosts may fail: a number, or a percentage of the wave's hosts."""
    if isinstance(value, str) and value.endswith("%"):
        return Percent(read_percent(value))
    try:
        return Count(whole(0)(value))
    except WrongError:
        message = f"expected a whole number of at least 0, or a percentage up to 100%, got {describe(value)}"
        raise WrongError(message, "write 1 or 10%, for example") from None


def is_label(pattern: str) -> bool:
    """Tell whether a pattern speaks of a label, not of names."""
    return "=" in pattern


def means(pattern: str, host: Host) -> bool:
    """Tell whether a pattern means this host."""
    if is_label(pattern):
        key, _, wanted = pattern.partition("=")
        return any(name == key and fnmatchcase(label, wanted) for name, label in host.labels)
    return fnmatchcase(host.name, pattern)


def _pattern(value: object) -> str:
    text = read_text(value)
    if text == "rest" or text.endswith("%"):
        raise WrongError(
            f"expected names, globs or labels in a list, got {describe(value)}",
            f"write hosts: {text}, or give it a wave of its own",
        )
    if text.startswith("=") or text.endswith("="):
        raise WrongError(f"expected label=value, got {describe(value)}")
    return text


def _nothing() -> Selector:
    raise WrongError("expected at least one host, got an empty list", "write names, a number, a percentage or rest")
