"""The gates asked of hosts for a while, without a rollout: no lock, nothing is changed, the same functions judge."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from math import ceil

from deployer import events as ev
from deployer.facts import Act
from deployer.fleet.door import HostDoor
from deployer.gates import rules
from deployer.gates.evidence import Evidence, standing
from deployer.gates.verdict import Judgement, Verdict
from deployer.host.inspection import Inspection
from deployer.plan.judging import Metrics
from deployer.plan.model import Health, Plan
from deployer.probes.metrics.meter import meter
from deployer.readings import Meter, Reading, Subject
from deployer.rollout.metered import subjects
from deployer.rulings import Ruling
from deployer.sinks.gates import Asked
from deployer.verbs.ground import Ground
from deployer.verbs.observed import WANTED, Observed

LOOKS_AT_UNITS = 5.0
"""Seconds between two looks at the units, at least: each runs the host program."""

_AT_ONCE = 32

Tell = Callable[[ev.Event], None]

Hear = Callable[[], None]
"""Takes in what was asked, on one thread at a time."""

Ask = Callable[[Executor], Hear]
"""Asks all hosts, and gives what takes the answers in."""


class Observation:
    """Asks in rounds, all hosts at once, each kind in a thread of its own: a slow host delays its kind alone."""

    def __init__(self, ground: Ground, doors: Mapping[str, HostDoor], account: Tell, seconds: float) -> None:
        self._plan, self._clock, self._tell, self._seconds = _observed(ground.plan), ground.clock, account, seconds
        self._began = ground.clock.now()
        waves = {name: wave.name for wave in self._plan.waves for name in wave.hosts}
        self._doors = doors
        self._hosts = {name: Observed(waves[name], self._began) for name in doors}
        ways = {name: door.way for name, door in doors.items()}
        self._meter: Meter = meter(self._plan, ways, ground.clock, ground.variables)
        self._readings: dict[Subject, Reading] = {}
        self._rulings: dict[str, tuple[Ruling, ...]] = {}
        self._looks = 0
        self._lock = threading.Lock()
        self._over = False
        self._bugs: list[Exception] = []

    def run(self) -> None:
        """Ask until the time is over, or the clock is stopped; what is heard later is not told any more."""
        pool = ThreadPoolExecutor(_AT_ONCE)
        self._see_units(pool)()  # this connects
        for ask, interval, pause in self._rounds():
            # Daemons: whoever has seen enough does not wait for a host.
            threading.Thread(target=self._every, args=(interval, ask, pool, pause), daemon=True).start()
        self._clock.sleep(self._seconds)
        with self._lock:
            self._over = True
        pool.shutdown(wait=False, cancel_futures=True)
        if self._bugs:
            raise self._bugs[0]

    def _rounds(self) -> Iterator[tuple[Ask, float, float]]:
        """Give what is asked, how often, and after which pause for the first time (seconds)."""
        gates, units = self._plan.gates, LOOKS_AT_UNITS
        if gates.health is not None:
            yield partial(self._ask_health, gates.health), gates.health.interval, 0.0
        if gates.metrics is not None:
            yield partial(self._read_metrics, gates.metrics), gates.metrics.interval, 0.0
            units = max(units, gates.metrics.interval)
        yield self._see_units, units, units

    def _every(self, interval: float, ask: Ask, pool: Executor, pause: float) -> None:
        due = self._clock.now() + pause
        try:
            while not self._clock.sleep(max(0.0, due - self._clock.now())):
                hear = ask(pool)
                with self._lock:
                    if self._over:
                        return
                    hear()
                due = max(due + interval, self._clock.now())
        except Exception as error:  # noqa: BLE001 - it is raised where a person sees it
            if not self._over:
                self._bugs.append(error)
                self._clock.stop()

    def asked(self) -> Iterator[tuple[str, str, Judgement]]:
        """Give what health and unit of every host say: wave, host, judgement."""
        for name, host in self._hosts.items():
            for judged in host.judged(self._plan.gates, self._clock.now()):
                yield host.wave, name, judged

    def passed(self, asked: Asked) -> bool:
        """Say whether everything that decides passes."""
        ruled = [ruling.verdict for rulings in self._rulings.values() for ruling in rulings if ruling.deciding]
        unread = self._plan.gates.metrics is not None and not self._rulings
        return not unread and {*ruled, *(judged.verdict for _, _, judged in asked)} <= {Verdict.PASS}

    def _ask_health(self, gate: Health, pool: Executor) -> Hear:
        answers = list(pool.map(lambda door: door.ask(WANTED), self._doors.values()))

        def hear() -> None:
            now = self._clock.now()
            for (name, host), looks in zip(self._hosts.items(), answers, strict=True):
                host.hear(gate, looks, now)
                for look in looks:
                    self._tell(ev.HealthSeen(at=now, host=name, look=look))

        return hear

    def _see_units(self, pool: Executor) -> Hear:
        seen = list(pool.map(_inspected, self._doors.values()))

        def hear() -> None:
            for host, (found, event) in zip(self._hosts.values(), seen, strict=True):
                host.see(found, event)

        return hear

    def _read_metrics(self, metrics: Metrics, pool: Executor) -> Hear:
        asked = self._subjects(metrics)
        readings = list(pool.map(self._meter, asked))

        def hear() -> None:
            for subject, reading in zip(asked, readings, strict=True):
                self._readings[subject] = standing(self._readings.get(subject), reading)
                self._tell(ev.MetricsRead(at=self._clock.now(), subject=subject, reading=reading))
            self._judge(metrics)

        return hear

    def _judge(self, metrics: Metrics) -> None:
        self._looks += 1
        planned = max(1, ceil(self._seconds / metrics.interval))
        for wave in self._plan.waves:
            evidence = self._evidence(wave.name)
            rulings = rules.judge_all([(rule, evidence) for rule in metrics.rules], self._looks, planned)
            self._rulings[wave.name] = rulings
            self._tell(ev.WaveJudged(at=self._clock.now(), wave=wave.name, look=self._looks, rulings=rulings))

    def _subjects(self, metrics: Metrics) -> list[Subject]:
        since = {wave.name: dict.fromkeys(wave.hosts, self._began) for wave in self._plan.waves}
        return [subject for wave, hosts in since.items() for subject in subjects(metrics, wave, hosts)]

    def _evidence(self, wave: str) -> Evidence:
        """Put together a wave's readings, and those of all other waves as its control."""
        own = {subject: reading for subject, reading in self._readings.items() if subject.wave == wave}
        control = tuple(reading for subject, reading in self._readings.items() if subject.wave != wave)
        return Evidence(tuple(own.values()), control, names=tuple(", ".join(subject.hosts) for subject in own))


def _inspected(door: HostDoor) -> tuple[Inspection | None, ev.Event]:
    """Look at a host; one that is not fit for a rollout was seen all the same."""
    known = door.inspection
    event = door.act(Act.INSPECT)
    return (None if door.inspection is known else door.inspection), event


def _observed(plan: Plan) -> Plan:
    """Give the plan as it is observed: no host has just come up, so nothing has to warm up."""
    metrics = plan.gates.metrics
    if metrics is None:
        return plan
    return replace(plan, gates=replace(plan.gates, metrics=replace(metrics, warmup=0.0)))
