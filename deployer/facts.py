"""What events speak of: failures, looks at a host, receipts. Plain values that survive the way through JSON."""

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What a run does: bring a release out, go back to one, go on after a hold, or take back what is not confirmed."""

    APPLY = "apply"
    ROLLBACK = "rollback"
    RESUME = "resume"
    ABORT = "abort"

    @property
    def forward(self) -> bool:
        """Whether it brings a release out, under gates, and takes it back when one says no."""
        return self in {Verb.APPLY, Verb.RESUME}


class Act(StrEnum):
    """What can be done to one host."""

    INSPECT = "inspect"
    OBSERVE = "observe"
    STAGE = "stage"
    UNSTAGE = "unstage"
    ACTIVATE = "activate"
    MEASURE = "measure"
    CONFIRM = "confirm"
    REVERT = "revert"
    COMMAND = "command"
    HOLD = "hold"
    UNHOLD = "unhold"
    PRUNE = "prune"


class Outcome(StrEnum):
    """How a rollout ended."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    ROLLED_BACK = "rolled-back"
    INCOMPLETE = "rollback-incomplete"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    HELD = "held"


class LossKind(StrEnum):
    """Why a host did not make it."""

    GATE = "gate"                # a gate said no
    ACTIVATION = "activation"    # the act itself failed on the host
    UNREACHABLE = "unreachable"  # no connection
    REFUSED = "refused"          # the host is not fit for a rollout
    STAGING = "staging"          # the upload failed
    LOCKED = "locked"            # another rollout holds the host
    HOOK = "hook"                # a hook that must succeed did not
    DEADLINE = "deadline"        # the time of the whole rollout ran out
    CANCELLED = "cancelled"      # a person or the CI asked to stop before it was done


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something failed. `code` is stable kebab-case, `message` one sentence, `remedy` what to do (may be empty).

    `evidence` holds lines to show as they are: the last answer, the unit's state, journal lines.
    """

    kind: LossKind
    code: str
    message: str
    remedy: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthLook:
    """One answer, or none, of a health URL.

    `status` None: no answer, and `error` says why. `release` is the id that the answer carried, as the plan's
    `expect.release` finds it. `seconds` is the whole request's wall clock. `location` is a redirect's target,
    `body` the beginning of the body as text. `miss` is the class of what kept an answer from coming (see
    `gates.flaws`), `unmet` what the plan expects of the body and is not so.
    """

    source: str
    status: int | None = None
    release: str | None = None
    error: str = ""
    location: str = ""
    body: str = ""
    seconds: float = 0.0
    miss: str = ""
    unmet: str = ""


@dataclass(frozen=True, slots=True)
class UnitLook:
    """A service and its listener at one moment (`clock`: the host's own time, seconds since the epoch).

    `active`, `sub` and `result` are systemd's words, `pid` 0: no main process, `restarts` are those systemd made by
    itself, `cwd` and `exe` are where the main process really is. `inode` names the listening sockets (joined by commas,
    in the order of the socket's addresses; "" when nothing listens), `held` says that PID 1 holds every one of them.
    `socket_active` is the socket unit's state, "" without one.
    """

    active: str
    sub: str = ""
    result: str = ""
    pid: int = 0
    invocation: str = ""
    restarts: int = 0
    cwd: str = ""
    exe: str = ""
    inode: str = ""
    held: bool = False
    socket_active: str = ""
    clock: float = 0.0

    @property
    def running(self) -> bool:
        """Whether systemd calls the service active; one that reloads is."""
        return self.active in {"active", "reloading"}


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What the core needs to know of an inspected host.

    `current` "" means no release is live. `same` says that `current` is the wanted release with the wanted digest
    and unit files, `staged` that the wanted release is there complete. `pending` names a release that was made live
    and never confirmed (a run that died), `way_back` what a revert returns to. `good` are the host's good releases,
    newest first. `inode` is the live listener's, `invocation` the live service's. `answer` is the release value
    that the way back answered, as a run that died left it on record. `active` says that the service runs,
    `restarts` how often systemd says that it restarted it. `moves` says what it means for clients
    that it holds its port by itself and is moved behind its socket, "" where that is not to be done. `hold` is the
    rollout that waits for a person here, `waited`: what is live and not confirmed was so when that was put on record.
    `addresses` are where the service is asked, in the order of the inodes. `aside` says what a run that died has left
    beside the live release, "" for nothing; `unused` are releases that were staged there and never came to be good.
    """

    current: str = ""
    same: bool = False
    staged: bool = False
    pending: str = ""
    way_back: str = ""
    good: tuple[str, ...] = ()
    inode: str = ""
    invocation: str = ""
    answer: str = ""
    active: bool = False
    restarts: int = 0
    moves: str = ""
    hold: str = ""
    waited: bool = False
    addresses: tuple[str, ...] = ()
    aside: str = ""
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListenerLook:
    """A service's listening sockets as the kernel counts them (`clock`: the host's own time, seconds since the epoch).

    `inode` and `cookie` name them (several joined by commas; a cookie is never used again, an inode may be; "" when
    nobody can tell). `limit` is the shortest queue's limit and `drops` what the kernel has thrown away of all queues,
    None when nobody can tell. `queue` connections wait now, `peak` is the most that waited since the last such look.
    `opens` counts the TCP connections that the whole host ever accepted, `uptime` is seconds since it booted.
    """

    inode: str = ""
    cookie: str = ""
    limit: int | None = None
    drops: int | None = None
    queue: int = 0
    peak: int = 0
    opens: int = 0
    uptime: float = 0.0
    clock: float = 0.0


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests of our own that one release answered, or ("") nobody known did. Latencies in seconds, of `ok` ones.

    `bad` had a wrong status, `refused` could not connect, `cut` was closed without a whole answer, `late` got none in
    time, `open` is still without one.
    """

    release: str
    sent: int = 0
    ok: int = 0
    bad: int = 0
    refused: int = 0
    cut: int = 0
    late: int = 0
    open: int = 0
    p50: float = 0.0
    p99: float = 0.0
    slowest: float = 0.0


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A connection of our own that is kept open, and opened again when it ended: `answered` requests came over it.

    It was `closed` so often between two of them, as a server does that stops in order, and `cut` so often during one.
    `kept` False: the service closes after every answer, and nothing more was asked.
    """

    answered: int = 0
    closed: int = 0
    cut: int = 0
    kept: bool = True


@dataclass(frozen=True, slots=True)
class SlowRequest:
    """A request of our own that takes long, sent before the switch, and what became of it.

    `fate` is open while there is no answer, else ok, bad (a wrong status), refused, cut or late. `release` is who
    answered, "" when nobody known did.
    """

    fate: str
    release: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an activation or a revert did on the host. Times are the host's own clock, seconds since the epoch.

    `restarts` is what systemd counted by then: it goes on counting when a unit that crashed over and over is replaced.
    `held` says that systemd held the listener afterwards; `socket_invocation` and `socket_result` are the socket's; its
    unit asks for a queue of `backlog` connections, as far as the kernel allows.
    Seconds: `drain` to stop the old process, `boot` until systemd called the new one up, or until it was first
    `answered` where that was later, `gap` both and what lay between, `closed` how long the port was closed. `cwd`
    and `exe` are where the main process really runs. `before` and `after` are what the kernel counted, None where it
    was not asked. Of our own requests (`source`: where they came from, "" when none were sent) `traffic` has the
    counts, `keep_alive` what became of a connection that was kept open, `slow` of a slow one.
    """

    switched: float = 0.0
    started: float = 0.0
    invocation: str = ""
    pid: int = 0
    inode_before: str = ""
    inode_after: str = ""
    restarts: int = 0
    held: bool = True
    socket_invocation: str = ""
    socket_result: str = ""
    backlog: int = 0
    drain: float = 0.0
    boot: float = 0.0
    gap: float = 0.0
    answered: bool = False
    closed: float = 0.0
    cwd: str = ""
    exe: str = ""
    before: ListenerLook | None = None
    after: ListenerLook | None = None
    source: str = ""
    traffic: tuple[Requests, ...] = ()
    keep_alive: KeepAlive | None = None
    slow: SlowRequest | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """The held rollout that a run goes on with: its id, and the wave it was held at, `before` or after it.

    Who resumes it says yes to that wave: it may begin, or passes. `accepted` are waves that had passed before.
    `earlier` are the rollouts that the held one went on with, the oldest first.
    """

    rollout: str
    wave: str
    before: bool = False
    accepted: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def chain(self) -> tuple[str, ...]:
        """Every rollout that is gone on with: a host may have the hold of any of them on record."""
        return (*self.earlier, self.rollout)


@dataclass(frozen=True, slots=True)
class WaveScope:
    """A wave of this rollout: its name and the hosts taken, in order."""

    name: str
    hosts: tuple[str, ...]
