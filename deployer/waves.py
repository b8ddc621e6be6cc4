"""Events of a wave: started, judged, baking, passed, failed, held."""

from dataclasses import dataclass

from deployer.event import Event, HostEvent
from deployer.facts import Failure
from deployer.rulings import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveStarted(Event):
    """A wave's hosts may now be activated."""

    wave: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveBaking(Event):
    """Every host of the wave is healthy or counted; the wave must now stay good until `until`.

    Rules that cannot say yes by then are given until `latest`; 0 when there are none.
    """

    wave: str
    until: float
    latest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePassed(Event):
    """The wave is good; the next may start."""

    wave: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveFailed(Event):
    """More hosts failed than the wave tolerates, or a hook said no: nothing new is activated from here on."""

    wave: str
    failure: Failure
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveJudged(Event):
    """The metrics of a wave were judged: one ruling per rule. `look` counts from 1 within the wave."""

    wave: str
    look: int
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveHeld(Event):
    """The rollout is to be held: before the wave (it has to be approved), or after it could not be judged.

    `failure` says why; the hosts keep what they run.
    """

    wave: str
    failure: Failure
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHeld(HostEvent):
    """The host has the hold on record, until `until` (seconds since the epoch)."""

    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUnheld(HostEvent):
    """The host has no hold on record any more."""
