"""The loop: carries out decisions, receives events, folds them into the state, feeds the sinks.

Everything that happens passes one queue; only the thread that runs `Executor.run` reads it, changes the state and talks
to sinks. Acts, hooks and health looks run in threads of their own and put events into the queue.
"""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from deployer import events as ev
from deployer.clock import Clock
from deployer.facts import Act, Failure, HealthLook, LossKind
from deployer.gates.health import Answer, Wanted, classify, pause
from deployer.plan.model import Health, Plan
from deployer.rollout.decide import decide
from deployer.rollout.decisions import Declare, Do, RunHook
from deployer.rollout.evolve import evolve
from deployer.rollout.state import RolloutState
from deployer.rollout.watch import loaded, watched

TICK = 0.2
"""Seconds after which time itself is an event when nothing else happens."""

BEAT = 15.0
"""Seconds between two signs of life to every host."""

MOST_AT_ONCE = 64
"""Acts that run at the same time; each holds a thread here and a process on a host."""


class Door(Protocol):
    """One host, as the loop needs it."""

    def act(self, act: Act) -> ev.Event:
        """Carry out an act; give the event of its end."""
        ...

    def ask(self, wanted: Wanted) -> tuple[HealthLook, ...]:
        """Ask the health URL once from every source."""
        ...

    def beat(self) -> None:
        """Tell the host that the rollout lives."""
        ...

    def rest(self) -> None:
        """Send no more requests of our own, and tell what became of them."""
        ...


Hooks = Callable[[str, str, RolloutState], Failure | None]
"""Runs the hooks of a point and wave; None when all succeeded."""

Sink = Callable[[ev.Event], None]

Inbox = queue.SimpleQueue[ev.Event]


@dataclass(slots=True)
class _Poller:
    """A thread that asks one host's health URL until it is told to stop."""

    wanted: Wanted
    stop: threading.Event


class Executor:
    """Runs a rollout to its end. `sinks` are told every event in order, the journal first.

    `inbox` is where everything that happens is put, from any thread and from signal handlers.
    """

    def __init__(
        self, plan: Plan, doors: Mapping[str, Door], hooks: Hooks, sinks: tuple[Sink, ...], clock: Clock, inbox: Inbox
    ) -> None:
        self._plan = plan
        self._doors = doors
        self._hooks = hooks
        self._sinks = sinks
        self._clock = clock
        self._queue = inbox
        self._places = threading.Semaphore(MOST_AT_ONCE)
        self._pollers: dict[str, _Poller] = {}
        self._loaded: frozenset[str] = frozenset()
        self._random = Random()  # noqa: S311 - spreads health looks, keeps no secret

    def run(self, state: RolloutState, first: ev.Event) -> RolloutState:
        """Go on from `state` until the rollout has an outcome; `first` is told before anything else."""
        state = self._fold(state, first)
        next_beat = self._clock.now() + BEAT
        while state.outcome is None:
            state, waiting = self._advance(state)
            self._follow(state)
            if waiting:
                state = self._receive(state)
            if self._clock.now() >= next_beat:
                next_beat += BEAT
                self._beat()
        self._follow(state)
        return state

    def _advance(self, state: RolloutState) -> tuple[RolloutState, bool]:
        """Carry out what follows from the state; True when there is nothing left to do but wait."""
        decisions = decide(self._plan, replace(state, now=max(state.now, self._clock.now())))
        for decision in decisions:
            match decision:
                case Declare(event=event):
                    state = self._fold(state, replace(event, at=self._clock.now()))
                case Do(host=host, act=act):
                    state = self._fold(state, ev.ActStarted(at=self._clock.now(), host=host, act=act))
                    self._spawn(lambda host=host, act=act: self._act(host, act))  # type: ignore[misc]
                case RunHook(point=point, wave=wave):
                    state = self._fold(state, ev.HookStarted(at=self._clock.now(), point=point, wave=wave))
                    self._spawn(lambda at=state, p=point, w=wave: self._hook(p, w, at))  # type: ignore[misc]
        return state, not any(isinstance(decision, Declare) for decision in decisions)

    def _receive(self, state: RolloutState) -> RolloutState:
        """Fold what has happened, or the passing of time."""
        try:
            state = self._fold(state, self._queue.get(timeout=TICK))
            while True:
                state = self._fold(state, self._queue.get_nowait())
        except queue.Empty:
            return self._fold(state, ev.Ticked(at=self._clock.now()))

    def _fold(self, state: RolloutState, event: ev.Event) -> RolloutState:
        for sink in self._sinks:
            sink(event)
        return evolve(self._plan, state, event)

    def _spawn(self, work: Callable[[], None]) -> None:
        # Daemons: a cancelled rollout ends within seconds, whatever a host does.
        threading.Thread(target=work, daemon=True).start()

    def _act(self, host: str, act: Act) -> None:
        with self._places:
            try:
                event = self._doors[host].act(act)
            except Exception as error:  # noqa: BLE001 - a bug on one host must not leave the others unattended
                failure = Failure(LossKind.ACTIVATION, "bug", f"{act} on {host} failed inside sockdeploy: {error!r}")
                event = ev.ActFailed(at=self._clock.now(), host=host, act=act, failure=failure)
            self._queue.put(event)

    def _hook(self, point: str, wave: str, state: RolloutState) -> None:
        try:
            failure = self._hooks(point, wave, state)
        except Exception as error:  # noqa: BLE001 - a hook that never ends would hold up every host
            failure = Failure(LossKind.HOOK, "bug", f"the hooks {point} failed inside sockdeploy: {error!r}")
        self._queue.put(ev.HookEnded(at=self._clock.now(), point=point, wave=wave, failure=failure))

    def _beat(self) -> None:
        for door in self._doors.values():
            self._spawn(door.beat)

    def _follow(self, state: RolloutState) -> None:
        """Have exactly those hosts asked that must prove something now; those that have done so get a rest."""
        for host in self._loaded - (now := loaded(state)):
            self._spawn(self._doors[host].rest)
        self._loaded = now
        health = self._plan.gates.health
        wanted = watched(state) if health is not None else {}
        for host, poller in list(self._pollers.items()):
            if wanted.get(host) != poller.wanted:
                poller.stop.set()
                del self._pollers[host]
        for host, release in wanted.items():
            if host not in self._pollers and health is not None:
                poller = self._pollers[host] = _Poller(release, threading.Event())
                self._spawn(lambda h=host, p=poller, s=health: self._poll(h, p, s))  # type: ignore[misc]

    def _poll(self, host: str, poller: _Poller, health: Health) -> None:
        attempt, up = 0, False
        while not poller.stop.is_set():
            looks = self._doors[host].ask(poller.wanted)
            if poller.stop.is_set():
                return  # it was asked about another release
            for look in looks:
                self._queue.put(ev.HealthSeen(at=self._clock.now(), host=host, look=look))
            answers = [classify(health.expect, poller.wanted, look) for look in looks]
            down = next((a for a in answers if a in {Answer.NONE, Answer.OTHER}), Answer.GOOD)
            up = up or down is Answer.GOOD  # what has come up is watched at the plan's pace, also when it falls
            poller.stop.wait(pause(Answer.GOOD if up else down, health.interval, attempt, self._random.random()))
            attempt += 1
