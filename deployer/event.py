"""What every event has: when it happened, and to which host."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, at `at`."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEvent(Event):
    """Something that happened to one host."""

    host: str
