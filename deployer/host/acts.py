"""The acts of the host program as values: what each needs to be told, and what its answer is.

A field is a `key=value` word of the command line under its own name (`units` travel on standard input, because
arguments are seen by everyone on a host and logged by sudo). None is left out, a tuple repeats its key, a bool is yes
or no. Times are seconds; `timeout` is enforced on the host. `listeners` are made by `listeners.kernel_forms`.
"""

from dataclasses import dataclass, fields
from typing import ClassVar, Generic, TypeVar

from deployer.host.facts import Facts, pairs, unpack
from deployer.host.inspection import Inspection
from deployer.host.receipts import Activation, Evidence, Pruned, Staged
from deployer.host.unitfile import UnitFile

T_co = TypeVar("T_co", covariant=True)
NO_SOCKET = "none"
ASKED = "send=yes"
"""The line that `stage` prints when it has said what it lacks."""

SPARE = 30
"""Seconds beyond its `timeout` that an act gets which ends systemd's job by itself then, and tells how that was."""


@dataclass(frozen=True, slots=True)
class Act(Generic[T_co]):
    """Something the host program can do; T_co is what it answers with."""

    name: ClassVar[str] = ""
    spare: ClassVar[int] = 0
    service: str

    def words(self) -> tuple[tuple[str, str], ...]:
        """Give the act's arguments as key and value, in the order of its fields."""
        return tuple(word for field in fields(self) for word in _words(field.name, getattr(self, field.name)))

    def payload(self) -> bytes:
        """Give what the act reads from standard input, apart from an artifact's stream."""
        return b""

    def read(self, facts: Facts) -> T_co:
        """Read the answer. AnswerError when the host printed something impossible."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class WithUnits(Act[T_co]):
    """An act that carries unit files: their digests as arguments, their text on standard input."""

    def payload(self) -> bytes:
        """One line per unit file: name and base64 of its text."""
        units: tuple[UnitFile, ...] = getattr(self, "units", ())
        return "".join(f"{unit.name} {unit.base64}\n" for unit in units).encode()


@dataclass(frozen=True, slots=True)
class Inspect(Act[Inspection]):
    """Look at everything and change nothing. `release` and `digest` empty: no release is wanted yet (status).

    `thorough` also looks at what only advice is made of.
    """

    name: ClassVar[str] = "inspect"
    root: str
    socket: str = NO_SOCKET
    release: str | None = None
    digest: str | None = None
    owner: str | None = None
    units: tuple[UnitFile, ...] = ()
    thorough: bool | None = None
    timeout: int = 30

    def read(self, facts: Facts) -> Inspection:
        """Read the facts."""
        return Inspection.read(facts)


@dataclass(frozen=True, slots=True)
class Observe(Act[None]):
    """Hold the lock and watch until standard input ends; its lines are read with `observed.Reader`.

    `lock` False: look on beside whoever holds it, and leave everything as it is. `holder` is what another run is told:
    `key=value` lines (who, from, since, rollout, release). `interval` and `full` are milliseconds between cheap and
    full looks; after `silence` seconds without a line it ends by itself.
    """

    name: ClassVar[str] = "observe"
    root: str
    holder: str
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    interval: int = 400
    full: int = 4000
    silence: int = 60
    lock: bool | None = None

    def read(self, facts: Facts) -> None:
        """Nothing is left to read when it has ended."""


@dataclass(frozen=True, slots=True)
class Stage(Act[Staged]):
    """Unpack the tar stream on standard input into root/releases/<release>, not live.

    `stream` is the SHA-256 and `size` the length in bytes of the stream; `digest` is the artifact's digest.
    `shared` entries with a / at the end are folders that are created.

    `stream` None: two lists of `attributes` and `sums` bytes come before the stream, as `Listing` makes them. The host
    takes from its live release what it has of them, prints the lines of what is lacking and then `ASKED`; what comes
    next is a line `SHA256 bytes`, and that stream. `packed`: the lists come as so many bytes that gzip made of them.
    """

    name: ClassVar[str] = "stage"
    root: str
    release: str
    digest: str
    stream: str | None
    size: int
    rollout: str
    owner: str | None = None
    shared: tuple[str, ...] = ()
    attributes: int | None = None
    sums: int | None = None
    packed: int | None = None
    timeout: int = 600

    def read(self, facts: Facts) -> Staged:
        """Read what was done."""
        return Staged.read(facts)


@dataclass(frozen=True, slots=True)
class Compare(Act[None]):
    """Ask for what the live release lacks of two lists, as `Stage` does, and change nothing."""

    name: ClassVar[str] = "compare"
    root: str
    attributes: int | None = None
    sums: int | None = None
    packed: int | None = None
    timeout: int = 120

    def read(self, facts: Facts) -> None:
        """What is lacking was told before the answer."""


@dataclass(frozen=True, slots=True)
class Unstage(Act[bool]):
    """Remove a release that is neither current, nor pending, nor the way back, nor good. True when it was there.

    `every`: remove whatever else was staged and is none of these, too. What runs beside the live release goes first.
    """

    name: ClassVar[str] = "unstage"
    root: str
    release: str
    every: bool | None = None
    timeout: int = 60

    def read(self, facts: Facts) -> bool:
        """Whether something was removed."""
        return bool(facts.all("removed"))


@dataclass(frozen=True, slots=True)
class Activate(WithUnits[Activation]):
    """Make a staged release live. `units` empty: those of its last activation, if known.

    `how` is `restart` or `reload`; a service that does not run, or whose unit files change, is restarted in any case.
    `answer` is the release value that the live service answers now: what a revert's health is judged by. `alone` is
    where a service listens by itself that is to be moved behind its socket, like `listeners`.
    """

    name: ClassVar[str] = "activate"
    spare: ClassVar[int] = SPARE
    root: str
    release: str
    rollout: str
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    answer: str | None = None
    units: tuple[UnitFile, ...] = ()
    guard: bool = True
    how: str = "restart"
    alone: tuple[str, ...] = ()
    timeout: int = 180

    def read(self, facts: Facts) -> Activation:
        """Read the receipt; a Failure's facts can be read the same way."""
        return Activation.read(facts)


