"""The keys of `gates.metrics`, strictly: what each takes, what it means, what it is when it is left out."""

from pydantic import ConfigDict, Field

from deployer.plan import kinds
from deployer.plan.kinds import Duration, Natural, Positive, PositiveDuration, Text
from deployer.plan.section import FREE_KEYS, Section, default


class SourceSection(Section):
    """Where the numbers come from: the hosts themselves, or a Prometheus server."""

    scrape: kinds.Url | None = Field(
        None, description="Metrics of each host: http://127.0.0.1:8080/metrics ({address}: the host's address)"
    )
    side: kinds.Side = default(
        "host", alias="from", description="Scraped on the host through SSH, or from here (local)"
    )
    prometheus: kinds.Server | None = Field(None, description="Or a Prometheus server's URL, asked from here")
    bearer_env: kinds.VariableName | None = Field(None, description="Variable that holds the server's bearer token")
    basic_env: kinds.VariableName | None = Field(None, description="Variable that holds user:password for the server")
    headers: dict[kinds.HeaderName, kinds.HeaderValue] = default({}, "Sent with each request")
    ca_file: kinds.LocalPath | None = Field(None, description="Certificates to trust instead of the system's")


class CompareSection(Section):
    """Judge beside the hosts that are still on the old release."""

    to: kinds.OtherWord = default("control", "What with: control, the hosts still on the old release")
    max_ratio: kinds.Ratio = default("2", "Fails when worse by more than so many times")
    floor: kinds.Amount | None = Field(
        None, description="... and above this: a percentage, of a value a number; default: 0"
    )


class RuleSection(Section):
    """One rule: errors and total, a histogram, or a value. Its checks see to what is required."""

    model_config = ConfigDict(json_schema_extra=FREE_KEYS | {"required": ["name"]})

    name: kinds.WaveName | None = Field(None, description="Unique name")
    errors: Text | None = Field(None, description="Counter of failed requests: a selector, or a query of the server")
    total: Text | None = Field(None, description="Counter of all requests, failed ones included")
    histogram: Text | None = Field(None, description="Histogram of durations in seconds, without _bucket")
    quantile: kinds.Quantile = default("95", "Which percentile of the histogram must be within max, 50 to 99.99")
    value: Text | None = Field(None, description="A gauge that must be within max on every host")
    max: kinds.Amount | None = Field(
        None, description="The limit: a percentage for errors, a duration for a histogram, a number for a value"
    )
    compare: CompareSection | None = Field(None, description="Judge beside the control as soon as it has min_requests")
    min_requests: Natural = default("50", "Requests needed to pass; a failure never waits for them")
    on_inconclusive: kinds.PolicyWord = default(
        "rollback", "What still too little evidence leads to when the bake ends: rollback, hold or pass"
    )
    on_error: kinds.PolicyWord = default(
        "rollback", "What numbers that cannot be read lead to when the bake ends: rollback, hold or pass"
    )
    idle: kinds.IdleWord = default("inconclusive", "What no request at all means: inconclusive or pass")
    mode: kinds.ModeWord = default("enforce", "enforce, or observe: reported only")


class OwnRequestsSection(Section):
    """Requests of our own to a host that is judged."""

    requests: Positive = default("100", "How many to each host, spread over the bake")
    paths: list[kinds.UrlPath] = default(["/"], "Their paths, in turn")


class MetricsSection(Section):
    """Rules on numbers of the service."""

    source: SourceSection = Field(description="Where the numbers come from")
    interval: PositiveDuration = default("10s", "Between two readings")
    timeout: PositiveDuration = default("5s", "For one whole reading")
    warmup: Duration = default("15s", "Nothing is counted for so long after a host became healthy")
    exclude: list[kinds.UrlPath] | None = Field(
        None, description="Paths of our own requests, not counted; default: those of gates.health and of the metrics"
    )
    traffic: OwnRequestsSection | None = Field(
        None, description="Requests of our own, for a service that nobody calls at night; default: none"
    )
    rules: list[RuleSection] = Field(min_length=1, description="What the numbers must be like")
