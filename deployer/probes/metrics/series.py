"""Series as plain values: the labels that tell one from another, and what each is worth at a moment. Pure."""

from collections.abc import Mapping
from typing import TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values of labels, in order; the metric's own name is not among them."""

Values: TypeAlias = Mapping[Labels, float]
"""What each series of one selector is worth."""

BUCKET = "_bucket"
LE = "le"


def labels(pairs: Mapping[str, str]) -> Labels:
    """Give labels as a value of their own."""
    return tuple(sorted(pairs.items()))


def shown(series: Labels) -> str:
    """Write labels as PromQL does; nothing for none."""
    inner = ", ".join(f'{name}="{value}"' for name, value in series)
    return f"{{{inner}}}" if inner else ""


def without(series: Labels, *names: str) -> Labels:
    """Leave labels out."""
    return tuple(pair for pair in series if pair[0] not in names)


def bound(series: Labels) -> float | None:
    """Give a bucket's upper bound; None for what is no bucket."""
    text = next((value for name, value in series if name == LE), None)
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def buckets_of(text: str) -> str:
    """Give the selector of a histogram's buckets from one of the histogram, or the same when it is of buckets."""
    name, brace, matchers = text.strip().partition("{")
    name = name.strip()
    return f"{name.removesuffix(BUCKET)}{BUCKET}{brace}{matchers}"
