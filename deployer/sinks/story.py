"""The story of a rollout as a person would tell it: what each host and wave is at now, and what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from deployer.events import BridgeStopped, RolloutFinished, RolloutStarted, TrafficEnded, Warned, WaveHeld, WaveJudged
from deployer.facts import Act, Failure, HealthLook, Receipt, UnitLook


class Standing(StrEnum):
    """Where a host stands in the rollout."""

    WAITING = "waiting"
    STAGED = "staged"
    ACTIVATING = "activating"
    PROVING = "proving itself"
    HEALTHY = "healthy"
    CONFIRMED = "confirmed"
    UNCHANGED = "unchanged"
    REVERTING = "reverting"
    REVERTED = "reverted"
    STRANDED = "stranded"
    HELD = "held"


class Progress(StrEnum):
    """Where a wave stands."""

    WAITING = "waiting"
    RUNNING = "running"
    BAKING = "baking"
    PASSED = "passed"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class HostStory:
    """One host. Times are seconds since the epoch, 0 when it has not come to that.

    `before` and `now` are the releases that were and are live: "" for none, None when nobody knows. `act` runs since
    `since`. `streak` counts equal looks in a row. `proved` is the seconds from live to healthy,
    `rehearsed` those of a rehearsal that went well, `bridge` what came of its bridge. `lost` is why nobody can tell how
    the host is. `evidence` is what it looked like before it was taken back. `traffic` is what became of all requests
    of our own.
    """

    name: str
    wave: str = ""
    standing: Standing = Standing.WAITING
    before: str | None = None
    now: str | None = None
    touched: bool = False
    act: Act | None = None
    since: float = 0.0
    live_at: float = 0.0
    proved: float | None = None
    rehearsed: float | None = None
    bridge: BridgeStopped | None = None
    look: HealthLook | None = None
    streak: int = 0
    unit: UnitLook | None = None
    failure: Failure | None = None
    gate: str = ""
    lost: str = ""
    sent: int = 0
    evidence: tuple[str, ...] = ()
    receipt: Receipt | None = None
    revert: Receipt | None = None
    traffic: TrafficEnded | None = None

    @property
    def known(self) -> bool:
        """Whether somebody can tell what it runs: it was seen, and not lost before its part was over."""
        over = self.standing in {Standing.CONFIRMED, Standing.UNCHANGED, Standing.REVERTED}
        return self.now is not None and (over or not self.lost)

    @property
    def place(self) -> str:
        """The host with its wave, as it is written everywhere."""
        return f"{self.wave}/{self.name}" if self.wave else self.name


@dataclass(frozen=True, slots=True)
class WaveStory:
    """One wave. `until` is when its bake may end, `latest` when it must (0: it need not); `judged` is every look at it.

    `ended` is when it passed or failed.
    """

    name: str
    hosts: tuple[str, ...] = ()
    progress: Progress = Progress.WAITING
    started: float = 0.0
    until: float = 0.0
    latest: float = 0.0
    ended: float = 0.0
    judged: tuple[WaveJudged, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that failed: why, on which host and in which wave ("": the whole rollout), at which gate ("": none)."""

    failure: Failure
    host: str = ""
    wave: str = ""
    gate: str = ""

    @property
    def place(self) -> str:
        """Where it failed, in words."""
        place = "/".join(part for part in (self.wave, self.host) if part) or "rollout"
        return f"{place}, gate {self.gate}" if self.gate else place


@dataclass(frozen=True, slots=True)
class Story:
    """A whole rollout up to `at`. `troubles` holds every failure once, in the order in which they came.

    `held` says why it waits for a person, and `until` when, by the hosts' clocks.
    """

    at: float = 0.0
    started: RolloutStarted | None = None
    hosts: Mapping[str, HostStory] = field(default_factory=dict)
    waves: Mapping[str, WaveStory] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    warnings: tuple[Warned, ...] = ()
    signal: int = 0
    held: WaveHeld | None = None
    until: float = 0.0
    finished: RolloutFinished | None = None

    @property
    def release(self) -> str:
        """The release that is rolled out, or gone back to."""
        return self.started.release if self.started else ""

    @property
    def seconds(self) -> float:
        """How long it took up to now."""
        return self.at - self.started.at if self.started else 0.0

    def host(self, name: str) -> HostStory:
        """Give a host's story; an empty one for a host that no wave named."""
        return self.hosts.get(name, HostStory(name))

    def with_host(self, host: HostStory) -> "Story":
        """Give the story with one host's part exchanged."""
        return replace(self, hosts={**self.hosts, host.name: host})

    def with_wave(self, wave: WaveStory) -> "Story":
        """Give the story with one wave's part exchanged."""
        return replace(self, waves={**self.waves, wave.name: wave})

    def with_trouble(self, trouble: Trouble) -> "Story":
        """Give the story with one more failure, unless it tells of this one already, maybe more exactly where."""
        alike = [known for known in self.troubles if known.failure == trouble.failure]
        told = any(trouble.host in {known.host, ""} and trouble.wave in {known.wave, ""} for known in alike)
        return self if told else replace(self, troubles=(*self.troubles, trouble))

    def of_wave(self, name: str) -> tuple[HostStory, ...]:
        """Give a wave's hosts, in order."""
        return tuple(self.host(host) for host in self.waves[name].hosts)

    @property
    def new(self) -> tuple[HostStory, ...]:
        """The hosts that run the release now; hosts that nobody can tell of are left out."""
        return tuple(host for host in self.hosts.values() if host.known and host.now == self.release)

    @property
    def old(self) -> tuple[HostStory, ...]:
        """The hosts that run what they ran before, be it nothing; hosts that nobody can tell of are left out."""
        known = (host for host in self.hosts.values() if host.known and host.now != self.release)
        return tuple(host for host in known if host.now == host.before)

    @property
    def previous(self) -> str:
        """The one release that all hosts ran before; empty when they differed, had none, or nobody looked."""
        before = {host.before for host in self.hosts.values() if host.before is not None}
        return before.pop() if len(before) == 1 else ""

    @property
    def defeat(self) -> Trouble | None:
        """What decided that the rollout failed; None when nothing did."""
        failure = self.finished.failure if self.finished else None
        return next((trouble for trouble in self.troubles if trouble.failure == failure), None)
