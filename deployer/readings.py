"""What was measured: readings of metrics, of the journal, of a command. Plain values that survive the way through JSON.

Counts are cumulative: since the subject's baseline, which was taken when its warmup had ended.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reading is of: hosts of one wave, on the new release; `control`: on the old one still.

    A scrape reads one host; a Prometheus server is asked about all of a wave. `since` is when the last of them became
    healthy on its release (seconds since the epoch); of the control, when it was first asked about.
    """

    wave: str
    hosts: tuple[str, ...]
    since: float
    control: bool = False


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many observations were at most `le` (the metric's unit: seconds)."""

    le: float
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What one rule has seen of a subject. `series` names one series of a query, "" for the sum of all.

    An error rule has `bad` of `total`; a latency rule `total` and finite `buckets` in order; a value rule the last
    `values` (at most three, the newest last).
    """

    rule: str
    series: str = ""
    bad: int = 0
    total: int = 0
    buckets: tuple[Bucket, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why a rule could not be measured: `rule` "" for all of them, `code` stable kebab-case, `remedy` what to do."""

    rule: str
    code: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a subject. `failures` are counted in a row: how often it could not be read at all until now.

    `ready` False: the warmup has not ended, nothing is counted yet.
    """

    counted: tuple[Counted, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    warnings: tuple[str, ...] = ()
    failures: int = 0
    ready: bool = True


Meter = Callable[[Subject], Reading]
"""Reads the metrics of a subject once: it may take its time, comes from any thread, and never raises."""


@dataclass(frozen=True, slots=True)
class JournalLook:
    """What the service's journal holds since `invocation` began: `matches` are lines that a pattern forbids.

    At most 20 lines; `found` counts all. `error` says why it could not be read, "" when it could.
    """

    invocation: str
    matches: tuple[str, ...] = ()
    found: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command gate's command ended. `code` None: it could not be run or did not end in time; `error` says why."""

    code: int | None = None
    error: str = ""
    output: tuple[str, ...] = ()
    seconds: float = 0.0
