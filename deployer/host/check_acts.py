"""The acts of the verb check: who a connection was taken by, and drop-ins that mend units."""

from dataclasses import dataclass
from typing import ClassVar

from deployer.facts import UnitLook
from deployer.host.acts import NO_SOCKET, Act, WithUnits
from deployer.host.facts import Facts
from deployer.host.look import read_look
from deployer.host.unitfile import UnitFile


@dataclass(frozen=True, slots=True)
class Accepted(Act[tuple[str, ...]]):
    """Find established connections that came from port `peer` (four hex digits).

    The answer are lines of /proc/net/tcp and tcp6, with the table's path and a colon in front.
    """

    name: ClassVar[str] = "accepted"
    peer: str
    timeout: int = 10

    def read(self, facts: Facts) -> tuple[str, ...]:
        """Read the lines."""
        return tuple(line for line in facts.all("accepted") if line)


@dataclass(frozen=True, slots=True)
class MendUnits(WithUnits[UnitLook]):
    """Write drop-ins and have systemd read them; no unit is restarted, and the listener must stay.

    `units` are the drop-ins' texts under the names of their units; an older one of ours is replaced. Codes: `locked`
    (a rollout is at work), `reload`, `listener-lost`, `state`.
    """

    name: ClassVar[str] = "mend"
    units: tuple[UnitFile, ...]
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    timeout: int = 30

    def read(self, facts: Facts) -> UnitLook:
        """Read unit and listener afterwards."""
        return read_look(facts.under("after"))
