"""The loop, with doors that answer at once: what is carried out, in which order, and who is told."""

import queue
import signal
import threading
from dataclasses import dataclass, field, replace

from deployer import events as ev
from deployer.clock import SystemClock
from deployer.executor import Executor, Hands, Inbox
from deployer.facts import Act, Failure, HealthLook, HostFacts, LossKind, Outcome, Receipt, UnitLook, Verb, WaveScope
from deployer.gates.health import Wanted
from deployer.plan.judging import CommandGate, ErrorRule, JournalGate, Metrics, Scrape
from deployer.plan.model import Bake, Expect, Gates, Health, Host, Plan, ReleaseJson, Socket, Wave
from deployer.readings import CommandResult, Counted, JournalLook, Reading, Subject
from deployer.rollout.state import RolloutState, begin

HEALTH = Health(
    "http://127.0.0.1/", Expect(release=ReleaseJson("release")), interval=0.01, rise=2, stable_for=0.02, deadline=2
)


@dataclass(slots=True)
class Door:
    """A host that does as it is told; `answers` is the status of the new release, `acts` what was asked of it.

    Looks at its new release break from number `sound` on, and the first `unreadable` ones at its journal.
    """

    name: str
    inbox: Inbox
    answers: int = 200
    acts: list[Act] = field(default_factory=list)
    asked: int = 0
    block: threading.Event | None = None
    lines: tuple[str, ...] = ()
    sound: int = 10**9
    unreadable: int = 0

    def act(self, act: Act) -> ev.Event:
        self.acts.append(act)
        if act is Act.ACTIVATE and self.block is not None:
            self.block.wait(30)
        if act is Act.ACTIVATE and self.answers == 0:
            raise RuntimeError("a bug")
        return self._ended(act)

    def _ended(self, act: Act) -> ev.Event:
        at, host = 1.0, self.name
        if act in {Act.ACTIVATE, Act.REVERT}:
            invocation = act.value
            self.inbox.put(ev.UnitSeen(at=at, host=host, look=_unit(invocation)))
            receipt = Receipt(1, 2, invocation, 7, "55", "55")
            if act is Act.ACTIVATE:
                return ev.HostActivated(at=at, host=host, receipt=receipt)
            return ev.HostRestored(at=at, host=host, receipt=receipt, release="r1")
        look = HealthLook("host", 200, "r1")
        return {
            Act.INSPECT: ev.HostInspected(at=at, host=host, facts=HostFacts("r1", way_back="r1", inode="55")),
            Act.OBSERVE: ev.HostObserved(at=at, host=host, current="r1", pending="", look=look),
            Act.STAGE: ev.HostStaged(at=at, host=host, sent=10),
            Act.CONFIRM: ev.HostConfirmed(at=at, host=host),
            Act.UNSTAGE: ev.HostUnstaged(at=at, host=host),
            Act.COMMAND: ev.CommandEnded(at=at, host=host, result=CommandResult(0)),
        }.get(act, ev.HostPruned(at=at, host=host))

    def ask(self, wanted: Wanted) -> tuple[HealthLook, ...]:
        self.asked += 1
        if wanted.release == "r2":
            self.sound -= 1
        if wanted.release == "r2" and self.sound < 0:
            raise OverflowError("a bug")
        status = self.answers if wanted.release == "r2" else 200
        return (HealthLook("host", status, wanted.release),)

    def journal(self) -> JournalLook:
        self.unreadable -= 1
        if self.unreadable >= 0:
            raise OverflowError("a bug")
        return JournalLook(Act.ACTIVATE.value, self.lines, len(self.lines))

    def beat(self) -> None: ...

    def rest(self) -> None: ...


def _unit(invocation: str) -> UnitLook:
    return UnitLook("active", "running", "success", 7, invocation, 0, inode="55", held=True, clock=3)


def _plan(*names: str) -> Plan:
    hosts = tuple(Host(name, name, "root", 22) for name in names)
    return Plan(
        "app", "/srv/app", "dist", hosts, (Wave("canary", names[:1]), Wave("full", names[1:])), Gates(HEALTH),
        socket=Socket("app.socket"),
    )  # fmt: skip


