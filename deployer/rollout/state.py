"""The state of a rollout as values: one record per host, one per wave, and what was asked of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from deployer.facts import Act, Failure, HealthLook, HostFacts, LossKind, Outcome, Receipt, UnitLook, Verb
from deployer.gates.health import Streak
from deployer.gates.journal import Seen
from deployer.plan.model import Plan
from deployer.readings import CommandResult, Reading, Subject
from deployer.rollout.table import TOUCHED, HostState, move
from deployer.rulings import Ruling

MOST_LOSSES = 5
"""How often a host may be lost, or an act on it end unknown, before it is given up."""


@dataclass(frozen=True, slots=True)
class HostRecord:
    """What is known of one host. Times are seconds since the epoch.

    `busy` is the act that runs now; `cut` says that the watch broke while it ran. `facts` are those from before the
    host was touched. `since` is when its present release was live, and what gates measure from. The unit gate has said
    `unit_passes` since `unit_since`. `failure` counts against the wave. `was` is the state before UNKNOWN, `losses`
    how often contact was lost. `stuck` is why nothing more can be done for it. `switched` says that it ever was
    touched, `measured` that the receipt of its activation is complete, `confirming` that it was asked to confirm.
    `unheld` says that no hold is on its record any more. `restored` says that the way back (`back`) is live and proves
    itself, `removed` that there was none and nothing is left. `healthy` since `healthy_at`.
    `command` is how the command gate's command ended on the present release, `journal` what its journal has shown.
    `invocation` is the last start of the service that was seen, at `seen_since` for the first time. `accepted`: a
    person has accepted the host as it was when the rollout was held, on the release. `leftover`: a run before this one
    has switched it to the release, and nobody has confirmed that.
    """

    name: str
    wave: str
    state: HostState = HostState.PENDING
    busy: Act | None = None
    cut: bool = False
    facts: HostFacts | None = None
    locked: bool = False
    before: HealthLook | None = None
    receipt: Receipt | None = None
    since: float = 0.0
    streaks: Mapping[str, Streak] = field(default_factory=dict)
    unit: UnitLook | None = None
    unit_passes: bool = False
    unit_since: float = 0.0
    healthy: bool = False
    healthy_at: float = 0.0
    command: CommandResult | None = None
    journal: Seen = field(default_factory=Seen)
    failure: Failure | None = None
    was: HostState | None = None
    losses: int = 0
    stuck: Failure | None = None
    switched: bool = False
    measured: bool = False
    confirming: bool = False
    restored: bool = False
    removed: bool = False
    back: str = ""
    unchanged: bool = False
    uploaded: bool = False
    pruned: bool = False
    unheld: bool = False
    invocation: str = ""
    seen_since: float = 0.0
    accepted: bool = False
    leftover: bool = False

    def to(self, state: HostState) -> "HostRecord":
        """Give the record in another state; TransitionError when the table does not allow it."""
        return replace(self, state=move(self.state, state), switched=self.switched or state in TOUCHED)

    @property
    def touched(self) -> bool:
        """Whether the host was switched and has not come to an end."""
        return self.state in TOUCHED

    @property
    def proving(self) -> bool:
        """Whether its gates are asked now."""
        if self.stuck is not None:
            return False
        if self.state is HostState.ACTIVE:
            return self.failure is None and self.busy not in {Act.CONFIRM, Act.HOLD}
        return self.state is HostState.REVERTING and self.restored

    @property
    def ready(self) -> bool:
        """Whether an act may begin: nothing runs, the lock is ours, and the host was looked at under it."""
        return self.busy is None and self.locked and self.facts is not None

    def by_revert(self, state: "RolloutState") -> bool:
        """Whether a run that died kept the wanted release as this host's way back, unit files included."""
        return self.facts is not None and self.facts.pending != "" and self.facts.way_back == state.release


