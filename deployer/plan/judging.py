"""The gates beyond health and unit as plain values: journal, command and metrics, and what their verdicts lead to."""

from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    """What a verdict other than PASS and FAIL leads to when its time is over."""

    ROLLBACK = "rollback"
    HOLD = "hold"
    PASS = "pass"  # noqa: S105 - a policy, not a password


@dataclass(frozen=True, slots=True)
class JournalGate:
    """Lines of the service's journal since its activation that must not be there: patterns of grep -E.

    It is read every `interval` seconds; `on_error` is what three readings in a row that failed lead to.
    """

    fail_on: tuple[str, ...]
    interval: float = 5.0
    on_error: Policy = Policy.ROLLBACK


@dataclass(frozen=True, slots=True)
class CommandGate:
    """A command that must succeed for each host once it is healthy: argv, there or here, with a time limit in seconds.

    `on_error` is what one that could not be run, or did not end in time, leads to.
    """

    run: tuple[str, ...]
    on_host: bool = True
    timeout: float = 30.0
    on_error: Policy = Policy.ROLLBACK


@dataclass(frozen=True, slots=True)
class Scrape:
    """Metrics read from each host: `url` may hold `{address}`; asked from where sockdeploy runs when `local`.

    Series whose path label is one of `exclude` are our own probes, and not counted.
    """

    url: str
    local: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    ca_file: str | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Metrics asked of a Prometheus server at `url`; `bearer_env` and `basic_env` name variables that hold secrets.

    `basic_env` holds user:password.
    """

    url: str
    bearer_env: str | None = None
    basic_env: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """Judge against hosts still on the old release: worse by more than `max_ratio` times, and above `floor`.

    `floor` is a share (0..1) of a counting rule, a value of a gauge.
    """

    max_ratio: float = 2.0
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What every rule has. `deciding` False: reported, and never acted upon. Rules are told apart by `name`.

    `min_requests` are needed for a PASS; `idle` is what no request at all leads to. `max` None: only `compare` judges.
    """

    name: str
    max: float | None = None
    compare: Compare | None = None
    min_requests: int = 50
    on_inconclusive: Policy = Policy.ROLLBACK
    on_error: Policy = Policy.ROLLBACK
    idle: Policy = Policy.ROLLBACK
    deciding: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule(Rule):
    """Counters of errors and of all requests, by selector or query; `max` is a share (0..1)."""

    errors: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRule(Rule):
    """A histogram, by selector or query: at most 1 - `quantile` (0..1) of it may be slower than `max` seconds."""

    histogram: str
    quantile: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRule(Rule):
    """A gauge, by selector or query: no host's value may stay above `max`."""

    value: str


AnyRule = ErrorRule | LatencyRule | ValueRule


@dataclass(frozen=True, slots=True)
class MetricsTraffic:
    """Requests of our own to each host that is judged, for services nobody calls at night: so many, over `paths`."""

    requests: int = 100
    paths: tuple[str, ...] = ("/",)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics gate. Seconds: read every `interval`, each reading within `timeout`, counted from `warmup` on.

    `warmup` runs from when the host was healthy on the new release.
    """

    source: Scrape | Prometheus
    rules: tuple[AnyRule, ...]
    interval: float = 10.0
    timeout: float = 5.0
    warmup: float = 15.0
    traffic: MetricsTraffic | None = None

    @property
    def compares(self) -> bool:
        """Whether any rule needs the control."""
        return any(rule.compare is not None for rule in self.rules)
