"""The plan as plain values, every default filled in and every host in its wave.

Durations are seconds (float), paths are absolute strings on the machine that runs sockdeploy unless said otherwise,
`None` means "not set". Nothing here is checked again later: `parse` and `resolve` let only sound values through.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from deployer.plan.judging import CommandGate, JournalGate, Metrics


class Strategy(StrEnum):
    """How a host's release is made live.

    RESTART restarts the service behind its socket. BRIDGE lets a second instance of the new release serve on the same
    socket while it does. RELOAD has the service load the new release by itself.
    """

    RESTART = "restart"
    BRIDGE = "bridge"
    RELOAD = "reload"


class Scope(StrEnum):
    """What a failed wave takes back: itself and every earlier one, or itself alone."""

    ROLLOUT = "rollout"
    WAVE = "wave"


class ProbeFrom(StrEnum):
    """Where a health request starts: on the host (through its SSH connection), or where sockdeploy runs."""

    HOST = "host"
    LOCAL = "local"


BALANCER = "load balancer"
"""The source of looks at the load balancer's check."""


@dataclass(frozen=True, slots=True)
class Jump:
    """One hop on the way to a host: `user@address:port`; an empty user means the host's own user."""

    address: str
    user: str = ""
    port: int = 22


@dataclass(frozen=True, slots=True)
class Ssh:
    """How hosts are reached. `sudo` None means: unless the user is root. `config` is a path, or None for no ssh_config.

    `known_hosts` and `key` are paths; `key_env` and `passphrase_env` name variables that hold a secret (path or content
    for the key, the text for the passphrase).
    """

    user: str = ""
    port: int = 22
    sudo: bool | None = None
    known_hosts: str | None = None
    key: str | None = None
    key_env: str | None = None
    passphrase_env: str | None = None
    jump: tuple[Jump, ...] = ()
    config: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """One host of the inventory; `address` is a name, an IPv4 or an IPv6 address; labels are key, value pairs."""

    name: str
    address: str
    user: str
    port: int
    jump: tuple[Jump, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bake:
    """How long a wave must stay good: at least `min` seconds, extended up to `max` while verdicts are inconclusive."""

    min: float = 0.0
    max: float = 0.0


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave with its hosts' names, in the inventory's order. `max_failures` is a count of hosts.

    `approve`: the rollout is held before it, until a person resumes it.
    """

    name: str
    hosts: tuple[str, ...]
    max_parallel: int = 10
    max_failures: int = 0
    bake: Bake = Bake()
    approve: bool = False


@dataclass(frozen=True, slots=True)
class Socket:
    """The socket that systemd holds: its unit, and the address it must listen on, if given (`host:port` or a path).

    `proxy` is the unit that takes its connections for a service that cannot; None: the service itself takes them.
    """

    unit: str
    listen: str | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """What is declared of a service that runs twice for a while. `safe`: its commands around the start may, too."""

    safe: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseJson:
    """The release id stands in the JSON answer under `path`, see `jsonpaths`."""

    path: str


@dataclass(frozen=True, slots=True)
class ReleaseHeader:
    """The release id is the value of the header `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class ReleaseBody:
    """The body contains `text`, in which `{{release}}` stands for the release id."""

    text: str


@dataclass(frozen=True, slots=True)
class Expect:
    """What a healthy answer looks like. `release` None means the plan says `release: none`.

    Besides, its body must contain `body`, and under each path of `json` the value that goes with it, as text.
    """

    status: int = 200
    release: ReleaseJson | ReleaseHeader | ReleaseBody | None = None
    body: str | None = None
    json: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The health gate. `url` may hold `{address}`; `unix:/a.sock:/healthz` asks a unix socket, from the host only.

    `balancer` is the URL of the load balancer's check, asked from where sockdeploy runs too; "" for none. With https
    `ca_file` (a path) holds the authorities to trust, None: the system's.
    """

    url: str
    expect: Expect
    sources: tuple[ProbeFrom, ...] = (ProbeFrom.HOST,)
    headers: tuple[tuple[str, str], ...] = ()
    interval: float = 1.0
    timeout: float = 3.0
    rise: int = 3
    stable_for: float = 10.0
    fall: int = 3
    deadline: float = 60.0
    balancer: str = ""
    ca_file: str | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Give everything that is asked, the plan's sources first."""
        return (*self.sources, BALANCER) if self.balancer else self.sources


@dataclass(frozen=True, slots=True)
class UnitGate:
    """The unit gate, on in every rollout: restarts of the unit that are tolerated since its activation."""

    max_restarts: int = 0


@dataclass(frozen=True, slots=True)
class Gates:
    """What judges a wave. `health` None: only the unit gate judges (a queue consumer); None: the gate is not asked."""

    health: Health | None = None
    unit: UnitGate = UnitGate()
    journal: JournalGate | None = None
    command: CommandGate | None = None
    metrics: Metrics | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests of our own to the health URL while a host is activated: `rate` a second, from `source`.

    Besides, `keep_alive`: a connection that is kept open; `slow`: a path that takes long to answer, asked once before
    the switch, None for none.
    """

    rate: int = 5
    source: ProbeFrom = ProbeFrom.HOST
    keep_alive: bool = False
    slow: str | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds; `rollout` None means no limit for the whole run."""

    connect: float = 10.0
    stage: float = 600.0
    activate: float = 180.0
    rollout: float | None = None


class HookPoint(StrEnum):
    """When a hook is run."""

    BEFORE_ROLLOUT = "before_rollout"
    BEFORE_WAVE = "before_wave"
    AFTER_WAVE = "after_wave"
    AFTER_ROLLOUT = "after_rollout"
    ON_FAILURE = "on_failure"


@dataclass(frozen=True, slots=True)
class Hook:
    """A command run at a point of the rollout: argv, here or on a host, with a time limit in seconds."""

    point: HookPoint
    run: tuple[str, ...]
    on_host: bool = False
    timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a rollout needs to know. `release` None: the id is taken from the artifact's digest.

    `units` are paths here; their base names are the unit names on the host. `shared` entries end in `/` for a folder.
    `traffic` None: we send no requests of our own.
    `rehearse`: the release first proves itself on a private socket of each host.
    `hold` is how long a held rollout may stay so, in seconds.
    `load_balancer` is its check, an http or tcp URL with `{address}`.
    `hosts` holds every host of the inventory; `waves` partition them, before any filter; after `select` both hold
    the selected hosts alone. `wave_names` are all waves in order, also those that got no host, so that `--through` one
    of them still means something.
    """

    service: str
    root: str
    artifact: str
    hosts: tuple[Host, ...]
    waves: tuple[Wave, ...]
    gates: Gates = Gates()
    release: str | None = None
    socket: Socket | None = None
    ssh: Ssh = Ssh()
    keep: int = 5
    shared: tuple[str, ...] = ()
    owner: str | None = None
    units: tuple[str, ...] = ()
    strategy: Strategy = Strategy.RESTART
    rehearse: bool = False
    bridge: Bridge = Bridge()
    guard: bool = True
    scope: Scope = Scope.ROLLOUT
    traffic: Traffic | None = Traffic()
    load_balancer: str | None = None
    timeouts: Timeouts = Timeouts()
    hold: float = 86400.0
    hooks: tuple[Hook, ...] = ()
    file: str = ""
    notes: tuple[str, ...] = field(default=())
    wave_names: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The service's unit name."""
        return f"{self.service}.service"

    def host(self, name: str) -> Host:
        """Give the host of that name. KeyError when there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)
