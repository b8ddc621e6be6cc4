"""Readers of what the metrics gate is told: amounts of three kinds, quantiles, ratios, a Prometheus server's URL."""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from urllib.parse import urlsplit

from deployer.plan.addresses import check_port
from deployer.plan.scalars import DURATION_LIKE, read_duration
from deployer.plan.wrong import WrongError, describe

PERCENTAGE = r"[0-9]{1,3}(?:\.[0-9]{1,6})?%"
NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?"
"""The forms of a percentage and of a number, as regular expressions that editors understand too."""

_DIGITS = r"-?[0-9]+(?:\.[0-9]+)?"


class Idle(StrEnum):
    """What no request at all leads to."""

    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


class Mode(StrEnum):
    """Whether a rule decides."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class Other(StrEnum):
    """What a wave is compared to."""

    CONTROL = "control"


class Kind(StrEnum):
    """What an amount is; the value shows how it is written."""

    SHARE = "a percentage such as 1%"
    DURATION = "a duration such as 500ms"
    NUMBER = "a number such as 100"


@dataclass(frozen=True, slots=True)
class Amount:
    """A share (0..1), a duration in seconds, or a number: which of them a rule needs is checked later."""

    kind: Kind
    value: float


def read_amount(value: object) -> Amount:
    """Read a percentage, a duration or a number."""
    text = value if isinstance(value, str) else ""
    if re.fullmatch(PERCENTAGE, text) and Fraction(text[:-1]) <= 100:
        return Amount(Kind.SHARE, float(Fraction(text[:-1]) / 100))
    if re.fullmatch(_DIGITS + "%", text):
        raise WrongError(f"expected a percentage from 0% to 100%, got {text!r}", "write 1%, for example")
    if re.fullmatch(DURATION_LIKE, text):
        return Amount(Kind.DURATION, read_duration(text))
    if re.fullmatch(_DIGITS, text):
        return Amount(Kind.NUMBER, _number(text))
    expected = "expected a percentage (for errors), a duration (for a histogram) or a number (for a value)"
    raise WrongError(f"{expected}, got {describe(value)}", "write 1%, 500ms or 100")


def _number(text: str) -> float:
    if not re.fullmatch(NUMBER, text):
        remedy = "write 100 or 0.5, for example"
        raise WrongError(f"expected a number of at most 15 digits and 9 decimals, got {text!r}", remedy)
    return float(text)


def read_quantile(value: object) -> float:
    """Read which quantile of a histogram is meant: 95 for the 95th percentile; gives 0.95."""
    text = value if isinstance(value, str) else ""
    number = Fraction(text) if re.fullmatch(r"[0-9]{2}(?:\.[0-9]{1,2})?", text) else Fraction(0)
    if not 50 <= number <= Fraction("99.99"):
        remedy = "write 95 for the 95th percentile"
        raise WrongError(f"expected a quantile from 50 to 99.99, got {describe(value)}", remedy)
    return float(number / 100)


def read_ratio(value: object) -> float:
    """Read how many times worse than the control a wave may be, at least 1."""
    text = value if isinstance(value, str) else ""
    ratio = _number(text) if re.fullmatch(_DIGITS, text) else 0.0
    if ratio < 1:
        raise WrongError(f"expected a number of at least 1, got {describe(value)}", "write 2 for twice the control's")
    return ratio


def read_server(value: object) -> str:
    """Read a Prometheus server's URL: http or https, with the path it is served under, if any."""
    if not isinstance(value, str) or not value.isprintable() or " " in value or "{" in value:
        raise WrongError(f"expected a URL such as https://prometheus.example.net, got {describe(value)}")
    check_port(value, "https://prometheus.example.net:9090")
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    else:
        if parts.username is not None:
            raise WrongError("expected a URL without user and password", "name a variable with them in basic_env")
        sound = sound and not parts.query and not parts.fragment
    if not sound:
        raise WrongError(f"expected a URL such as https://prometheus.example.net, got {value!r}")
    return value.rstrip("/")
