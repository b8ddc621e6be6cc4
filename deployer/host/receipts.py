"""What the acts that change a host report back."""

from dataclasses import dataclass

from deployer.facts import UnitLook
from deployer.host.facts import Facts, pairs
from deployer.host.look import read_look


@dataclass(frozen=True, slots=True)
class Staged:
    """A release that is on the host, not live. `already`: it was there with the same digest, nothing was written."""

    already: bool
    bytes: int

    @classmethod
    def read(cls, facts: Facts) -> "Staged":
        """Read the answer of stage."""
        return cls(already=facts.flag("already"), bytes=facts.number("bytes"))


@dataclass(frozen=True, slots=True)
class Times:
    """When systemd last changed the state of the service, in seconds since the host booted; 0: never.

    The service `left` its active state, was `stopped`, began `starting`, and was `up` again.
    """

    left: float = 0.0
    stopped: float = 0.0
    starting: float = 0.0
    up: float = 0.0

    @property
    def drain(self) -> float:
        """Seconds that the old process took to stop; 0 unless the new one was started after it."""
        return self.stopped - self.left if self._restarted else 0.0

    @property
    def boot(self) -> float:
        """Seconds until systemd called the new process up; 0 when it is not."""
        return max(0.0, self.up - self.starting)

    @property
    def gap(self) -> float:
        """Seconds from the end of the old process' service to the new one's being up."""
        return max(0.0, self.up - self.left) if self._restarted else self.boot

    @property
    def _restarted(self) -> bool:
        return 0 < self.left <= self.stopped <= self.starting

    @classmethod
    def read(cls, facts: Facts) -> "Times":
        """Read the pairs, which are microseconds."""
        left, stopped, starting, up = (facts.number(key) / 1e6 for key in ("left", "stopped", "starting", "up"))
        return cls(left, stopped, starting, up)


@dataclass(frozen=True, slots=True)
class Activation:
    """The receipt of activate, confirm or revert. Clocks are the host's, in seconds; 0 when that point was not reached.

    `began` is before anything changed, `switched` when `current` had been renamed, `started` when systemd's job had
    ended; `before` and `after` are full looks at unit and listener around it. `nothing`: there was nothing to do.
    `first`: no release had been current before (after a revert: none is now). `reverted`: activate put everything back
    by itself. `release` is what `current` points to now, `answer` the release value to expect from it after a revert.
    `times` are systemd's own, `socket_invocation` and `socket_result` its socket unit's, which
    asks for a queue of `backlog` connections as far as the kernel allows; the socket was `closed` for so
    many seconds since the activation began. `moved`: a service that held its port by itself was moved behind its
    socket, or back, and `closed` is how long that alone took.
    """

    before: UnitLook
    after: UnitLook
    began: float = 0.0
    switched: float = 0.0
    started: float = 0.0
    nothing: bool = False
    first: bool = False
    reverted: bool = False
    release: str = ""
    answer: str = ""
    times: Times = Times()
    socket_invocation: str = ""
    socket_result: str = ""
    backlog: int = 0
    closed: float = 0.0
    moved: bool = False

    @property
    def listener_kept(self) -> bool:
        """Whether the listeners are the same as before and PID 1 holds them (always so without a socket)."""
        return self.after.held and (not self.before.inode or self.before.inode == self.after.inode)

    @classmethod
    def read(cls, facts: Facts) -> "Activation":
        """Read the answer of activate, confirm or revert."""
        return cls(
            before=read_look(facts.under("before")),
            after=read_look(facts.under("after")),
            began=facts.clock("began"),
            switched=facts.clock("switched"),
            started=facts.clock("started"),
            nothing=facts.flag("nothing"),
            first=facts.flag("first"),
            reverted=facts.flag("reverted"),
            release=facts.one("release"),
            answer=facts.one("answer"),
            times=Times.read(facts.under("times")),
            socket_invocation=facts.one("socket.invocation"),
            socket_result=facts.one("socket.result"),
            backlog=facts.number("socket.backlog"),
            closed=facts.clock("closed"),
            moved=facts.flag("moved"),
        )


@dataclass(frozen=True, slots=True)
class Second:
    """A new release that runs beside the live one, or ran: the answer of begin, peek and dismiss.

    `look` is the copy's own unit (no listener): `active` is `inactive` when it ended well or is gone, `failed` when it
    did not, and `result` says how. `live` is the main unit with its listener, as it was after begin or dismiss (None
    from peek, and when nothing was there). Clocks are the host's, in seconds, 0 when that point was not reached:
    `began` is just before systemd was told to start it, `started` when its job had ended, `ended` when it was stopped.
    `addresses` of a rehearsal are the live address and the private one that stands for it. `journal` are its last
    lines, oldest first, when it did not start, does not run or was dismissed.
    """

    look: UnitLook
    live: UnitLook | None = None
    began: float = 0.0
    started: float = 0.0
    ended: float = 0.0
    addresses: tuple[tuple[str, str], ...] = ()
    journal: tuple[str, ...] = ()

    @classmethod
    def read(cls, facts: Facts) -> "Second":
        """Read the answer of begin, peek or dismiss."""
        live = facts.under("live")
        return cls(
            look=read_look(facts.under("second")),
            live=read_look(live) if live.pairs else None,
            began=facts.clock("began"),
            started=facts.clock("started"),
            ended=facts.clock("ended"),
            addresses=pairs(facts.all("address")),
            journal=tuple(facts.text("journal").splitlines()),
        )


@dataclass(frozen=True, slots=True)
class Pruned:
    """The names of the releases that prune removed."""

    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a failing host looks like: unit and listener, and the last journal lines, oldest first."""

    look: UnitLook
    journal: tuple[str, ...] = ()

    @classmethod
    def read(cls, facts: Facts) -> "Evidence":
        """Read the answer of evidence."""
        return cls(read_look(facts.under("after")), tuple(facts.text("journal").splitlines()))


@dataclass(frozen=True, slots=True)
class Accepting:
    """How a restarted service is, and whether one of its processes has a client's connection open that it `accepts`."""

    look: UnitLook
    accepts: bool

    @classmethod
    def read(cls, facts: Facts) -> "Accepting":
        """Read the answer of accepts."""
        return cls(read_look(facts.under("live")), accepts=facts.flag("accepts"))