@dataclass(frozen=True, slots=True)
class Confirm(Act[bool]):
    """Record that the release is good, lift the guard, forget the way back. Harmless when done before.

    `history` is a line for the host's history, made by `history_line`. True when `Prune` with that `keep` would find
    something to remove, or nobody knows.
    """

    name: ClassVar[str] = "confirm"
    root: str
    release: str
    rollout: str
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    history: str | None = None
    keep: int | None = None
    timeout: int = 60

    def read(self, facts: Facts) -> bool:
        """Read whether there is something to prune."""
        return facts.one("prunes") != "no"


@dataclass(frozen=True, slots=True)
class Revert(Act[Activation]):
    """Go back to the way back of the pending activation. Run again, it finishes.

    Nothing pending: nothing is done. But with `since` (seconds since the epoch by the host's clock, three decimals),
    when service and socket were up, they are brought up again, and it is told for how long the port was closed.
    """

    name: ClassVar[str] = "revert"
    spare: ClassVar[int] = SPARE
    root: str
    rollout: str
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    history: str | None = None
    timeout: int = 180
    since: str | None = None

    def read(self, facts: Facts) -> Activation:
        """Read the receipt; `nothing` says that nothing was pending."""
        return Activation.read(facts)


@dataclass(frozen=True, slots=True)
class Prune(Act[Pruned]):
    """Remove staged releases except current, pending, way back, `release` and the newest `keep` good ones."""

    name: ClassVar[str] = "prune"
    root: str
    keep: int
    release: str | None = None
    timeout: int = 120

    def read(self, facts: Facts) -> Pruned:
        """Read the names of the removed releases."""
        return Pruned(facts.all("removed"))


@dataclass(frozen=True, slots=True)
class History(Act[tuple[tuple[tuple[str, str], ...], ...]]):
    """The last `limit` ended rollouts of the service on this host, oldest first, each as key and value pairs."""

    name: ClassVar[str] = "history"
    limit: int = 20
    timeout: int = 30

    def read(self, facts: Facts) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Read one tuple of pairs per line."""
        return tuple(pairs(line.split(" ")) for line in unpack(facts.one("history")).splitlines())


@dataclass(frozen=True, slots=True)
class LookAt(Act[Evidence]):
    """Evidence for a failing host: unit and listener now, and the journal since `since` (the host's clock, seconds)."""

    name: ClassVar[str] = "evidence"
    socket: str = NO_SOCKET
    listeners: tuple[str, ...] = ()
    since: float = 0.0
    lines: int = 20
    timeout: int = 30

    def read(self, facts: Facts) -> Evidence:
        """Read the evidence."""
        return Evidence.read(facts)


def _words(key: str, value: object) -> tuple[tuple[str, str], ...]:
    match value:
        case None:
            return ()
        case int() if key == "timeout":
            return ((key, str(max(value, 1))),)
        case bool():
            return ((key, "yes" if value else "no"),)
        case UnitFile():
            return ((key.removesuffix("s"), f"{value.name}:{value.sha256}"),)
        case tuple() if key == "units":
            return tuple(word for item in value for word in _words(key, item))
        case tuple():
            return tuple((key.removesuffix("s"), str(item)) for item in value)
        case _:
            return ((key, str(value)),)
