"""A rollout told by hand: events in, decisions out. Declared events are folded as the executor folds them."""

from dataclasses import dataclass, field, replace

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, HostFacts, LossKind, Receipt, UnitLook, Verb
from deployer.gates.verdict import Verdict
from deployer.plan.model import Plan
from deployer.readings import CommandResult, Counted, JournalLook, Reading
from deployer.rollout.decide import decide
from deployer.rollout.decisions import Declare, Do, RunHook
from deployer.rollout.evolve import evolve
from deployer.rollout.metered import metered
from deployer.rollout.state import RolloutState, begin
from deployer.rollout.table import HostState

OLD_RUNS = HostFacts(current="r1", way_back="r1", good=("r1",), inode="10", invocation="old", active=True)
NEW_RUNS = HostFacts(
    current="r2", same=True, staged=True, way_back="r2", good=("r2",), inode="10", invocation="old", active=True
)
RECEIPT = Receipt(switched=1.0, started=1.0, invocation="new", pid=7, inode_before="10", inode_after="10")


def loss(kind: LossKind = LossKind.ACTIVATION, code: str = "broken") -> Failure:
    return Failure(kind, code, "it broke")


@dataclass
class Scene:
    """`state` as it is, `told` every event so far, `asked` the acts and hooks that were asked for and run."""

    plan: Plan
    verb: Verb = Verb.APPLY
    release: str = "r2"
    told: list[ev.Event] = field(default_factory=list)
    asked: list[Do | RunHook] = field(default_factory=list)
    now: float = 1000.0
    approved: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.state: RolloutState = begin(self.plan, self.verb, self.release, self.now, approved=self.approved)
        self.settle()

    def settle(self) -> None:
        """Carry out what follows from the state until there is only waiting to do."""
        while decisions := decide(self.plan, self.state):
            for decision in decisions:
                match decision:
                    case Declare(event=event):
                        self._fold(event)
                    case Do(host=host, act=act):
                        self.asked.append(decision)
                        self._fold(ev.ActStarted(at=self.now, host=host, act=act))
                    case RunHook(point=point, wave=wave):
                        self.asked.append(decision)
                        self._fold(ev.HookStarted(at=self.now, point=point, wave=wave))
        self._tidied()

    def _tidied(self) -> None:
        """After a failed rollout hosts take away at once what was staged; before a switch tests say when."""
        staged = self.busy(Act.UNSTAGE)
        if staged and any(host.switched for host in self.state.hosts.values()):
            self.tell(ev.HostUnstaged(at=self.now, host=staged[0]))

    def _fold(self, event: ev.Event) -> None:
        event = replace(event, at=self.now)
        self.told.append(event)
        self.state = evolve(self.plan, self.state, event)

    def tell(self, *events: ev.Event) -> None:
        """Let something happen, and what follows from it."""
        for event in events:
            self._fold(event)
            self.settle()

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.tell(ev.Ticked(at=self.now))

    def busy(self, act: Act) -> list[str]:
        """Give the hosts on which an act runs."""
        return [host.name for host in self.state.hosts.values() if host.busy is act]

    def where(self, host: str) -> HostState:
        """Say where a host stands."""
        return self.state.hosts[host].state

    def of_kind(self, kind: type[ev.Event]) -> list[ev.Event]:
        """Give the events of one kind."""
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def end(self) -> ev.RolloutFinished:
        """The end of the rollout; fails when it has none."""
        (end,) = self.of_kind(ev.RolloutFinished)
        assert isinstance(end, ev.RolloutFinished)
        return end

    @property
    def failed_wave(self) -> ev.WaveFailed:
        """The one failure of a wave."""
        (failed,) = self.of_kind(ev.WaveFailed)
        assert isinstance(failed, ev.WaveFailed)
        return failed

    @property
    def held(self) -> ev.WaveHeld:
        """The one hold."""
        (held,) = self.of_kind(ev.WaveHeld)
        assert isinstance(held, ev.WaveHeld)
        return held

    @property
    def looks(self) -> list[tuple[str, int, Verdict]]:
        """Every look at a wave: its name, its number, and what the first rule said."""
        looks = [event for event in self.told if isinstance(event, ev.WaveJudged)]
        return [(event.wave, event.look, event.rulings[0].verdict) for event in looks]

    # What hosts say.

    def inspected(self, host: str, facts: HostFacts = OLD_RUNS) -> None:
        """A look at a host tells its facts."""
        self.tell(ev.HostInspected(at=self.now, host=host, facts=facts))

    def observed(self, host: str, facts: HostFacts = OLD_RUNS, *, answers: str | None = None) -> None:
        """The lock is ours, the watch shows what runs, and the health URL has answered."""
        look = HealthLook("host", 200, answers or facts.current) if facts.current else None
        seen = ev.UnitSeen(at=self.now, host=host, look=running(facts.invocation, 0.5))
        ours = ev.HostObserved(at=self.now, host=host, current=facts.current, pending=facts.pending, look=look)
        self.tell(seen, ours)

    def staged(self, host: str) -> None:
        """The upload is there."""
        self.tell(ev.HostStaged(at=self.now, host=host, sent=9))

    def activated(self, host: str) -> None:
        """The release is live and was seen to run."""
        self.tell(ev.HostActivated(at=self.now, host=host, receipt=RECEIPT))
        self.seen(host)

    def seen(self, host: str) -> None:
        """The watch sees the release run."""
        self.tell(ev.UnitSeen(at=self.now, host=host, look=running("new", 2.0)))

    def answers(self, host: str, release: str = "r2", status: int = 200) -> None:
        """The health URL answers."""
        self.tell(ev.HealthSeen(at=self.now, host=host, look=HealthLook("host", status, release)))

    def healthy(self, host: str) -> None:
        """The release is live and answers well."""
        self.activated(host)
        self.answers(host)

    def confirmed(self, host: str, *, prunes: bool = True) -> None:
        """The host has noted that its release is good, and says whether it has others that are no longer kept."""
        self.tell(ev.HostConfirmed(at=self.now, host=host, prunes=prunes))

    def restored(self, host: str, release: str = "r1", *, removed: bool = False) -> None:
        """The way back is live and was seen to run."""
        receipt = replace(RECEIPT, invocation="back", started=3.0)
        self.tell(ev.HostRestored(at=self.now, host=host, receipt=receipt, release=release, removed=removed))
        self.tell(ev.UnitSeen(at=self.now, host=host, look=running("back", 4.0)))

    def reverted(self, host: str, release: str = "r1") -> None:
        """The way back is live and answers well."""
        self.restored(host, release)
        self.answers(host, release)

    def failed(self, host: str, act: Act, kind: LossKind = LossKind.ACTIVATION) -> None:
        """An act says no."""
        self.tell(ev.ActFailed(at=self.now, host=host, act=act, failure=loss(kind)))

    def unknown(self, host: str, act: Act) -> None:
        """Nobody knows how an act ended."""
        self.tell(ev.ActUnknown(at=self.now, host=host, act=act, reason="no exit status"))

    def lost(self, host: str) -> None:
        """The watch breaks."""
        self.tell(ev.HostLost(at=self.now, host=host, reason="keepalive"))

    def read(self, hosts: str, reading: Reading) -> None:
        """The metrics of hosts ("a,b" together) that are read now have been read."""
        (subject,) = (each for each in metered(self.plan, self.state) if each.hosts == tuple(hosts.split(",")))
        self.tell(ev.MetricsRead(at=self.now, subject=subject, reading=reading))

    def counted(self, hosts: str, bad: int, total: int, rule: str = "errors") -> None:
        """So many of all requests since the baseline went wrong."""
        self.read(hosts, Reading((Counted(rule, bad=bad, total=total),)))

    def journal(self, host: str, *matches: str, error: str = "", invocation: str = "new") -> None:
        """The service's journal was read, or could not be."""
        look = JournalLook(invocation, matches, len(matches), error)
        self.tell(ev.JournalRead(at=self.now, host=host, look=look))

    def commanded(self, host: str, code: int | None = 0) -> None:
        """The command gate's command came to its end; None: it could not be run."""
        result = CommandResult(code, "" if code is not None else "lost")
        self.tell(ev.CommandEnded(at=self.now, host=host, result=result))

    def hook_ended(self, point: str, wave: str = "", failure: Failure | None = None) -> None:
        """A hook ends."""
        self.tell(ev.HookEnded(at=self.now, point=point, wave=wave, failure=failure))

    def pruned(self, host: str) -> None:
        """Old releases are gone."""
        self.tell(ev.HostPruned(at=self.now, host=host))

    def prepared(self, **facts: HostFacts) -> "Scene":
        """Go through inspect, lock and stage of every host; `facts` for those that are not as usual."""
        for name in self.state.hosts:
            self.inspected(name, facts.get(name, OLD_RUNS))
        for name in self.state.hosts:
            self.observed(name, facts.get(name, OLD_RUNS))
        for name in self.busy(Act.STAGE):
            self.staged(name)
        return self


def running(invocation: str, clock: float, **changes: str | int) -> UnitLook:
    look = UnitLook("active", "running", "success", 7, invocation, 0, inode="10", held=True, clock=clock)
    return replace(look, **changes)  # type: ignore[arg-type]
