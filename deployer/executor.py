"""The loop: carries out decisions, receives events, folds them into the state, feeds the sinks.

Everything that happens passes one queue; only the thread that runs `Executor.run` reads it, changes the state and talks
to sinks. Acts, hooks and whatever is polled run in threads of their own and put events into the queue.
"""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from deployer import events as ev
from deployer.clock import Clock
from deployer.facts import Act, Failure, LossKind
from deployer.plan.model import Plan
from deployer.polls import Asked, Polls
from deployer.readings import Meter
from deployer.rollout.decide import decide
from deployer.rollout.decisions import Declare, Do, RunHook
from deployer.rollout.evolve import evolve
from deployer.rollout.state import RolloutState
from deployer.rollout.watch import loaded

TICK = 0.2
"""Seconds after which time itself is an event when nothing else happens."""

BEAT = 15.0
"""Seconds between two signs of life to every host."""

MOST_AT_ONCE = 64
"""Acts that run at the same time; each holds a thread here and a process on a host."""


class Door(Asked, Protocol):
    """One host, as the loop needs it."""

    def act(self, act: Act) -> ev.Event:
        """Carry out an act; give the event of its end."""
        ...

    def beat(self) -> None:
        """Tell the host that the rollout lives."""
        ...

    def rest(self) -> None:
        """Send no more requests of our own, and tell what became of them."""
        ...


Hooks = Callable[[RunHook, RolloutState], Failure | None]
"""Runs the hooks that are due; None when all succeeded."""

Sink = Callable[[ev.Event], None]

Inbox = queue.SimpleQueue[ev.Event]


@dataclass(frozen=True, slots=True)
class Hands:
    """What the loop acts and asks with: a door per host, the user's hooks, and what reads metrics."""

    doors: Mapping[str, Door]
    hooks: Hooks
    meter: Meter


class Executor:
    """Runs a rollout to its end. `sinks` are told every event in order, the journal first.

    `inbox` is where everything that happens is put, from any thread and from signal handlers.
    """

    def __init__(self, plan: Plan, hands: Hands, sinks: tuple[Sink, ...], clock: Clock, inbox: Inbox) -> None:
        self._plan = plan
        self._doors = hands.doors
        self._hooks = hands.hooks
        self._sinks = sinks
        self._clock = clock
        self._queue = inbox
        self._places = threading.Semaphore(MOST_AT_ONCE)
        self._polls = Polls(plan, hands.doors, hands.meter, clock, inbox.put)
        self._loaded: frozenset[str] = frozenset()

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
                    self._spawn(lambda due=decision, at=state: self._hook(due, at))  # type: ignore[misc]
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

    def _hook(self, due: RunHook, state: RolloutState) -> None:
        try:
            failure = self._hooks(due, state)
        except Exception as error:  # noqa: BLE001 - a hook that never ends would hold up every host
            failure = Failure(LossKind.HOOK, "bug", f"the hooks {due.point} failed inside sockdeploy: {error!r}")
        self._queue.put(ev.HookEnded(at=self._clock.now(), point=due.point, wave=due.wave, failure=failure))

    def _beat(self) -> None:
        for door in self._doors.values():
            self._spawn(door.beat)

    def _follow(self, state: RolloutState) -> None:
        """Have that asked which is wanted now; hosts that have proved themselves get no more requests of our own."""
        for host in self._loaded - (now := loaded(state)):
            self._spawn(self._doors[host].rest)
        self._loaded = now
        self._polls.follow(state)
