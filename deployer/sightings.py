"""Events that tell what was seen or measured of a host; none of them is the end of an act that moves it on."""

from dataclasses import dataclass

from deployer.event import Event, HostEvent
from deployer.facts import HealthLook, Receipt, Requests, UnitLook
from deployer.readings import CommandResult, JournalLook, Reading, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRehearsed(HostEvent):
    """The release proved itself on a private socket of the host, with `looks` answers, within `seconds`."""

    seconds: float
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBridged(HostEvent):
    """A bridge serves beside the live release, which is not touched yet: it proved itself within `seconds`."""

    seconds: float
    good: int
    spoiled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStopped(HostEvent):
    """The bridge is gone, `seconds` after it was started.

    Of the `asked` requests that sockdeploy sent to the live address meanwhile it answered `good` well and `spoiled`
    others; of what clients sent it has spoiled a like share.
    """

    seconds: float
    asked: int
    good: int
    spoiled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMeasured(HostEvent):
    """Every gate but the receipt's was satisfied, and the receipt of the activation is complete."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficEnded(HostEvent):
    """Requests of our own stopped. `source` is where they came from, `counts` what became of them, by release."""

    source: str
    counts: tuple[Requests, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSeen(HostEvent):
    """A health URL was asked."""

    look: HealthLook


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSeen(HostEvent):
    """The watch on the host saw the unit or its listener change."""

    look: UnitLook


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTaken(HostEvent):
    """What a failing host looked like before it was taken back: its unit, its listener, its last journal lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRead(HostEvent):
    """The journal gate read the service's journal."""

    look: JournalLook


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnded(HostEvent):
    """The command gate's command for the host came to its end, or could not be run."""

    result: CommandResult


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRead(Event):
    """The metrics of a subject were read, or could not be."""

    subject: Subject
    reading: Reading
