"""The acts on a second instance that runs a release beside the live one: begin, peek, dismiss."""

from dataclasses import dataclass
from typing import ClassVar

from deployer.host.acts import NO_SOCKET, SPARE, Act, WithUnits
from deployer.host.facts import Facts
from deployer.host.receipts import Second
from deployer.host.unitfile import UnitFile


@dataclass(frozen=True, slots=True)
class Begin(WithUnits[Second]):
    """Start a release beside the live one, in a copy of the service's unit; whatever of its kind is there goes first.

    `kind` is `rehearsal` (on private sockets) or `bridge` (on the live ones), `units` are `copy.copies` and `privates`
    are `copy.privates`. A start that fails leaves nothing of the copy; codes: `memory`, `not-staged`, `start-failed`,
    `timeout` (systemd's job took longer than `timeout`), `reload`, `listener-lost`, `state`.
    """

    name: ClassVar[str] = "second"
    spare: ClassVar[int] = SPARE
    root: str
    release: str
    kind: str
    units: tuple[UnitFile, ...]
    privates: tuple[str, ...] = ()
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    timeout: int = 60

    def read(self, facts: Facts) -> Second:
        """Read how it started; a Failure's facts can be read the same way."""
        return Second.read(facts)


@dataclass(frozen=True, slots=True)
class Peek(Act[Second]):
    """Look at the copy of that kind: two processes on the host while it runs."""

    name: ClassVar[str] = "peek"
    kind: str
    timeout: int = 30

    def read(self, facts: Facts) -> Second:
        """Read how it is."""
        return Second.read(facts)


@dataclass(frozen=True, slots=True)
class Dismiss(Act[Second]):
    """Stop the copy (`kind` may be `all`) and leave nothing of it; none there: nothing is done. Run again, it finishes.

    It may drain as its unit says, for `timeout` seconds; then it is killed.
    """

    name: ClassVar[str] = "dismiss"
    spare: ClassVar[int] = SPARE
    kind: str
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    timeout: int = 60

    def read(self, facts: Facts) -> Second:
        """Read how it ended; a Failure's facts can be read the same way."""
        return Second.read(facts)
