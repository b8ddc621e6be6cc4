"""Every key of the plan, strictly: what it takes, what it means, what it is when it is left out.

pydantic stops here: the rest of the package sees sections, and the problems that `reading` makes of what is wrong.
A key whose feature has not landed is unknown; `x-` keys are free for anchors.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, Tag

from deployer.plan import kinds
from deployer.plan.gate_sections import GatesSection
from deployer.plan.kinds import Argv, Duration, Natural, Positive, PositiveDuration, Switch, Text
from deployer.plan.model import HookPoint, ProbeFrom, Scope, Strategy
from deployer.plan.section import FREE_KEYS, Section, default, kind_of, mapping_or_word, shape

REQUIRED = ("version", "service", "artifact", "root", "inventory")
"""The top keys a plan cannot be without; checked in `checks`, so that a missing one does not hide other problems."""


def _argv_or_hooks(value: object) -> str:
    if isinstance(value, list):
        return "<argv>" if all(isinstance(item, str) for item in value) else "<list>"
    return "<text>" if isinstance(value, str) else "<mapping>"


class ArtifactSection(Section):
    """What is rolled out."""

    path: kinds.LocalPath = Field(
        description="Folder, file, .tar, .tar.gz, .tar.zst or .zip, relative to the plan's folder"
    )


class SocketSection(Section):
    """The socket that systemd holds for the service."""

    unit: kinds.SocketUnit | None = Field(None, description="The socket's unit; default: SERVICE.socket")
    listen: kinds.Listen | None = Field(
        None, description="What it must listen on: 127.0.0.1:8080, [::1]:8080 or /run/app.sock; default: not compared"
    )
    proxy: kinds.ProxyUnit | None = Field(
        None, description="Unit that takes its connections and stays, before a service that listens by itself"
    )


class SshSection(Section):
    """How hosts are reached."""

    user: Text | None = Field(None, description="Who logs in; default: from ssh_config, or the user running sockdeploy")
    port: kinds.Port | None = Field(None, description="Port of sshd; default: from ssh_config, or 22")
    sudo: Switch | None = Field(None, description="Become root with sudo; default: unless the user is root")
    known_hosts: kinds.LocalPath | None = Field(None, description="File with the hosts' keys, always checked")
    key: kinds.LocalPath | None = Field(None, description="Private key file; default: the agent's keys")
    key_env: kinds.VariableName | None = Field(None, description="Variable holding the private key, or a path to it")
    passphrase_env: kinds.VariableName | None = Field(None, description="Variable holding the key's passphrase")
    jump: list[kinds.Hop] = default([], "Hosts on the way, first hop first: user@host:port, IPv6 in brackets")
    config: kinds.SshConfig = default("off", "Read an ssh_config: on for ~/.ssh/config, or a path")


class HostSection(Section):
    """One host."""

    address: kinds.Address | None = Field(None, description="Name, IPv4 or IPv6 address; default: the host's name here")
    user: Text | None = Field(None, description="Instead of ssh.user")
    port: kinds.Port | None = Field(None, description="Instead of ssh.port")
    jump: list[kinds.Hop] | None = Field(None, description="Instead of ssh.jump; [] connects directly")
    labels: dict[Text, kinds.Label] = default(
        {}, "Free names, each with a value or a list of them; waves and --hosts select by region=eu"
    )


class BakeSection(Section):
    """How long a wave must stay good."""

    min: Duration = default("0s", "At least this long")
    max: Duration | None = Field(None, description="At most this long, while the verdict is open; default: min")


class WaveSection(Section):
    """Hosts that change together. `checks` sees to what is required, so that one bad wave does not hide the others."""

    model_config = ConfigDict(json_schema_extra=FREE_KEYS | {"required": ["name", "hosts"]})

    name: kinds.WaveName | None = Field(None, description="Unique name")
    hosts: kinds.Hosts | None = Field(
        None, description="Number, percentage of the inventory, rest, or names, globs and label=value"
    )
    max_parallel: Positive | None = Field(
        None, description="Hosts changing at once; default: 1 in the first wave, then 10"
    )
    max_failures: kinds.Failures = default("0", "Hosts (number, or percentage of the wave) that may fail")
    bake: BakeSection = default({}, "How long the wave must stay good before the next")
    approve: Switch = default("off", "Hold the rollout before this wave, until a person resumes it")


class BridgeSection(Section):
    """What is declared of a service that runs twice for a while."""

    safe: Switch = default("off", "Its ExecStartPre=, ExecStartPost=, ExecStop= and ExecStopPost= may run twice")


class TrafficSection(Section):
    """Requests of our own while a host is activated."""

    rate: kinds.Rate = default("5", "Requests a second to the health URL of each such host, a new connection each")
    source: kinds.Side = default(
        ProbeFrom.HOST.value, alias="from", description="Sent on the host through SSH, or from where sockdeploy runs"
    )
    keep_alive: Switch = default(
        "off", "One connection that is kept open besides, to see how it ends; some services wait for it when they stop"
    )
    slow: kinds.UrlPath | None = Field(
        None, description="Path that takes long to answer: asked once before the switch, to see whether it is finished"
    )


class RollbackSection(Section):
    """What a failure takes back."""

    scope: kinds.ScopeWord = default(
        Scope.ROLLOUT.value, "rollout: the failing wave and every earlier one; wave: it alone"
    )


class HoldSection(Section):
    """What becomes of a rollout that waits for a person."""

    max: PositiveDuration = default("24h", "How long it may wait; past that status says so")


class LoadBalancerSection(Section):
    """What the load balancer in front of the hosts does."""

    check: kinds.Check = Field(
        description="Its health check, with {address} for the host's: http://{address}:8080/healthz, or tcp://{address}:8080"
    )


class TimeoutsSection(Section):
    """Limits."""

    connect: PositiveDuration = default("10s", "For one try to connect")
    stage: PositiveDuration = default("10m", "For the upload to one host")
    activate: PositiveDuration = default("3m", "For the switch and restart on one host")
    rollout: kinds.Limit = default("none", "For the whole run, with a reserve for the rollback")


class HookSection(Section):
    """A command of the user's own."""

    on: kinds.Side = default(
        ProbeFrom.LOCAL.value, "Where it runs: local, or host (before_rollout: on the first host of the first wave)"
    )
    run: Argv = Field(description="Program and arguments; no shell")
    timeout: PositiveDuration = default("5m", "Its time limit")


