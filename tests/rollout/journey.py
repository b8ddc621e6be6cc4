"""Drives the core through a world: carries out what it decides, lets acts end in any order, watches for danger."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from deployer import events as ev
from deployer.facts import Act, Failure, LossKind, Resumed, Verb
from deployer.plan.judging import Policy
from deployer.plan.model import Plan
from deployer.rollout.decide import decide
from deployer.rollout.decisions import Decision, Declare, Do, RunHook
from deployer.rollout.evolve import evolve
from deployer.rollout.metered import metered
from deployer.rollout.state import HostRecord, RolloutState, begin
from deployer.rollout.table import TOUCHED, HostState
from deployer.rollout.watch import journaled, watched
from tests.rollout.world import World, failure

MOST_EVENTS = 4000
UNDER_LOCK = frozenset(
    {Act.STAGE, Act.UNSTAGE, Act.ACTIVATE, Act.MEASURE, Act.COMMAND, Act.CONFIRM, Act.REVERT, Act.HOLD, Act.UNHOLD,
     Act.PRUNE}
)


@dataclass(slots=True)
class Journey:
    """One rollout in one world. `events` is everything that happened, `hooks_fail` the points whose hooks say no.

    A person has `approved` waves; `resumes` is what is gone on with.
    """

    plan: Plan
    world: World
    verb: Verb = Verb.APPLY
    cancel_after: int | None = None
    hooks_fail: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()
    resumes: Resumed | None = None
    events: list[ev.Event] = field(default_factory=list)
    running: list[Do | RunHook] = field(default_factory=list)

    def run(self) -> RolloutState:
        """Go on until there is an outcome."""
        state = begin(self.plan, self.verb, self.world.release, self.world.now, approved=self.approved)
        if self.resumes is not None:
            started = ev.RolloutStarted(
                at=self.world.now, rollout="second", verb=self.verb, service=self.plan.service,
                release=self.world.release, digest="", waves=(), resumes=self.resumes,
            )  # fmt: skip
            state = self._fold(state, started)
        while state.outcome is None:
            assert len(self.events) < MOST_EVENTS, "the rollout does not end"
            decisions = decide(self.plan, state)
            assert decisions == decide(self.plan, state), "decide gives the same answer to the same question"
            for decision in decisions:
                state = self._carry_out(state, decision)
            if not any(isinstance(decision, Declare) for decision in decisions):
                for event in self._next(state):
                    state = self._fold(state, event)
        assert decide(self.plan, state) == (), "after the end nothing follows"
        return state

    def _fold(self, state: RolloutState, event: ev.Event) -> RolloutState:
        self.events.append(event)
        after = evolve(self.plan, state, event)
        assert after == evolve(self.plan, state, event), "the same event changes the same state in the same way"
        return after

    def _carry_out(self, state: RolloutState, decision: Decision) -> RolloutState:
        match decision:
            case Declare(event=event):
                if isinstance(event, ev.WavePassed):
                    self._assert_passes(state, event.wave)
                return self._fold(state, replace(event, at=self.world.now))
            case Do(host=host, act=act):
                self._assert_may(state, host, act)
                self.running.append(decision)
                return self._fold(state, ev.ActStarted(at=self.world.now, host=host, act=act))
            case RunHook(point=point, wave=wave):
                assert not state.cancelled
                self.running.append(decision)
                return self._fold(state, ev.HookStarted(at=self.world.now, point=point, wave=wave))

    def _next(self, state: RolloutState) -> list[ev.Event]:
        """Let one thing happen, or time go by."""
        world = self.world
        world.now += world.random.choice((0.001, 0.1, 0.5, 1.0))  # no two things are heard of at one moment
        if self.cancel_after is not None and len(self.events) >= self.cancel_after:
            self.cancel_after = None
            return [ev.CancelRequested(at=world.now, signal=15)]
        locked = [host for host in world.hosts.values() if host.locked]
        if locked and world.trips(0.05):
            return [world.lose(world.random.choice(locked))]
        live = [world.hosts[host.name] for host in state.hosts.values() if host.state in TOUCHED]
        if live and world.trips(0.05):
            return world.stir(world.random.choice(live))
        polled = self._polled(state)
        if polled and world.chance(0.5):
            return [world.random.choice(polled)()]
        if self.running and world.chance(0.8):
            return self._end(self.running.pop(world.random.randrange(len(self.running))))
        return [ev.Ticked(at=world.now)]

    def _polled(self, state: RolloutState) -> list[Callable[[], ev.Event]]:
        """Give all that is asked now, each as the way to ask it."""
        world = self.world
        return [
            *(partial(world.health, world.hosts[name]) for name in sorted(watched(state))),
            *(partial(world.journal, world.hosts[name]) for name in sorted(journaled(self.plan, state))),
            *(partial(world.meter, subject) for subject in metered(self.plan, state)),
        ]

    def _assert_passes(self, state: RolloutState, name: str) -> None:
        """No wave passes with a host that was not measured, unless policies say so, or a person who saw it wait."""
        metrics = self.plan.gates.metrics
        rules = [rule for rule in metrics.rules if rule.deciding] if metrics is not None else []
        strict = [rule for rule in rules if Policy.PASS not in {rule.on_inconclusive, rule.on_error}]
        if strict and state.verb.forward:
            for host in state.of_wave(name):
                real = self.world.hosts[host.name]
                waited = self.resumes is not None and real.waited and name in self._accepted
                assert host.state is not HostState.ACTIVE or real.measured or waited

    @property
    def _accepted(self) -> tuple[str, ...]:
        held = self.resumes
        return (*held.accepted, *([] if held.before else [held.wave])) if held else ()

    def _end(self, ending: Do | RunHook) -> list[ev.Event]:
        if isinstance(ending, Do):
            return self.world.end(self.world.hosts[ending.host], ending.act)
        failed: Failure | None = failure(LossKind.HOOK) if ending.point in self.hooks_fail else None
        return [ev.HookEnded(at=self.world.now, point=ending.point, wave=ending.wave, failure=failed)]

    def _assert_may(self, state: RolloutState, name: str, act: Act) -> None:
        host = state.hosts[name]
        assert host.busy is None, "one act at a time on a host"
        assert not state.cancelled, "nothing is begun after a cancel"
        if act in UNDER_LOCK:
            assert host.locked, "what changes a host is done under its lock"
            assert self.world.hosts[name].locked or self.world.hosts[name].down
        if act is Act.ACTIVATE:
            assert state.defeat is None, "nothing is activated after a defeat"
            assert state.held is None, "nothing is activated while the rollout is held"
            assert host.wave in state.approved or not self._needs_approval(host.wave), "nothing without its approval"
            earlier = state.waves[: [wave.name for wave in state.waves].index(host.wave)]
            assert all(wave.passed for wave in earlier), "never past a wave that has not passed"
        if act in {Act.ACTIVATE, Act.REVERT}:
            self._assert_a_place_is_free(state, host, act)

    def _needs_approval(self, name: str) -> bool:
        return any(wave.approve for wave in self.plan.waves if wave.name == name)

    def _assert_a_place_is_free(self, state: RolloutState, host: HostRecord, act: Act) -> None:
        limit = next(wave.max_parallel for wave in self.plan.waves if wave.name == host.wave)
        hosts = state.of_wave(host.wave)
        assert sum(other.busy is act for other in hosts) < limit
        if act is Act.ACTIVATE:
            between = [h for h in hosts if h.state in TOUCHED and not (h.state is HostState.ACTIVE and h.healthy)]
            assert len(between) < limit, "a host takes its place until it has proved itself"