@dataclass(frozen=True, slots=True)
class WaveRecord:
    """How far a wave is. It bakes since `baking_at` (0: not yet), until `baking_until` or at most `baking_latest`.

    Its rules were judged `looks` times, at `judged_at` for the last time, with these `rulings`; `news`: readings came
    since then. `base` is what the control had counted when the wave started.
    """

    name: str
    hosts: tuple[str, ...]
    started: bool = False
    started_at: float = 0.0
    baking_at: float = 0.0
    baking_until: float = 0.0
    baking_latest: float = 0.0
    passed: bool = False
    looks: int = 0
    judged_at: float = 0.0
    news: bool = False
    rulings: tuple[Ruling, ...] = ()
    base: Mapping[Subject, "Kept"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Defeat:
    """What made the rollout fail: the wave ("" for the whole), the host ("" for a hook) and why."""

    wave: str
    host: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Held:
    """Why the rollout is held: `before` the wave, which a person has to approve, or at it."""

    wave: str
    failure: Failure
    before: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The last reading of a subject, taken `at` (seconds); one that failed has the counts of the last that did not."""

    reading: Reading
    at: float


@dataclass(frozen=True, slots=True)
class RolloutState:
    """Everything that `decide` looks at. `hooks` maps (point, wave) to how far those hooks are.

    A person has `approved` waves, before which the rollout is not held, and `accepted` others as they are: hosts of
    those that waited on the release need neither bake nor rules. `resumes` are the rollouts that this one goes on
    with. `readings` are the metrics' last ones.
    """

    verb: Verb
    release: str
    hosts: Mapping[str, HostRecord]
    waves: tuple[WaveRecord, ...]
    now: float
    started: float
    hooks: Mapping[tuple[str, str], "HookRecord"] = field(default_factory=dict)
    defeat: Defeat | None = None
    held: Held | None = None
    approved: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    resumes: frozenset[str] = frozenset()
    readings: Mapping[Subject, Kept] = field(default_factory=dict)
    cancelled: int = 0
    cancelled_at: float = 0.0
    outcome: Outcome | None = None
    exit_code: int = 0

    def with_host(self, host: HostRecord) -> "RolloutState":
        """Give the state with one record exchanged."""
        return replace(self, hosts={**self.hosts, host.name: host})

    def of_wave(self, name: str) -> tuple[HostRecord, ...]:
        """Give a wave's records, in order."""
        return tuple(host for host in self.hosts.values() if host.wave == name)

    @property
    def passed(self) -> bool:
        """Whether every wave has passed."""
        return all(wave.passed for wave in self.waves)

    @property
    def stranded(self) -> tuple[str, ...]:
        """The hosts that need a person."""
        return tuple(host.name for host in self.hosts.values() if host.state is HostState.STRANDED)

    @property
    def busy(self) -> bool:
        """Whether any act or hook is running."""
        return any(host.busy for host in self.hosts.values()) or any(not hook.ended for hook in self.hooks.values())


@dataclass(frozen=True, slots=True)
class HookRecord:
    """A point's hooks: running until `ended`; `failure` None then means they succeeded. `told`: a warning said so."""

    ended: bool = False
    failure: Failure | None = None
    told: bool = False


def begin(
    plan: Plan,
    verb: Verb,
    release: str,
    now: float,
    *,
    approved: frozenset[str] = frozenset(),
) -> RolloutState:
    """Give the state before anything happened. Every wave of `plan` takes part, with all its hosts."""
    hosts = {name: HostRecord(name, wave.name) for wave in plan.waves for name in wave.hosts}
    waves = tuple(WaveRecord(wave.name, wave.hosts) for wave in plan.waves)
    return RolloutState(verb, release, hosts, waves, now, now, approved=approved)


def lost(reason: str) -> Failure:
    """Give the failure of a host that was lost, in words."""
    return Failure(LossKind.UNREACHABLE, "connection-lost", f"the connection was lost: {reason}")