_Hooks = Annotated[
    Annotated[Argv, Tag("<argv>")]
    | Annotated[HookSection, Tag("<mapping>")]
    | Annotated[
        list[
            Annotated[
                Annotated[Argv, Tag("<list>")] | Annotated[HookSection, Tag("<mapping>")],
                shape("expected a list of program and arguments, or a mapping with run", kind_of),
            ]
        ],
        Tag("<list>"),
    ],
    shape("expected a list of program and arguments, a mapping with run, or a list of those", _argv_or_hooks),
]


class HooksSection(Section):
    """Commands at points of the rollout."""

    before_rollout: _Hooks | None = Field(None, description="Before anything is changed; a failure stops the rollout")
    before_wave: _Hooks | None = Field(None, description="Before each wave; a failure stops the rollout")
    after_wave: _Hooks | None = Field(None, description="After each wave that passed")
    after_rollout: _Hooks | None = Field(None, description="After the last wave passed")
    on_failure: _Hooks | None = Field(None, description="After a failure, once a hook or a wave had begun")

    def at(self, point: HookPoint) -> list[HookSection]:
        """Give the hooks of a point, whichever form they were written in."""
        value: Any = getattr(self, point.value)
        if value is None:
            return []
        items = value if _argv_or_hooks(value) == "<list>" else [value]
        return [item if isinstance(item, HookSection) else HookSection(run=item) for item in items]


Inventory = Annotated[
    Annotated[dict[kinds.HostName, HostSection], Tag("<mapping>")]
    | Annotated[kinds.LocalPath, Tag("<text>")]
    | Annotated[Argv, Tag("<list>")],
    shape("expected a mapping of hosts, a file with one, or a program that prints one", kind_of),
]


class PlanSection(Section):
    """The whole plan."""

    model_config = ConfigDict(json_schema_extra=FREE_KEYS | {"required": list(REQUIRED)})

    version: kinds.Version | None = Field(None, description="Version of the plan's form")
    service: kinds.Service | None = Field(None, description="The unit without .service; name@instance is allowed")
    release: kinds.ReleaseId | None = Field(
        None, description="The release's id; default: the first 12 hex digits of the artifact's digest"
    )
    artifact: ArtifactSection | None = Field(None, description="What is rolled out")
    root: kinds.Root | None = Field(None, description="Folder on the hosts: releases/ID/, current, shared/")
    keep: Natural = default("5", "Good releases kept besides current and the way back")
    shared: list[kinds.Shared] = default(
        [], "Linked from shared/ into each release; with a trailing / a folder, created"
    )
    owner: kinds.Owner | None = Field(
        None, description="user:group of the release's files; default: root, readable by all"
    )
    units: list[kinds.LocalPath] = default([], "Unit files of the service that the rollout installs")
    strategy: kinds.StrategyWord = default(Strategy.RESTART.value, "How a release is made live")
    rehearse: Switch | None = Field(
        None, description="Start the release on a private socket of each host first; default: on with bridge"
    )
    bridge: BridgeSection = default({}, "What is declared of a service that runs twice for a while")
    guard: Switch = default("on", "Lift start limits while activating, so that a crash loop cannot close the port")
    socket: Annotated[
        Annotated[SocketSection, Tag("<mapping>")] | Annotated[kinds.NoneWord, Tag("<text>")],
        shape("expected a mapping with unit and listen, or none", kind_of),
    ] = default({}, "The socket that systemd holds; none for a service without one")
    ssh: SshSection = default({}, "How hosts are reached")
    inventory: Inventory | None = Field(
        None, description="The hosts: a mapping, a file with one, or a program that prints Ansible's dynamic inventory"
    )
    waves: list[WaveSection] | None = Field(
        None, min_length=1, description="Groups of hosts, in order; default: canary 1, pilot 25%, full rest"
    )
    gates: GatesSection = default({}, "What judges a wave")
    rollback: RollbackSection = default({}, "What a failure takes back")
    hold: HoldSection = default({}, "What becomes of a rollout that waits for a person")
    load_balancer: LoadBalancerSection | None = Field(
        None, description="The load balancer's check: must reach the very socket, and is asked from here all along"
    )
    traffic: Annotated[
        Annotated[TrafficSection, Tag("<mapping>")] | Annotated[kinds.OffWord, Tag("<text>")],
        shape("expected a mapping with rate and from, or off", mapping_or_word),
    ] = default({}, "Requests of our own while a host is activated, which show what clients see; or off")
    timeouts: TimeoutsSection = default({}, "Limits of time")
    hooks: HooksSection = default({}, "Commands of your own at points of the rollout")
