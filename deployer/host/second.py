"""The acts on a second instance, which runs a release beside the live one, and the one that tells when it may go."""

from dataclasses import dataclass
from typing import ClassVar

from deployer.host.acts import NO_SOCKET, SPARE, Act, WithUnits
from deployer.host.facts import Facts
from deployer.host.receipts import Accepting, Second
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


@dataclass(frozen=True, slots=True)
class Accepts(Act[Accepting]):
    """See whether the service itself has taken a connection from its listeners, and not what runs beside it.

    It is found among the files that the service's processes have open: so there must be a connection just then.
    """

    name: ClassVar[str] = "accepts"
    socket: str
    listeners: tuple[str, ...] = ()
    timeout: int = 10

    def read(self, facts: Facts) -> Accepting:
        """Read what was seen."""
        return Accepting.read(facts)
