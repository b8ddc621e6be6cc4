"""Everything that can happen in a rollout: past tense, frozen, each with `at` (seconds since the epoch).

Only events change the state of a rollout, every event is written to the journal before the next decision, and a report
is a fold of them. All fields are plain values or the small ones of `facts`, so that an event survives the way through
JSON.
"""

from dataclasses import dataclass, field

from deployer.event import Event, HostEvent
from deployer.facts import Act, Failure, HealthLook, HostFacts, Outcome, Receipt, Resumed, Verb, WaveScope
from deployer.sightings import (
    BridgeStopped,
    CommandEnded,
    EvidenceTaken,
    HealthSeen,
    HostBridged,
    HostMeasured,
    HostRehearsed,
    JournalRead,
    MetricsRead,
    TrafficEnded,
    UnitSeen,
)
from deployer.waves import HostHeld, HostUnheld, WaveBaking, WaveFailed, WaveHeld, WaveJudged, WavePassed, WaveStarted

__all__ = [
    "ActFailed",
    "ActStarted",
    "ActUnknown",
    "BridgeStopped",
    "CancelRequested",
    "CommandEnded",
    "Event",
    "EvidenceTaken",
    "HealthSeen",
    "HookEnded",
    "HookStarted",
    "HostActivated",
    "HostAdopted",
    "HostBridged",
    "HostConfirmed",
    "HostEvent",
    "HostFailed",
    "HostHealthy",
    "HostHeld",
    "HostInspected",
    "HostLost",
    "HostMeasured",
    "HostObserved",
    "HostPruned",
    "HostRehearsed",
    "HostRestored",
    "HostReverted",
    "HostStaged",
    "HostStranded",
    "HostUnchanged",
    "HostUnheld",
    "HostUnstaged",
    "JournalRead",
    "MetricsRead",
    "RolloutFinished",
    "RolloutStarted",
    "Ticked",
    "TrafficEnded",
    "UnitSeen",
    "Warned",
    "WaveBaking",
    "WaveFailed",
    "WaveHeld",
    "WaveJudged",
    "WavePassed",
    "WaveStarted",
    "event_types",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStarted(Event):
    """A rollout began. `rollout` is its id, `who` and `origin` say who started it and where.

    `resumes` is the held one that it goes on with, None for none.
    """

    rollout: str
    verb: Verb
    service: str
    release: str
    digest: str
    waves: tuple[WaveScope, ...]
    who: str = ""
    origin: str = ""
    notes: tuple[str, ...] = ()
    resumes: Resumed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked(Event):
    """Time went by and nothing else happened; not written to the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(Event):
    """A person or the CI asked to stop; `signal` is the signal's number."""

    signal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HookStarted(Event):
    """A hook began; `point` as in the plan, `wave` "" for those of the whole rollout."""

    point: str
    wave: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEnded(Event):
    """A point's hooks ended; `failure` None: all succeeded."""

    point: str
    wave: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActStarted(HostEvent):
    """An act on a host began."""

    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class HostInspected(HostEvent):
    """A host was looked at and is fit."""

    facts: HostFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class HostObserved(HostEvent):
    """The host's lock is ours and its watch runs. `look` is what its health URL answered before anything was done.

    `current`, `pending` and `hold` are read under the lock: when they differ from the facts, the host is inspected
    again.
    """

    current: str
    pending: str
    look: HealthLook | None = None
    hold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStaged(HostEvent):
    """The release is on the host, verified, not live. `sent` of its `size` bytes went there; 0: it was there."""

    sent: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUnstaged(HostEvent):
    """What this rollout had staged on the host is gone again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostActivated(HostEvent):
    """The release is live on the host; it now has to prove itself."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfirmed(HostEvent):
    """The host has recorded that its release is good. `prunes`: it has releases that are no longer kept."""

    prunes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRestored(HostEvent):
    """The way back is live again on the host; it still has to prove itself.

    `removed`: it was a first deploy, and nothing is left of it.
    """

    receipt: Receipt
    release: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPruned(HostEvent):
    """Old releases are gone from the host."""

    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFailed(HostEvent):
    """An act came to an end and said no; for `inspect`, `observe` and `stage` nothing was switched.

    `current` is what an inspected host that is not fit runs, None where nobody knows.
    """

    act: Act
    failure: Failure
    current: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActUnknown(HostEvent):
    """How an act ended is not known; the host has to be looked at again."""

    act: Act
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLost(HostEvent):
    """The connection to a host broke while nothing but watching was going on."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHealthy(HostEvent):
    """The gates are satisfied with the host's release for the first time; `seconds` since it was live."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFailed(HostEvent):
    """A host did not make it and counts against its wave. `gate` is the gate's name, "" when no gate was asked."""

    failure: Failure
    gate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUnchanged(HostEvent):
    """The host ran the wanted release already, good and healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAdopted(HostEvent):
    """The host ran the wanted release already, from a run that did not end; it is judged like a fresh activation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReverted(HostEvent):
    """The host is back on its way back and healthy, or as empty as before a first deploy."""

    release: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStranded(HostEvent):
    """The host was touched and is neither on a good new release nor back: a person is needed."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something a person should know that changes nothing; `host` "" for the whole rollout.

    `point` and `wave` name the hook that it is about, if it is about one; `wave` alone the wave.
    """

    message: str
    host: str = ""
    point: str = ""
    wave: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutFinished(Event):
    """The rollout is over. `failure` is what decided it; `exit_code` what the program ends with."""

    outcome: Outcome
    exit_code: int
    failure: Failure | None = None
    wave: str = ""
    hosts: tuple[str, ...] = field(default=())


def event_types() -> dict[str, type[Event]]:
    """Give every kind of event by its name, for reading a journal."""
    # Not by __subclasses__(): a dataclass with slots leaves a twin of itself there until the collector comes by.
    known = {name: kind for name, kind in globals().items() if isinstance(kind, type) and issubclass(kind, Event)}
    return {name: kind for name, kind in known.items() if kind not in {Event, HostEvent}}
