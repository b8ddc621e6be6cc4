"""The keys of `gates`, strictly: what each takes, what it means, what it is when it is left out."""

from typing import Annotated

from pydantic import Field, Tag

from deployer.plan import kinds
from deployer.plan.judging import Policy
from deployer.plan.kinds import Argv, Duration, Natural, Positive, PositiveDuration, Text
from deployer.plan.metric_sections import MetricsSection
from deployer.plan.patterns import LISTENING
from deployer.plan.section import Section, default, kind_of, shape


class ReleaseSection(Section):
    """Where the answer says which release gave it: one of these."""

    in_json: kinds.JsonPath | None = Field(
        None, alias="json", description='Path in the JSON body: version, app.version, apps[0].version, "a.b".version'
    )
    in_header: kinds.HeaderName | None = Field(None, alias="header", description="Name of a header")
    in_body: Text | None = Field(None, alias="body", description="Text the body contains; {{release}} is the id")


class ExpectSection(Section):
    """What a healthy answer looks like."""

    status: kinds.Status = default("200", "HTTP status; redirects are failures")
    release: Annotated[
        Annotated[ReleaseSection, Tag("<mapping>")] | Annotated[kinds.NoneWord, Tag("<text>")],
        shape("expected a mapping with json, header or body, or none", kind_of),
    ] = Field(
        description="Where the release id stands in the answer; none if it says none (then the process is looked at)"
    )
    body: Text | None = Field(None, description="Text that the body must contain besides")
    in_json: dict[kinds.JsonPath, Text] = default(
        {}, "Values that the JSON body must have besides: paths, as of release, with the values as text", alias="json"
    )


class HealthSection(Section):
    """The health gate."""

    sources: Annotated[
        Annotated[kinds.Side, Tag("<text>")] | Annotated[list[kinds.Side], Field(min_length=1), Tag("<list>")],
        shape("expected host, local, or a list of them", kind_of),
    ] = default("host", alias="from", description="Asked on the host through SSH, from where sockdeploy runs, or both")
    url: kinds.Url = Field(
        description="http or https://127.0.0.1:8080/healthz ({address}: the host's), or unix:/run/app.sock:/healthz"
    )
    headers: dict[kinds.HeaderName, kinds.HeaderValue] = default({}, "Sent with each request")
    ca_file: kinds.LocalPath | None = Field(
        None, description="Certificates of the authorities to trust with https; default: the system's"
    )
    interval: PositiveDuration = default("1s", "Between two requests")
    timeout: PositiveDuration = default("3s", "For one whole request")
    expect: ExpectSection = Field(description="What a healthy answer looks like")
    rise: Positive = default("3", "Good answers in a row that make a host healthy")
    stable_for: Duration = default("10s", "... spanning at least this long")
    fall: Positive = default("3", "Bad answers in a row that fail a host")
    deadline: PositiveDuration = default("60s", "From the restart until the host must be healthy")


class UnitSection(Section):
    """The unit gate, on in every rollout."""

    max_restarts: Natural = default("0", "Restarts of the unit that are tolerated after its activation")


class JournalSection(Section):
    """The journal gate."""

    fail_on: list[kinds.Pattern] = default(
        list(LISTENING), "Patterns of grep -E that no line since the activation may match", min_length=1
    )
    interval: PositiveDuration = default("5s", "Between two readings")
    on_error: kinds.PolicyWord = default(Policy.ROLLBACK.value, "When it cannot be read: rollback, hold or pass")


class CommandSection(Section):
    """The command gate."""

    on: kinds.Side = default("host", "Where it runs: on each host, or local, where sockdeploy runs")
    run: Argv = Field(description="Program and arguments; no shell")
    timeout: PositiveDuration = default("30s", "Its time limit")
    on_error: kinds.PolicyWord = default(
        Policy.ROLLBACK.value, "When it cannot be run or does not end: rollback, hold or pass"
    )


class GatesSection(Section):
    """What judges a wave."""

    health: HealthSection | None = Field(
        None, description="Requests the service must answer; required unless socket is none"
    )
    unit: UnitSection = default({}, "The service's unit must stay up")
    journal: JournalSection | None = Field(
        None, description="Lines that must not be in the service's journal; default: it is not read"
    )
    command: CommandSection | None = Field(
        None, description="A command that must succeed for each host once it is healthy; default: none"
    )
    metrics: MetricsSection | None = Field(None, description="Rules on numbers of the service; default: none")
