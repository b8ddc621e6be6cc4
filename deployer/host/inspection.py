"""Everything that one look before the rollout tells about a host."""

from dataclasses import dataclass, replace

from deployer.host.aside import Aside
from deployer.host.facts import AnswerError, Facts, pairs, seconds, split_pairs, whole
from deployer.host.hold import Hold
from deployer.host.listeners import Listener, find_listeners, inodes, listening_alone, listening_others
from deployer.host.unitstate import UnitState, read_blocks, read_units


@dataclass(frozen=True, slots=True)
class Pending:
    """An activation that was neither confirmed nor reverted: a rollout that died, or one that runs now.

    `way_back` is the release to go back to (empty on a first deploy), `answer` the release value it answered with,
    `since` seconds since the epoch.
    """

    rollout: str
    release: str
    digest: str
    way_back: str
    answer: str
    first: bool
    since: float


@dataclass(frozen=True, slots=True)
class Good:
    """A release that was confirmed on this host (or was current when sockdeploy came): digest may be empty then.

    `confirmed` is seconds since the epoch; `answer` is the release value that it answers with.
    """

    release: str
    digest: str
    confirmed: float
    answer: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on the way to the releases: who owns it, its permission bits."""

    path: str
    uid: int
    mode: int


@dataclass(frozen=True, slots=True)
class Disk:
    """Free space where `path` is: bytes, and inodes (0 where the file system counts none)."""

    path: str
    free: int
    inodes: int


@dataclass(frozen=True, slots=True)
class UnitOnDisk:
    """A unit file of the plan compared with the host's: `same`, `differs`, `absent`, or `foreign` (it is at `path`)."""

    name: str
    status: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """The facts about one host and service.

    `clock` is the host's, in seconds since the epoch; `ssh_uid` is the user who logged in, before sudo; `tools` are
    the commands found. `current_kind` is `link`, `none` or `other` (a real file or folder); `current_link` the link's
    text, `current` the release it names. `staged` is `no`, `yes` (same digest) or `other` (another digest, or not
    staged by sockdeploy). `writable` is empty when the root (or where it will be) can be written, else why not.
    `cwd` and `exe` are where the main process really is, `runs` what the unit's program and folder lead to when links
    are followed (a line each), `real_releases` the same of the folder of releases. `held_by` is what the holder of the
    lock wrote, empty when free. `siblings` are other socket units that pass sockets to the service. `used` are the
    inodes of the sockets that the service's processes have, None when it has no process; `alone` is where it listens
    with sockets that PID 1 does not hold, `others` where anybody else listens, in kernel form. `memory` is what the
    host has left, `memory_used` what the service has for itself, in bytes (0: not known). `firewall` is `yes` or `no`,
    empty unless that was asked for. `hold` is a rollout that waits for a person.
    `damaged` are the records that are there and cannot be read: `hold`, `pending`. `beside` are the listeners of
    siblings that PID 1 holds. `asides` run beside the live release, or were left of that; `unused` are releases that
    were staged here and are neither good nor current, pending nor the way back. `uptime` is in seconds;
    `socket_changed` are the socket's files, each with when it was changed by `clock`, empty unless that was asked for.
    """

    uid: int
    ssh_uid: int
    ssh_user: str
    clock: float
    boot: str
    systemd: str
    tools: tuple[str, ...]
    current_kind: str
    current_link: str
    current: str
    current_digest: str
    staged: str
    pending: Pending | None
    good: tuple[Good, ...]
    service: UnitState
    socket: UnitState | None
    siblings: tuple[UnitState, ...]
    listeners: tuple[Listener, ...]
    cwd: str
    exe: str
    runs: str
    real_releases: str
    units: tuple[UnitOnDisk, ...]
    folders: tuple[Folder, ...]
    disks: tuple[Disk, ...]
    writable: str
    owner_exists: bool
    locked: bool
    held_by: tuple[tuple[str, str], ...]
    used: frozenset[int] | None = None
    alone: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    memory: int = 0
    memory_used: int = 0
    firewall: str = ""
    hold: Hold | None = None
    damaged: tuple[str, ...] = ()
    beside: tuple[Listener, ...] = ()
    asides: tuple[Aside, ...] = ()
    unused: tuple[str, ...] = ()
    uptime: float = 0.0
    socket_changed: tuple[tuple[str, float], ...] = ()

    @property
    def inode(self) -> str:
        """The listeners' inodes, joined as in UnitLook, those of siblings last."""
        return ",".join(str(listener.inode) for listener in (*self.listeners, *self.beside))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the service is asked, in the order of the inodes."""
        return tuple(listener.address for listener in (*self.listeners, *self.beside))

    @property
    def held(self) -> bool:
        """Whether PID 1 holds every listener of the socket."""
        return all(listener.held for listener in self.listeners)

    @classmethod
    def read(cls, facts: Facts) -> "Inspection":
        """Read the answer of inspect. AnswerError when the host printed something impossible."""
        service, socket = read_units(facts)
        pending, hold, damaged = _records(facts)
        used = inodes(facts.one("used")) if facts.all("used") else None
        return cls(
            uid=facts.number("uid"),
            ssh_uid=facts.number("ssh_uid"),
            ssh_user=facts.one("ssh_user"),
            clock=facts.clock("clock"),
            boot=facts.one("boot"),
            systemd=facts.one("systemd"),
            tools=tuple(facts.one("tools").split()),
            current_kind=facts.one("current_kind", "none"),
            current_link=facts.one("current_link"),
            current=facts.one("current"),
            current_digest=facts.one("current_digest"),
            staged=facts.one("staged", "no"),
            pending=pending,
            good=tuple(_good(line) for line in facts.all("good")),
            service=service,
            socket=socket,
            siblings=tuple(UnitState(block.one("Id"), block) for block in read_blocks(facts.all("sibling"))),
            listeners=find_listeners(
                socket.properties.all("Listen") if socket else (), facts.all("listening"), facts.one("held")
            ),
            cwd=facts.one("cwd"),
            exe=facts.one("exe"),
            runs="\n".join(facts.all("runs")),
            real_releases=facts.one("real_releases"),
            units=tuple(_unit_on_disk(line) for line in facts.all("unit")),
            folders=tuple(_folder(line) for line in facts.all("folder")),
            disks=tuple(_disk(line) for line in facts.all("disk")),
            writable=facts.one("writable"),
            owner_exists=facts.one("owner", "yes") == "yes",
            locked=facts.flag("locked"),
            held_by=split_pairs(facts.all("holder")),
            used=used,
            alone=listening_alone(facts.all("listening"), used or frozenset(), facts.one("held")),
            others=listening_others(facts.all("listening"), used or frozenset()),
            memory=facts.number("memory") * 1024,
            memory_used=facts.number("memory_used"),
            firewall=facts.one("firewall"),
            hold=hold,
            damaged=damaged,
            beside=_beside(facts),
            uptime=facts.number("uptime") / 1000,
            socket_changed=tuple(_change(line) for line in facts.all("socket_changed")),
            asides=tuple(Aside.read(line) for line in facts.all("aside")),
            unused=tuple(facts.one("unused").split()),
        )


def _beside(facts: Facts) -> tuple[Listener, ...]:
    """Find the listeners of siblings; one that is closed on purpose is none."""
    found = []
    for block in read_blocks(facts.all("sibling")):
        listeners = find_listeners(block.all("Listen"), facts.all("listening"), facts.one("held"))
        found += [replace(each, beside=block.one("Id")) for each in listeners if each.held]
    return tuple(found)


def _records(facts: Facts) -> tuple[Pending | None, Hold | None, tuple[str, ...]]:
    """Read the records of what is under way, and name those that are damaged: that is not as if there were none."""
    pending, hold, damaged = None, None, list(facts.all("damaged"))
    try:
        pending = _pending(facts.under("pending"))
    except AnswerError:
        damaged.append("pending")
    try:
        hold = Hold.read(facts.one("hold"))
    except AnswerError:
        damaged.append("hold")
    return pending, hold, tuple(damaged)


def _pending(facts: Facts) -> Pending | None:
    if not facts.one("release"):
        return None
    return Pending(
        rollout=facts.one("rollout"),
        release=facts.one("release"),
        digest=facts.one("digest"),
        way_back=facts.one("way_back"),
        answer=facts.one("answer"),
        first=facts.flag("first"),
        since=facts.clock("since"),
    )


def _good(line: str) -> Good:
    words = Facts(pairs(line.split(" ")))
    return Good(
        words.one("release"), words.one("digest"), words.clock("confirmed"), words.one("answer") or words.one("release")
    )


def _unit_on_disk(line: str) -> UnitOnDisk:
    name, _, rest = line.partition(" ")
    status, _, path = rest.partition(" ")
    return UnitOnDisk(name, status, path)


def _folder(line: str) -> Folder:
    uid, _, rest = line.partition(" ")
    mode, _, path = rest.partition(" ")
    return Folder(path, whole(uid), int(mode, 8) if mode and len(mode) < 6 and set(mode) <= set("01234567") else 0o777)


def _change(line: str) -> tuple[str, float]:
    at, _, path = line.partition(" ")
    return path, seconds(at)


def _disk(line: str) -> Disk:
    blocks, size, inodes, path = (*line.split(" ", 3), "", "", "", "")[:4]
    return Disk(path, whole(blocks) * whole(size), whole(inodes))