@dataclass(slots=True)
class Stage:
    """A rollout of r2 to two hosts; `bad` of all that is read of the metrics went wrong, readings `unread` break."""

    answers: int = 200
    gates: Gates = field(default_factory=lambda: Gates(HEALTH))
    bake: Bake = field(default_factory=Bake)
    bad: int = 0
    unread: tuple[int, ...] = ()
    read: list[Subject] = field(default_factory=list)
    inbox: Inbox = field(default_factory=queue.SimpleQueue)
    told: list[ev.Event] = field(default_factory=list)
    doors: dict[str, Door] = field(default_factory=dict)

    def run(self) -> RolloutState:
        plan, clock = _plan("web-1", "web-2"), SystemClock()
        plan = replace(plan, gates=self.gates, waves=tuple(replace(wave, bake=self.bake) for wave in plan.waves))
        self.doors = self.doors or {name: Door(name, self.inbox, self.answers) for name in ("web-1", "web-2")}
        sinks = (self.told.append,)
        hands = Hands(self.doors, lambda _due, _state: None, self.meter)
        executor = Executor(plan, hands, sinks, clock, self.inbox)
        waves = tuple(WaveScope(wave.name, wave.hosts) for wave in plan.waves)
        first = ev.RolloutStarted(
            at=clock.now(), rollout="1", verb=Verb.APPLY, service="app", release="r2", digest="", waves=waves
        )
        return executor.run(begin(plan, Verb.APPLY, "r2", clock.now()), first)

    def meter(self, subject: Subject) -> Reading:
        """Count a thousand requests, after a first reading that is a warmup."""
        self.read.append(subject)
        if self.read.count(subject) in self.unread:
            raise OverflowError("a bug")
        return Reading((Counted("errors", bad=self.bad, total=1000),), ready=self.read.count(subject) > 1)

    def of_kind(self, kind: type[ev.Event]) -> list[ev.Event]:
        """Give the events of one kind."""
        return [event for event in self.told if isinstance(event, kind)]


def test_a_good_release_takes_six_acts_per_host_and_the_sinks_hear_of_everything_in_order() -> None:
    stage = Stage()
    state = stage.run()
    assert state.outcome is Outcome.SUCCEEDED
    happy = [Act.INSPECT, Act.OBSERVE, Act.STAGE, Act.ACTIVATE, Act.CONFIRM, Act.PRUNE]
    assert [door.acts for door in stage.doors.values()] == [happy, happy]
    assert isinstance(stage.told[0], ev.RolloutStarted)
    assert isinstance(stage.told[-1], ev.RolloutFinished)
    assert sum(isinstance(event, ev.HealthSeen) for event in stage.told) >= 4


def test_a_bad_canary_goes_back_and_the_next_wave_is_never_touched() -> None:
    stage = Stage(answers=500)
    state = stage.run()
    assert (state.outcome, state.exit_code) == (Outcome.ROLLED_BACK, 1)
    assert Act.REVERT in stage.doors["web-1"].acts
    assert Act.ACTIVATE not in stage.doors["web-2"].acts


def test_a_bug_on_one_host_is_a_failure_of_that_host_and_it_goes_back() -> None:
    stage = Stage(answers=0)
    state = stage.run()
    assert state.outcome is Outcome.ROLLED_BACK
    failed = next(event for event in stage.told if isinstance(event, ev.ActFailed))
    assert failed.failure == Failure(LossKind.ACTIVATION, "bug", failed.failure.message)
    assert "RuntimeError('a bug')" in failed.failure.message


def test_a_cancel_ends_the_rollout_though_an_act_hangs() -> None:
    stage = Stage()
    blocked = threading.Event()
    stage.doors = {
        "web-1": Door("web-1", stage.inbox, block=blocked),
        "web-2": Door("web-2", stage.inbox),
    }
    threading.Timer(
        0.3, lambda: stage.inbox.put(ev.CancelRequested(at=SystemClock().now(), signal=signal.SIGTERM))
    ).start()
    state = stage.run()
    blocked.set()
    assert (state.outcome, state.exit_code) == (Outcome.CANCELLED, 143)
    assert [event.host for event in stage.told if isinstance(event, ev.HostStranded)] == ["web-1"]
    assert Act.ACTIVATE not in stage.doors["web-2"].acts


