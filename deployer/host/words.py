"""Words that no shell has anything to quote: everything outside [A-Za-z0-9._/:@+,=-] is percent-encoded."""

from urllib.parse import quote

_SAFE = "/:@+,=-._"


def encode(text: str) -> str:
    """Percent-encode `text` as UTF-8. ValueError for NUL, which no shell variable can hold, and for lone surrogates."""
    if "\0" in text:
        raise ValueError(f"a NUL character cannot be sent to a host: {text[:80]!r}")
    return quote(text, safe=_SAFE).replace("~", "%7E")


def history_line(**values: str) -> str:
    """Write one line of a host's history: `key=value` words."""
    return " ".join(f"{key}={encode(value)}" for key, value in values.items())
