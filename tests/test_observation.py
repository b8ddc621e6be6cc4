"""Gates asked of played hosts without a rollout: what is sent to them, what is told, what becomes of lost ones."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from deployer import events as ev
from deployer.clock import SystemClock
from deployer.gates.verdict import Verdict
from deployer.plan.judging import CommandGate, JournalGate
from deployer.plan.model import Expect, Gates, Health, Host, Plan, Wave
from deployer.sinks.redaction import Redaction
from deployer.transport.base import Process, Result, Stream, TransportError, TransportFailure
from deployer.transport.fake import FakeProcess, FakeTransport
from deployer.verbs.ground import Ground
from deployer.verbs.observation import Observation
from deployer.verbs.survey import survey

HEALTH = Health("http://127.0.0.1:8080/", Expect(), interval=1.0, rise=1, stable_for=0.0, fall=2)
GATES = Gates(HEALTH, journal=JournalGate(("bad",), interval=1.0), command=CommandGate(("smoke",)))
WAVE = Wave("all", ("a",), 1)
PLAN = Plan("app", "/srv/app", "dist", (Host("a", "10.0.0.1", "root", 22),), (WAVE,), gates=GATES)
UNIT = "unit active=active sub=running pid=7 invocation=i1 clock=6.0"


class Quick(SystemClock):
    """A clock by which pauses are short."""

    def sleep(self, seconds: float) -> bool:
        """Pause for a moment."""
        return super().sleep(seconds / 50)


class Watching(FakeProcess):
    """An observe execution on a host that is well."""

    def __init__(self, command: str) -> None:
        super().__init__(_token(command), "current=r1", "clock=5.0", "locked=no", UNIT)

    def send(self, line: str) -> None:
        """Answer a question."""
        super().send(line)
        kind, _, rest = line.partition(" ")
        number = rest.partition(" ")[0]
        match kind:
            case "ask":
                self.say(f"answer id={number} exit=0 status=200 seconds=0.1")
            case "journal":
                self.say(f"journal id={number} found=0 cursor=c")
            case "end":
                self.say("end=ok")


@dataclass
class Played:
    """A host whose sshd forbids forwarding, and which has curl unless `tools` says otherwise."""

    tools: str = "curl"
    smoke: Callable[[], Result] = lambda: Result(0, b"fine\n")
    watches: list[Watching] = field(default_factory=list)
    transport: FakeTransport = field(init=False)

    def __post_init__(self) -> None:
        """Open the way to it."""
        self.transport = FakeTransport(self._answer, process=self._watch, stream=_forbidden)

    def _answer(self, command: str, _stdin: bytes) -> Result:
        if " inspect " in command:
            return Result(0, f"{_token(command)}\ntools={self.tools}\ncurrent=r1\nend=ok\n".encode())
        return self.smoke()

    def _watch(self, command: str) -> Process:
        self.watches.append(Watching(command))
        return self.watches[-1]

    @property
    def asked(self) -> list[str]:
        """The acts that were carried out on it, and with which lock."""
        known = re.compile(r" (inspect|observe) token=|exec (/bin/sh -s)$| (lock=\S+)")
        return [" ".join(filter(None, sum(known.findall(command), ()))) for command in self.transport.commands]


def _token(command: str) -> str:
    found = re.search(r"token=(\w+)", command)
    return found[1] if found else ""


def _forbidden(_address: str, _port: int) -> Stream:
    raise TransportError(TransportFailure.FORWARDING, "sshd does not allow it")


class Told:
    """Hears what is told, and ends the observation as soon as `enough` is so; a minute is too long."""

    def __init__(self, host: Played, enough: Callable[["Told"], bool]) -> None:
        self.events: list[ev.Event] = []
        self._clock, self._enough = Quick(), enough
        transports = {each.name: host.transport for each in PLAN.hosts}
        self.ground = Ground(PLAN, transports, self._clock, Redaction(), {})
        self.observation = Observation(self.ground, self.hear, 60 * 50)

    def hear(self, event: ev.Event) -> None:
        """Hear one event."""
        self.events.append(event)
        if self._enough(self):
            self._clock.stop()

    def has(self, *kinds: type[ev.Event]) -> bool:
        """Say whether events of all these kinds were told."""
        return all(any(isinstance(event, kind) for event in self.events) for kind in kinds)

    def run(self) -> dict[str, Verdict]:
        """Observe to the end; give what each gate says."""
        try:
            self.observation.run()
        finally:
            self.observation.close()
        return {judged.gate: judged.verdict for _, _, judged in self.observation.asked()}


def _all(told: Told) -> bool:
    return told.has(ev.HealthSeen, ev.JournalRead, ev.CommandEnded)


def test_every_gate_is_asked_in_one_execution_that_takes_no_lock() -> None:
    host = Played()
    verdicts = Told(host, _all).run()
    assert verdicts == dict.fromkeys(("health (host)", "unit", "journal", "command"), Verdict.PASS)
    assert host.asked == ["inspect", "observe lock=no", "/bin/sh -s"]


def test_a_host_that_is_lost_is_found_again_and_the_command_is_not_run_again() -> None:
    host = Played()

    def enough(told: Told) -> bool:
        if len(host.watches) == 1 and _all(told) and not told.has(ev.HostLost):
            host.watches[0].end(Result(None, reason="cut"))
        looks = [event.look for event in told.events if isinstance(event, ev.HealthSeen)]
        again = len(host.watches) == 2 and isinstance(told.events[-1], ev.JournalRead)
        return again and looks[-1].status == 200

    assert set(Told(host, enough).run().values()) == {Verdict.PASS}
    assert host.asked == ["inspect", "observe lock=no", "/bin/sh -s", "inspect", "observe lock=no"]


def test_where_there_is_no_way_to_ask_health_is_an_error_and_the_rest_is_asked() -> None:
    verdicts = Told(Played(tools=""), _all).run()
    assert verdicts == {
        "health (host)": Verdict.ERROR, "unit": Verdict.PASS, "journal": Verdict.PASS, "command": Verdict.PASS,
    }  # fmt: skip


def test_of_a_host_that_cannot_be_reached_every_gate_says_so() -> None:
    host = Played()
    host.transport.failure = TransportError(TransportFailure.UNREACHABLE, "nobody is there")
    told = Told(host, lambda told: told.has(ev.HealthSeen))
    verdicts = told.run()
    assert verdicts["unit"] is verdicts["journal"] is Verdict.ERROR
    assert Verdict.PASS not in verdicts.values()
    assert not told.observation.passed(tuple(told.observation.asked()))
    assert host.asked == []


def test_a_command_that_runs_when_the_time_is_over_is_waited_for() -> None:
    late = threading.Event()

    def smoke() -> Result:
        return Result(0) if late.wait(60) else Result(1)

    def enough(told: Told) -> bool:
        if told.has(ev.Warned):
            late.set()
        return told.has(ev.HealthSeen, ev.JournalRead)

    assert Told(Played(smoke=smoke), enough).run()["command"] is Verdict.PASS


def test_status_asks_by_curl_in_one_execution_more_where_forwarding_is_forbidden() -> None:
    host = Played()
    ground = Told(host, _all).ground
    [sight] = survey(PLAN, ground.doors(ground.looking(), lambda _event: None), ask=True)
    assert sight.look is not None
    assert sight.look.status == 200
    assert host.asked == ["inspect", "observe lock=no"]
    assert host.watches[0].sent[-1] == "end"


def test_status_asks_nothing_more_of_a_host_without_curl() -> None:
    host = Played(tools="")
    ground = Told(host, _all).ground
    [sight] = survey(PLAN, ground.doors(ground.looking(), lambda _event: None), ask=True)
    assert sight.look is not None
    assert sight.look.error == "sshd does not allow it"
    assert host.asked == ["inspect"]