ERRORS = ErrorRule(name="errors", max=0.01, errors="errors_total", total="requests_total")
MEASURED = Gates(HEALTH, metrics=Metrics(Scrape("http://127.0.0.1/metrics"), (ERRORS,), 0.01, 1.0, 0.0))


def test_metrics_are_read_over_and_over_of_each_host_that_proved_itself_and_judged() -> None:
    stage = Stage(gates=MEASURED, bake=Bake(0.1, 30.0))
    state = stage.run()
    assert state.outcome is Outcome.SUCCEEDED
    assert {subject.hosts for subject in stage.read} == {("web-1",), ("web-2",)}
    assert len(stage.of_kind(ev.MetricsRead)) >= 4
    assert {event.wave for event in stage.told if isinstance(event, ev.WaveJudged)} == {"canary", "full"}


def test_a_rule_that_fails_takes_the_rollout_back_and_nothing_is_read_any_more() -> None:
    stage = Stage(gates=MEASURED, bake=Bake(30.0, 30.0), bad=500)
    state = stage.run()
    assert (state.outcome, state.exit_code) == (Outcome.ROLLED_BACK, 1)
    failed = next(event for event in stage.told if isinstance(event, ev.WaveFailed))
    assert failed.failure.message.startswith("rule errors")
    assert {subject.hosts for subject in stage.read} == {("web-1",)}


def test_the_journal_is_read_of_hosts_on_the_new_release_and_a_forbidden_line_takes_it_back() -> None:
    stage = Stage(gates=Gates(HEALTH, journal=JournalGate(("in use",), 0.01)))
    stage.doors = {"web-1": Door("web-1", stage.inbox), "web-2": Door("web-2", stage.inbox, lines=("in use",))}
    state = stage.run()
    assert state.outcome is Outcome.ROLLED_BACK
    assert {event.host for event in stage.told if isinstance(event, ev.JournalRead)} == {"web-1", "web-2"}
    failed = next(event for event in stage.told if isinstance(event, ev.HostFailed))
    assert (failed.host, failed.gate) == ("web-2", "journal")


def test_the_command_is_run_once_on_each_host_before_it_counts_as_healthy() -> None:
    stage = Stage(gates=Gates(HEALTH, command=CommandGate(("smoke",))))
    assert stage.run().outcome is Outcome.SUCCEEDED
    assert [door.acts.count(Act.COMMAND) for door in stage.doors.values()] == [1, 1]
    kinds = [type(event) for event in stage.told if isinstance(event, ev.CommandEnded | ev.HostHealthy)]
    assert kinds == [ev.CommandEnded, ev.HostHealthy] * 2


def test_a_health_look_that_breaks_counts_as_a_failed_one_and_is_asked_again() -> None:
    stage = Stage(bake=Bake(300.0))
    stage.doors = {"web-1": Door("web-1", stage.inbox, sound=20), "web-2": Door("web-2", stage.inbox)}
    assert stage.run().outcome is Outcome.ROLLED_BACK
    broken = [event.look for event in stage.told if isinstance(event, ev.HealthSeen) and event.look.error]
    assert {(look.source, look.status) for look in broken} == {("host", None)}
    failed = next(event for event in stage.told if isinstance(event, ev.HostFailed))
    assert (failed.gate, failed.failure.code) == ("health", "health-fell")


def test_a_look_at_the_journal_that_breaks_is_made_again() -> None:
    stage = Stage(gates=Gates(HEALTH, journal=JournalGate(("in use",), 0.01)))
    stage.doors = {name: Door(name, stage.inbox, unreadable=2) for name in ("web-1", "web-2")}
    assert stage.run().outcome is Outcome.SUCCEEDED
    errors = [bool(event.look.error) for event in stage.told if isinstance(event, ev.JournalRead)]
    assert errors.count(True) == 4


def test_a_reading_of_metrics_that_breaks_is_a_failed_one_until_one_succeeds() -> None:
    stage = Stage(gates=MEASURED, bake=Bake(0.1, 30.0), unread=(1, 2))
    assert stage.run().outcome is Outcome.SUCCEEDED
    read = [event.reading for event in stage.told if isinstance(event, ev.MetricsRead)]
    failures = [reading.failures for reading in read if reading.failures]
    assert failures == [1, 2, 1, 2]
    assert {each.code for reading in read for each in reading.unmeasured} == {"not-readable"}
