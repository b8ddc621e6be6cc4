"""What a run is about, the same for every host: the release, its artifact, the unit files, who asked for it."""

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from deployer.events import Event
from deployer.facts import Resumed, Verb
from deployer.fleet.holding import Holding
from deployer.host.source import Program
from deployer.host.unitfile import UnitFile
from deployer.plan.model import Plan


class Listing(Protocol):
    """Two lists of an artifact's files: what a host needs to know of them to say which it lacks."""

    @property
    def attributes(self) -> bytes:
        """How each looks: mode, size, time and path."""
        ...

    @property
    def sums(self) -> bytes:
        """What each holds: SHA-256 and path."""
        ...

    @property
    def packed(self) -> bytes:
        """Both, packed by gzip."""
        ...


class Part(Protocol):
    """A tar stream with some of an artifact's files."""

    @property
    def size(self) -> int:
        """Bytes of it."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of it."""
        ...

    def open(self) -> BinaryIO:
        """Open it for one reader."""
        ...


class Payload(Protocol):
    """An artifact as one reproducible tar stream. Sizes in bytes, digests in hex."""

    @property
    def digest(self) -> str:
        """SHA-256 over what the artifact holds."""
        ...

    @property
    def size(self) -> int:
        """Bytes of its files, unpacked."""
        ...

    @property
    def files(self) -> Sized:
        """Its files."""
        ...

    @property
    def stream_size(self) -> int:
        """Bytes of the tar stream."""
        ...

    @property
    def stream_sha256(self) -> str:
        """SHA-256 of the tar stream."""
        ...

    @property
    def listing(self) -> Listing:
        """The files as a host is told of them, to say which it lacks."""
        ...

    def open(self) -> BinaryIO:
        """Open the tar stream for one reader."""
        ...

    def part(self, lines: Iterable[str]) -> Part:
        """Give the stream less every file that no line of the sums speaks of. ValueError: a line is none of them."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """One run. `payload` None: nothing is sent, the release must be on the hosts (a rollback, a look).

    `who` and `origin` say who started it and where from, for people who find the lock taken. `migrate`: services that
    hold their port by themselves are moved behind their sockets. `expected` is the digest of a release that must be on
    the hosts already. `resumes` is the held rollout that this one goes on with. `aside`: the run only looks on, beside
    whoever brings something out; it takes no lock.
    """

    rollout: str
    verb: Verb
    release: str
    units: tuple[UnitFile, ...] = ()
    payload: Payload | None = None
    who: str = ""
    origin: str = ""
    began: str = ""
    migrate: bool = False
    expected: str = ""
    resumes: Resumed | None = None
    aside: bool = False

    @property
    def digest(self) -> str:
        """The artifact's digest, empty when nobody knows it."""
        return self.payload.digest if self.payload else self.expected

    @property
    def holder(self) -> str:
        """What another run is told about the lock."""
        known = {
            "who": self.who, "from": self.origin, "since": self.began, "rollout": self.rollout,
            "verb": "" if self.aside else self.verb.value, "release": self.release,
        }
        return "\n".join(f"{key}={value}" for key, value in known.items() if value)


@dataclass(frozen=True, slots=True)
class Run:
    """What all hosts of a run share. `now` gives seconds since the epoch, `sleep` is True when it was cut short.

    `holding` knows why the rollout is held, once it is.
    """

    plan: Plan
    task: Task
    program: Program
    now: Callable[[], float]
    sleep: Callable[[float], bool]
    emit: Callable[[Event], None]
    holding: Holding = field(default_factory=Holding)
