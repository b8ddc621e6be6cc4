"""What is asked over and over while a rollout runs: health URLs, journals, metrics.

Each is asked in a thread of its own, which puts what it hears into the inbox, until nobody wants it any more. What
raises is a look that failed, and asked again like one: a gate must not keep its last good look for ever.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from random import Random
from typing import Protocol, TypeVar

from deployer import events as ev
from deployer.clock import Clock
from deployer.facts import HealthLook
from deployer.gates.health import Answer, Wanted, classify, pause
from deployer.plan.model import Health, Plan
from deployer.readings import JournalLook, Meter, Reading, Subject, Unmeasured
from deployer.rollout.metered import metered
from deployer.rollout.state import RolloutState
from deployer.rollout.watch import journaled, watched

Tell = Callable[[ev.Event], None]

Work = Callable[[threading.Event], None]

Look = TypeVar("Look")


class Asked(Protocol):
    """One host, as far as it is asked."""

    def ask(self, wanted: Wanted) -> tuple[HealthLook, ...]:
        """Ask the health URL once from every source."""
        ...

    def journal(self) -> JournalLook:
        """Read the service's journal once."""
        ...


class Polls:
    """Asks what the state wants asked; one thread for each host's health, each host's journal and each subject."""

    def __init__(self, plan: Plan, doors: Mapping[str, Asked], meter: Meter, clock: Clock, tell: Tell) -> None:
        self._plan = plan
        self._doors = doors
        self._meter = meter
        self._clock = clock
        self._tell = tell
        self._running: dict[Hashable, threading.Event] = {}
        self._random = Random()  # noqa: S311 - spreads health looks, keeps no secret

    def follow(self, state: RolloutState) -> None:
        """Have exactly that asked which the state wants now."""
        wanted = {**self._health(state), **self._journals(state), **self._metrics(state)}
        for key in self._running.keys() - wanted.keys():
            self._running.pop(key).set()
        for key, work in wanted.items():
            if key not in self._running:
                stop = self._running[key] = threading.Event()
                # Daemons: a cancelled rollout ends within seconds, whatever a host does.
                threading.Thread(target=work, args=(stop,), daemon=True).start()

    def _health(self, state: RolloutState) -> dict[Hashable, Work]:
        gate = self._plan.gates.health
        if gate is None:
            return {}
        return {("health", host, wanted): self._healthy(host, wanted, gate) for host, wanted in watched(state).items()}

    def _journals(self, state: RolloutState) -> dict[Hashable, Work]:
        gate = self._plan.gates.journal
        if gate is None:
            return {}
        hosts = journaled(self._plan, state)
        return {("journal", host): self._every(gate.interval, self._journal(host)) for host in hosts}

    def _metrics(self, state: RolloutState) -> dict[Hashable, Work]:
        gate = self._plan.gates.metrics
        if gate is None:
            return {}
        subjects = metered(self._plan, state)
        return {subject: self._every(gate.interval, self._reading(subject)) for subject in subjects}

    def _journal(self, host: str) -> Callable[[], ev.Event]:
        def look() -> ev.Event:
            seen = _tried(self._doors[host].journal, lambda error: JournalLook("", error=error))
            return ev.JournalRead(look=seen, host=host, at=self._clock.now())

        return look

    def _reading(self, subject: Subject) -> Callable[[], ev.Event]:
        failures = 0

        def look() -> ev.Event:
            nonlocal failures
            reading = _tried(lambda: self._meter(subject), lambda error: _unread(error, failures + 1))
            failures = reading.failures
            return ev.MetricsRead(reading=reading, subject=subject, at=self._clock.now())

        return look

    def _every(self, interval: float, look: Callable[[], ev.Event]) -> Work:
        def work(stop: threading.Event) -> None:
            while not stop.is_set():
                seen = look()
                if not stop.is_set():
                    self._tell(seen)
                stop.wait(interval)

        return work

    def _healthy(self, host: str, wanted: Wanted, health: Health) -> Work:
        def work(stop: threading.Event) -> None:
            attempt, up = 0, False
            while not stop.is_set():
                looks = _tried(lambda: self._doors[host].ask(wanted), lambda error: _unanswered(health, error))
                if stop.is_set():
                    return  # it was asked about another release
                for look in looks:
                    self._tell(ev.HealthSeen(at=self._clock.now(), host=host, look=look))
                answers = [classify(health.expect, wanted, look) for look in looks]
                down = next((a for a in answers if a in {Answer.NONE, Answer.OTHER}), Answer.GOOD)
                up = up or down is Answer.GOOD  # what has come up is watched at the plan's pace, also when it falls
                stop.wait(pause(Answer.GOOD if up else down, health.interval, attempt, self._random.random()))
                attempt += 1

        return work


def _tried(ask: Callable[[], Look], failed: Callable[[str], Look]) -> Look:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, the thread goes on asking
        return failed(f"the look itself failed ({type(error).__name__}: {error})")


def _unanswered(health: Health, error: str) -> tuple[HealthLook, ...]:
    return tuple(HealthLook(str(source), error=error) for source in health.asked)


def _unread(error: str, failures: int) -> Reading:
    return Reading(unmeasured=(Unmeasured("", "not-readable", error),), failures=failures, ready=False)
