"""The keys of `gates`, strictly: what each takes, what it means, what it is when it is left out."""

from typing import Annotated

from pydantic import Field, Tag

from deployer.plan import kinds
from deployer.plan.kinds import Duration, Natural, Positive, PositiveDuration, Text
from deployer.plan.section import Section, default, kind_of, shape


class ReleaseSection(Section):
    """Where the answer says which release gave it: one of these."""

    in_json: Text | None = Field(
        None, alias="json", description="Key in the JSON body; keys inside are joined with dots"
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


class HealthSection(Section):
    """The health gate."""

    sources: Annotated[
        Annotated[kinds.Side, Tag("<text>")] | Annotated[list[kinds.Side], Field(min_length=1), Tag("<list>")],
        shape("expected host, local, or a list of them", kind_of),
    ] = default("host", alias="from", description="Asked on the host through SSH, from where sockdeploy runs, or both")
    url: kinds.Url = Field(
        description="http://127.0.0.1:8080/healthz ({address}: the host's address), or unix:/run/app.sock:/healthz"
    )
    headers: dict[kinds.HeaderName, kinds.HeaderValue] = default({}, "Sent with each request")
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


class GatesSection(Section):
    """What judges a wave."""

    health: HealthSection | None = Field(
        None, description="Requests the service must answer; required unless socket is none"
    )
    unit: UnitSection = default({}, "The service's unit must stay up")
