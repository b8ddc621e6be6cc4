"""The acts that put a held rollout on a host's record, and take it off again."""

from dataclasses import dataclass
from typing import ClassVar

from deployer.host.acts import Act
from deployer.host.facts import Facts


@dataclass(frozen=True, slots=True)
class PutOnHold(Act[float]):
    """Put a hold on record, for at most `max` seconds; gives until when, by the host's clock.

    `history` is a line for the history of a host that was switched.
    """

    name: ClassVar[str] = "hold"
    record: str
    max: int
    history: str | None = None
    timeout: int = 60

    def read(self, facts: Facts) -> float:
        """Read until when."""
        return facts.clock("until")


@dataclass(frozen=True, slots=True)
class Unhold(Act[None]):
    """Take a hold off the record. Harmless where there is none."""

    name: ClassVar[str] = "unhold"
    timeout: int = 60

    def read(self, facts: Facts) -> None:
        """Nothing is told of a host that is free."""
