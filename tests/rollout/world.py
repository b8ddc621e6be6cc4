"""A small world of hosts that do what they are told, or not, each in its own time, by a seeded random source.

It knows what really runs where, so that what the core says at the end can be held against it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, HostFacts, ListenerLook, LossKind, Receipt, UnitLook
from deployer.readings import CommandResult, Counted, JournalLook, Reading, Subject, Unmeasured

RULES = ("one", "two")

OLD, NEW, ELSEWHERE = "r1", "r2", "r0"


@dataclass(slots=True)
class SimHost:
    """What is really so on one host. `sick` are releases that never answer well here, `down`: nobody can connect.

    `held`: a hold is on record, `waited`: what was unconfirmed then still is, `measured`: the new release has answered.
    """

    name: str
    current: str = OLD
    pending: str = ""
    way_back: str = ""
    good: list[str] = field(default_factory=list)
    sick: frozenset[str] = frozenset()
    staged: set[str] = field(default_factory=set)
    starts: int = 1
    restarts: int = 0
    inode: str = "10"
    locked: bool = False
    taken: bool = False
    unfit: bool = False
    down: bool = False
    held: bool = False
    waited: bool = False
    measured: bool = False
    switches: int = 0
    receipt: Receipt = field(default_factory=Receipt)

    @property
    def invocation(self) -> str:
        """The invocation of the running service, "" when there is none."""
        return f"{self.name}{self.starts}" if self.current else ""

    @property
    def back(self) -> str:
        """What a revert would return to."""
        return self.way_back if self.pending else self.current

    def facts(self, wanted: str) -> HostFacts:
        """What an inspection tells."""
        return HostFacts(
            current=self.current,
            same=self.current == wanted,
            staged=wanted in self.staged,
            pending=self.pending,
            way_back=self.back,
            good=tuple(self.good),
            inode=self.inode if self.current else "",
            invocation=self.invocation,
            active=bool(self.current),
            hold="held" if self.held else "",
            waited=self.held and self.waited,
        )

    def look(self, at: float) -> UnitLook:
        """What the watch sees."""
        active = "active" if self.current else "inactive"
        return UnitLook(
            active, "running", "success", 7, self.invocation, self.restarts,
            cwd=f"/srv/myapp/releases/{self.current}", inode=self.inode, held=True, clock=at,
        )

    def switch(self, release: str) -> None:
        """Make a release live."""
        self.current = release
        self.waited = False
        self.switches += 1
        self.starts += 1
        self.restarts = 0


def failure(kind: LossKind = LossKind.ACTIVATION, code: str = "sim") -> Failure:
    return Failure(kind, code, "it did not work")


@dataclass(slots=True)
class World:
    """All hosts, and how often things go wrong (`trouble`, 0..1); `errors` is how often the new release does."""

    release: str
    hosts: dict[str, SimHost]
    random: Random
    trouble: float
    errors: float = 0.0
    counts: dict[Subject, tuple[int, int]] = field(default_factory=dict)
    failures: dict[Subject, int] = field(default_factory=dict)
    now: float = 1000.0

    def chance(self, share: float) -> bool:
        """Throw a die."""
        return self.random.random() < share

    def trips(self, share: float = 1.0) -> bool:
        """Say whether something goes wrong now."""
        return self.chance(self.trouble * share)

    def end(self, host: SimHost, act: Act) -> list[ev.Event]:
        """Carry out an act to its end and give what is heard of it, in order."""
        if host.down:
            host.locked = False
            return [self._unknown(host, act) if self.chance(0.5) else self._failed(host, act, LossKind.UNREACHABLE)]
        acts: dict[Act, Callable[[SimHost], list[ev.Event]]] = {
            Act.INSPECT: self._inspect, Act.OBSERVE: self._observe, Act.STAGE: self._stage, Act.UNSTAGE: self._unstage,
            Act.ACTIVATE: self._activate, Act.MEASURE: self._measure, Act.CONFIRM: self._confirm,
            Act.REVERT: self._revert, Act.PRUNE: self._prune, Act.COMMAND: self._command, Act.HOLD: self._hold,
            Act.UNHOLD: self._unhold,
        }
        return acts[act](host)

    def lose(self, host: SimHost) -> ev.Event:
        """Break the connection; sometimes for good."""
        host.locked = False
        host.down = self.chance(0.3)
        return ev.HostLost(at=self.now, host=host.name, reason="keepalive")

    def health(self, host: SimHost) -> ev.Event:
        """Answer a request for the health URL."""
        release = host.current
        if not release or release == ELSEWHERE or self.trips(0.3):
            return self._looked(host, None, None)
        if release in host.sick:
            return self._looked(host, self.random.choice((500, 500, 503, None)), release)
        return self._looked(host, 200, release)

    def meter(self, subject: Subject) -> ev.Event:
        """Read the metrics of a subject, or do not."""
        self.failures[subject] = self.failures.get(subject, 0) + 1
        if any(self.hosts[name].down for name in subject.hosts) or self.trips(0.5):
            return self._read(subject, Reading(failures=self.failures[subject]))
        self.failures[subject] = 0
        if self.trips(0.3):
            wrong = Unmeasured(self.random.choice(("", *RULES)), "sim", "nobody knows")
            return self._read(subject, self.random.choice((Reading(ready=False), Reading(unmeasured=(wrong,)))))
        bad, total = self.counts.get(subject, (0, 0))
        new = self.random.choice((0, 5, 100)) if self.trouble else 100
        bad, total = bad + (0 if subject.control else round(self.errors * new)), total + new
        self.counts[subject] = bad, total
        for name in subject.hosts:
            self.hosts[name].measured |= not subject.control and total > 0
        return self._read(subject, Reading(tuple(Counted(rule, bad=bad, total=total) for rule in RULES)))

    def journal(self, host: SimHost) -> ev.Event:
        """Read the service's journal, or do not."""
        error = "lost" if host.down or self.trips(0.5) else ""
        matches = ("it hurts",) if self.trips(0.05) and not error else ()
        look = JournalLook(host.invocation, matches, len(matches), error)
        return ev.JournalRead(at=self.now, host=host.name, look=look)

    def _read(self, subject: Subject, reading: Reading) -> ev.Event:
        return ev.MetricsRead(at=self.now, subject=subject, reading=reading)

    def stir(self, host: SimHost) -> list[ev.Event]:
        """Let a service crash, or its listener change, and be seen."""
        if self.chance(0.5):
            host.starts, host.restarts = host.starts + 1, host.restarts + 1
        else:
            host.inode += "0"
        return self._seen(host)

    def _looked(self, host: SimHost, status: int | None, release: str | None) -> ev.Event:
        look = HealthLook("host", status, release if status else None, error="" if status else "refused")
        return ev.HealthSeen(at=self.now, host=host.name, look=look)

    def _seen(self, host: SimHost) -> list[ev.Event]:
        return [ev.UnitSeen(at=self.now, host=host.name, look=host.look(self.now))] if host.locked else []

    def _failed(self, host: SimHost, act: Act, kind: LossKind = LossKind.ACTIVATION) -> ev.Event:
        return ev.ActFailed(at=self.now, host=host.name, act=act, failure=failure(kind))

    def _unknown(self, host: SimHost, act: Act) -> ev.Event:
        return ev.ActUnknown(at=self.now, host=host.name, act=act, reason="no exit status")

    def _inspect(self, host: SimHost) -> list[ev.Event]:
        if host.unfit:
            return [self._failed(host, Act.INSPECT, LossKind.REFUSED)]
        if self.trips(0.2):
            return [self._unknown(host, Act.INSPECT)]
        return [ev.HostInspected(at=self.now, host=host.name, facts=host.facts(self.release))]

    def _observe(self, host: SimHost) -> list[ev.Event]:
        if host.taken or self.trips(0.1):
            return [self._failed(host, Act.OBSERVE, LossKind.LOCKED if host.taken else LossKind.REFUSED)]
        if self.trips(0.2):
            return [self._unknown(host, Act.OBSERVE)]
        host.locked = True
        before = HealthLook("host", 200, host.current) if host.current and host.current not in host.sick else None
        observed = ev.HostObserved(
            at=self.now, host=host.name, current=host.current, pending=host.pending, look=before,
            hold="held" if host.held else "",
        )  # fmt: skip
        return [*self._seen(host), observed]

    def _stage(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.3):
            return [self._failed(host, Act.STAGE, LossKind.STAGING)]
        if self.trips(0.3):
            if self.chance(0.5):
                host.staged.add(self.release)
            return [self._unknown(host, Act.STAGE)]
        already = self.release in host.staged
        host.staged.add(self.release)
        return [ev.HostStaged(at=self.now, host=host.name, sent=0 if already else 9)]

    def _unstage(self, host: SimHost) -> list[ev.Event]:
        host.staged.discard(self.release)
        return [ev.HostUnstaged(at=self.now, host=host.name)]

    def _activate(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.5):
            return [self._failed(host, Act.ACTIVATE) if self.chance(0.5) else self._unknown(host, Act.ACTIVATE)]
        host.way_back = host.back
        host.pending = self.release
        before, inode = host.look(self.now), host.inode
        host.switch(self.release)
        if self.trips(0.5):
            return [self._failed(host, Act.ACTIVATE) if self.chance(0.5) else self._unknown(host, Act.ACTIVATE)]
        receipt = Receipt(before.clock, self.now, host.invocation, 7, inode, host.inode, before=ListenerLook(inode))
        host.receipt = receipt
        return [*self._seen(host), ev.HostActivated(at=self.now, host=host.name, receipt=receipt)]

    def _measure(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.2):
            return [self._failed(host, Act.MEASURE) if self.chance(0.5) else self._unknown(host, Act.MEASURE)]
        before = host.receipt.before or ListenerLook()
        after = replace(before, inode="0" if self.trips(0.2) else host.inode)
        measured = replace(host.receipt, after=after if host.locked else None)
        return [ev.HostMeasured(at=self.now, host=host.name, receipt=measured)]

    def _command(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.2):
            return [self._failed(host, Act.COMMAND) if self.chance(0.5) else self._unknown(host, Act.COMMAND)]
        result = CommandResult(self.random.choice((0, 1, None)) if self.trips() else 0)
        return [ev.CommandEnded(at=self.now, host=host.name, result=result)]

    def _hold(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.2):
            return [self._failed(host, Act.HOLD)]
        host.held, host.waited = True, bool(host.pending)
        if self.trips(0.2):
            return [self._unknown(host, Act.HOLD)]
        return [ev.HostHeld(at=self.now, host=host.name, until=self.now + 1)]

    def _unhold(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.2):
            return [self._failed(host, Act.UNHOLD) if self.chance(0.5) else self._unknown(host, Act.UNHOLD)]
        host.held = False
        return [ev.HostUnheld(at=self.now, host=host.name)]

    def _confirm(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.2):
            return [self._failed(host, Act.CONFIRM)]
        if not self.trips(0.2):
            host.pending = host.way_back = ""
            host.held = False
            host.good.append(self.release)
        if self.trips(0.2):
            return [self._unknown(host, Act.CONFIRM)]
        if host.pending:
            return [self._failed(host, Act.CONFIRM)]
        return [ev.HostConfirmed(at=self.now, host=host.name, prunes=self.chance(0.5))]

    def _revert(self, host: SimHost) -> list[ev.Event]:
        if self.trips(0.2):
            return [self._failed(host, Act.REVERT)]
        if self.trips(0.2):
            return [self._unknown(host, Act.REVERT)]
        if host.pending:
            back = host.way_back
            host.pending = host.way_back = ""
            host.switch(back)
        host.held = False
        if self.trips(0.2):
            return [self._unknown(host, Act.REVERT)]
        receipt = Receipt(self.now, self.now, host.invocation, 7, host.inode, host.inode)
        removed = not host.current
        restored = ev.HostRestored(at=self.now, host=host.name, receipt=receipt, release=host.current, removed=removed)
        return [*self._seen(host), restored]

    def _prune(self, host: SimHost) -> list[ev.Event]:
        if self.trips():
            return [self._failed(host, Act.PRUNE) if self.chance(0.5) else self._unknown(host, Act.PRUNE)]
        return [ev.HostPruned(at=self.now, host=host.name)]
