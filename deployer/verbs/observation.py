"""The gates asked of hosts for a while, without a rollout: no lock, the same functions judge.

Nothing is changed on the hosts, except by the plan's own command.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from deployer import events as ev
from deployer.executor import BEAT
from deployer.facts import Act
from deployer.fleet.door import HostDoor
from deployer.fleet.explain import NO_WAY
from deployer.gates.health import WHATEVER_IS_LIVE
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import Health, Plan
from deployer.probes.metrics.meter import meter
from deployer.sinks.gates import Asked
from deployer.verbs.commanded import Commanded
from deployer.verbs.ground import Ground
from deployer.verbs.observed import SINCE_START, Observed, unseen
from deployer.verbs.ruled import Ruled
from deployer.verbs.survey import AT_ONCE

AGAIN = 5.0
"""Seconds between two attempts to reach a host that is not in sight."""

FIRST_LOOK = 10.0
"""Seconds that a host has for its first look at the unit, once it is watched."""

Tell = Callable[[ev.Event], None]

Hear = Callable[[], None]
"""Takes in what was asked, on one thread at a time."""

Ask = Callable[[Executor], Hear]
"""Asks all hosts, and gives what takes the answers in."""


class Observation:
    """Asks in rounds, all hosts at once, each kind in a thread of its own: a slow host delays its kind alone."""

    def __init__(self, ground: Ground, account: Tell, seconds: float) -> None:
        self._plan, self._clock, self._tell, self._seconds = _observed(ground.plan), ground.clock, account, seconds
        began = ground.clock.now()
        waves = {name: wave.name for wave in self._plan.waves for name in wave.hosts}
        self._doors = ground.doors(ground.looking(), self._happened)
        lines = _lines(self._plan)
        self._hosts = {name: Observed(waves[name], began, lines) for name in self._doors}
        self._sighted = {name: threading.Event() for name in self._doors}
        self._commands = Commanded(self._command)
        ways = {name: door.way for name, door in self._doors.items()}
        metrics, read = self._plan.gates.metrics, meter(self._plan, ways, ground.clock, ground.variables)
        self._ruled = Ruled(self._plan, metrics, read, seconds, began) if metrics is not None else None
        self._lock = threading.Lock()
        self._over = False
        self._ended = 0.0
        self._bugs: list[Exception] = []

    def run(self) -> None:
        """Ask until the time is over, or the clock is stopped; what is heard later is not told any more.

        Commands that run then are waited for, so that nothing of them is left.
        """
        pool = ThreadPoolExecutor(AT_ONCE)
        hear = self._find_hosts(pool)
        with self._lock:
            hear()
        for ask, interval, pause in self._rounds():
            # Daemons: whoever has seen enough does not wait for a host.
            threading.Thread(target=self._every, args=(interval, ask, pool, pause), daemon=True).start()
        self._clock.sleep(self._seconds)
        with self._lock:
            self._over, self._ended = True, self._clock.now()
        pool.shutdown(wait=False, cancel_futures=True)
        self._commands.finish(self._late)
        if self._bugs:
            raise self._bugs[0]

    def close(self) -> None:
        """Let go of all hosts, at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(HostDoor.close, self._doors.values()))

    def _rounds(self) -> Iterator[tuple[Ask, float, float]]:
        """Give what is asked, how often, and after which pause for the first time (seconds)."""
        gates = self._plan.gates
        if gates.health is not None:
            yield partial(self._ask_health, gates.health), gates.health.interval, 0.0
        if gates.metrics is not None and self._ruled is not None:
            yield partial(self._read_metrics, self._ruled), gates.metrics.interval, 0.0
        if gates.journal is not None:
            yield self._read_journals, gates.journal.interval, 0.0
        yield self._find_hosts, AGAIN, AGAIN
        yield self._beat, BEAT, BEAT

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
        """Give what the gates of every host say: wave, host, judgement."""
        for name, host in self._hosts.items():
            for judged in host.judged(self._plan.gates, self._ended):
                yield host.wave, name, judged

    def passed(self, asked: Asked) -> bool:
        """Say whether everything that decides passes."""
        ruled = self._ruled is None or self._ruled.passed
        return ruled and {judged.verdict for _, _, judged in asked} <= {Verdict.PASS}

    def _ask_health(self, gate: Health, pool: Executor) -> Hear:
        answers = list(pool.map(lambda door: door.ask(WHATEVER_IS_LIVE), self._doors.values()))

        def hear() -> None:
            now = self._clock.now()
            for (name, host), looks in zip(self._hosts.items(), answers, strict=True):
                host.hear(gate, looks, now)
                for look in looks:
                    self._tell(ev.HealthSeen(at=now, host=name, look=look))

        return hear

    def _find_hosts(self, pool: Executor) -> Hear:
        """Watch every host that is not in sight; the command runs once for each, when it is."""
        missing = [name for name, host in self._hosts.items() if not host.seen]
        events = list(pool.map(self._find, missing))

        def hear() -> None:
            for name, event in zip(missing, events, strict=True):
                if event is not None:
                    self._hosts[name].lose(unseen(event))
                elif self._plan.gates.command is not None:
                    self._commands.begin(name)

        return hear

    def _find(self, name: str) -> ev.Event | None:
        """Connect, look at a host and watch it; give how that ended, unless it is in sight then."""
        door = self._doors[name]
        known = door.inspection
        event = door.act(Act.INSPECT)
        if door.inspection is known:
            return event
        self._sighted[name].clear()
        event = door.act(Act.OBSERVE)  # one that is not fit for a rollout is watched all the same
        mute = event.failure if isinstance(event, ev.ActFailed) and event.failure.code == NO_WAY else None
        with self._lock:
            self._hosts[name].mute = mute
        watched = mute is not None or isinstance(event, ev.HostObserved)
        return None if watched and self._sighted[name].wait(FIRST_LOOK) else event

    def _happened(self, event: ev.Event) -> None:
        """Take in what a host tells by itself."""
        with self._lock:
            if self._over:
                return
            match event:
                case ev.UnitSeen(host=name, look=look):
                    self._hosts[name].see(look)
                    self._sighted[name].set()
                case ev.HostLost(host=name):
                    self._hosts[name].lose(unseen(event))
                case _:
                    pass
            self._tell(event)

    def _beat(self, _pool: Executor) -> Hear:
        for door in self._doors.values():
            threading.Thread(target=door.beat, daemon=True).start()
        return lambda: None

    def _read_journals(self, pool: Executor) -> Hear:
        names = [name for name, host in self._hosts.items() if host.seen]
        looks = list(pool.map(lambda name: self._doors[name].journal(), names))

        def hear() -> None:
            for name, look in zip(names, looks, strict=True):
                self._hosts[name].read(look)
                self._tell(ev.JournalRead(at=self._clock.now(), host=name, look=look))

        return hear

    def _command(self, name: str) -> None:
        event = self._doors[name].act(Act.COMMAND)
        with self._lock:
            self._hosts[name].ran(event)
            self._tell(event)

    def _late(self, names: tuple[str, ...]) -> None:
        message = f"the command still runs for {', '.join(names)}: it is waited for until it ends, at most its timeout"
        with self._lock:
            self._tell(ev.Warned(at=self._clock.now(), message=message))

    def _read_metrics(self, ruled: Ruled, pool: Executor) -> Hear:
        readings = ruled.read(pool)
        return lambda: ruled.hear(readings, self._clock.now(), self._tell)


def _lines(plan: Plan) -> str:
    """Say which lines of a journal count: those of a proxy, which stays, cannot be told by the start of the service."""
    proxied = plan.socket is not None and plan.socket.proxy is not None
    return "since this began" if proxied else SINCE_START


def _observed(plan: Plan) -> Plan:
    """Give the plan as it is observed: no host has just come up, so nothing has to warm up."""
    metrics = plan.gates.metrics
    if metrics is None:
        return plan
    return replace(plan, gates=replace(plan.gates, metrics=replace(metrics, warmup=0.0)))
