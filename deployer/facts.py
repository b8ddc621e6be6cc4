"""What events speak of: failures, looks at a host, receipts. Plain values that survive the way through JSON."""

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What a run does: bring a release out, or go back to one."""

    APPLY = "apply"
    ROLLBACK = "rollback"


class Act(StrEnum):
    """What can be done to one host."""

    INSPECT = "inspect"
    OBSERVE = "observe"
    STAGE = "stage"
    UNSTAGE = "unstage"
    ACTIVATE = "activate"
    CONFIRM = "confirm"
    REVERT = "revert"
    PRUNE = "prune"


class Outcome(StrEnum):
    """How a rollout ended."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    ROLLED_BACK = "rolled-back"
    INCOMPLETE = "rollback-incomplete"
    REFUSED = "refused"
    CANCELLED = "cancelled"


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
    `body` the beginning of the body as text.
    """

    source: str
    status: int | None = None
    release: str | None = None
    error: str = ""
    location: str = ""
    body: str = ""
    seconds: float = 0.0


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
    `restarts` how often systemd says that it restarted it.
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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an activation or a revert did on the host. Times are the host's own clock, seconds since the epoch.

    `restarts` is what systemd counted by then: it goes on counting when a unit that crashed over and over is replaced.
    """

    switched: float = 0.0
    started: float = 0.0
    invocation: str = ""
    pid: int = 0
    inode_before: str = ""
    inode_after: str = ""
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class WaveScope:
    """A wave of this rollout: its name and the hosts taken, in order."""

    name: str
    hosts: tuple[str, ...]
