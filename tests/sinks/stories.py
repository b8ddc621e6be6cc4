"""Small rollouts as plain events, the way they come: four hosts in three waves, release r2 over r1."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from deployer import events as ev
from deployer.facts import (
    Act,
    Failure,
    HealthLook,
    HostFacts,
    LossKind,
    Outcome,
    Receipt,
    UnitLook,
    Verb,
    WaveScope,
)
from deployer.sinks.audience import Audience, Listener
from deployer.sinks.redaction import Redaction
from deployer.sinks.story import Story

START = 1767614400.0
"""2026-01-05 12:00:00 UTC; each event comes a second after the one before."""

WAVES = (WaveScope("canary", ("web-1",)), WaveScope("pilot", ("web-2",)), WaveScope("full", ("web-3", "web-4")))
HOSTS = tuple(host for wave in WAVES for host in wave.hosts)
RECEIPT = Receipt(
    switched=START + 30, started=START + 31, invocation="c0ffee", pid=123, inode_before="777", inode_after="777"
)
GOOD = HealthLook("host", status=200, release="r2", seconds=0.012)
BAD = HealthLook("host", status=500, release="r2", body="boom", seconds=0.02)
OLD = HealthLook("host", status=200, release="r1", seconds=0.01)
RUNNING = UnitLook("active", "running", "success", 123, "c0ffee", 0, inode="777", held=True, socket_active="active")
WRONG = Failure(
    LossKind.GATE,
    "wrong-answer",
    "the new release answered wrongly 3 times in a row",
    evidence=("last answer of http://127.0.0.1/healthz: 500", "unit: active (running)", "journal: ValueError: boom"),
)


def told(events: Iterable[ev.Event], redaction: Redaction | None = None, listener: Listener | None = None) -> Story:
    """Tell the events to a listener as a rollout would, and give the story they make."""
    audience = Audience(redaction or Redaction(), [listener] if listener else [])
    for event in events:
        audience(event)
    audience.close()
    return audience.story


class Script:
    """Writes events with times a second apart."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []
        self._seconds = count()

    @property
    def at(self) -> float:
        """Give the next event's time."""
        return START + next(self._seconds)

    def add(self, *events: ev.Event) -> None:
        """Write events."""
        self.events.extend(events)

    def begin(self, waves: Sequence[WaveScope] = WAVES, verb: Verb = Verb.APPLY) -> "Script":
        """Write the beginning of a rollout."""
        self.add(
            ev.RolloutStarted(
                at=self.at, rollout="20260105-1200", verb=verb, service="myapp", release="r2", digest="d1ge57",
                waves=tuple(waves), who="ann", origin="laptop",
            )
        )  # fmt: skip
        return self

    def inspected(self, hosts: Iterable[str] = HOSTS, current: str = "r1") -> "Script":
        """Write that hosts are fit, locked and staged."""
        for host in hosts:
            self.add(ev.ActStarted(at=self.at, host=host, act=Act.INSPECT))
            self.add(ev.HostInspected(at=self.at, host=host, facts=HostFacts(current=current, way_back=current)))
            self.add(ev.HostObserved(at=self.at, host=host, current=current, pending="", look=OLD if current else None))
            self.add(ev.ActStarted(at=self.at, host=host, act=Act.STAGE))
            self.add(ev.HostStaged(at=self.at, host=host, sent=10_000_000))
        return self

    def live(self, host: str, looks: Iterable[HealthLook] = (GOOD, GOOD, GOOD)) -> "Script":
        """Write that the release is live on a host and what it answered."""
        self.add(ev.ActStarted(at=self.at, host=host, act=Act.ACTIVATE))
        self.add(ev.HostActivated(at=self.at, host=host, receipt=RECEIPT))
        self.add(ev.UnitSeen(at=self.at, host=host, look=RUNNING))
        self.add(*(ev.HealthSeen(at=self.at, host=host, look=look) for look in looks))
        return self

    def wave(self, scope: WaveScope) -> "Script":
        """Write a wave that goes well."""
        self.add(ev.WaveStarted(at=self.at, wave=scope.name))
        for host in scope.hosts:
            self.live(host)
            self.add(ev.HostHealthy(at=self.at, host=host, seconds=3.2))
        baking = self.at
        self.add(ev.WaveBaking(at=baking, wave=scope.name, until=baking + 60))
        self.add(ev.WavePassed(at=self.at, wave=scope.name))
        return self

    def fails(self, host: str, wave: str, failure: Failure = WRONG, gate: str = "health") -> "Script":
        """Write that a host fails a gate, and its wave with it."""
        self.add(ev.HostFailed(at=self.at, host=host, failure=failure, gate=gate))
        self.add(ev.WaveFailed(at=self.at, wave=wave, host=host, failure=failure))
        return self

    def reverted(self, *hosts: str, back: str = "r1") -> "Script":
        """Write that hosts are taken back."""
        for host in hosts:
            self.add(ev.ActStarted(at=self.at, host=host, act=Act.REVERT))
            self.add(ev.HostRestored(at=self.at, host=host, receipt=RECEIPT, release=back, removed=not back))
            self.add(ev.HealthSeen(at=self.at, host=host, look=OLD))
            self.add(ev.HostReverted(at=self.at, host=host, release=back))
        return self

    def confirmed(self, *hosts: str) -> "Script":
        """Write that hosts are confirmed and tidied."""
        for host in hosts:
            self.add(ev.HostConfirmed(at=self.at, host=host))
            self.add(ev.HostPruned(at=self.at, host=host))
        return self

    def end(
        self, outcome: Outcome, code: int, failure: Failure | None = None, wave: str = "", hosts: tuple[str, ...] = ()
    ) -> list[ev.Event]:
        """Write the end, and give the whole."""
        end = ev.RolloutFinished(at=self.at, outcome=outcome, exit_code=code, failure=failure, wave=wave, hosts=hosts)
        return [*self.events, end]


def success() -> list[ev.Event]:
    """Tell of a rollout in which all goes well."""
    script = Script().begin().inspected()
    for scope in WAVES:
        script.wave(scope)
    return script.confirmed(*HOSTS).end(Outcome.SUCCEEDED, 0)


def canary_fails() -> list[ev.Event]:
    """Tell of a canary that answers 500."""
    script = Script().begin().inspected()
    script.add(ev.WaveStarted(at=script.at, wave="canary"))
    script.live("web-1", (BAD, BAD, BAD)).fails("web-1", "canary").reverted("web-1")
    return script.end(Outcome.ROLLED_BACK, 1, WRONG, "canary")


def pilot_fails() -> list[ev.Event]:
    """Tell of a release that only fails on the pilot."""
    script = Script().begin().inspected().wave(WAVES[0])
    script.add(ev.WaveStarted(at=script.at, wave="pilot"))
    script.live("web-2", (BAD, BAD, BAD)).fails("web-2", "pilot").reverted("web-2", "web-1")
    return script.end(Outcome.ROLLED_BACK, 1, WRONG, "pilot")


def host_lost() -> list[ev.Event]:
    """Tell of a host that is lost while it proves itself, and cannot be taken back."""
    gone = Failure(LossKind.UNREACHABLE, "connection-lost", "the connection was lost: no route to host")
    script = Script().begin().inspected().wave(WAVES[0]).wave(WAVES[1])
    script.add(ev.WaveStarted(at=script.at, wave="full"))
    script.live("web-3")
    script.add(ev.HostLost(at=script.at, host="web-3", reason="no route to host"))
    script.add(ev.HostStranded(at=script.at, host="web-3", failure=gone))
    script.add(ev.WaveFailed(at=script.at, wave="full", host="web-3", failure=gone))
    script.reverted("web-2", "web-1")
    return script.end(Outcome.INCOMPLETE, 3, gone, "full", ("web-3",))


def cancelled() -> list[ev.Event]:
    """Tell of a rollout that is cancelled while the canary proves itself."""
    unfinished = Failure(LossKind.ACTIVATION, "unfinished", "the rollout was cancelled before this host was confirmed")
    script = Script().begin().inspected()
    script.add(ev.WaveStarted(at=script.at, wave="canary"))
    script.live("web-1")
    script.add(ev.CancelRequested(at=script.at, signal=15))
    script.add(ev.HostStranded(at=script.at, host="web-1", failure=unfinished))
    return script.end(Outcome.CANCELLED, 143)


def refused() -> list[ev.Event]:
    """Tell of a rollout that three findings refuse."""
    findings = [
        Failure(LossKind.REFUSED, "no-socket", "myapp.socket is not active", "systemctl enable --now myapp.socket"),
        Failure(LossKind.REFUSED, "disk-full", "3 MB free in /srv, 30 MB needed", "make room in /srv"),
        Failure(LossKind.UNREACHABLE, "unreachable", "no answer from 10.0.0.13 port 22", "is the host up?"),
    ]
    script = Script().begin().inspected(["web-4"])
    for host, failure in zip(HOSTS, findings, strict=False):
        script.add(ev.ActFailed(at=script.at, host=host, act=Act.INSPECT, failure=failure))
    script.add(ev.HostUnstaged(at=script.at, host="web-4"))
    return script.end(Outcome.REFUSED, 5, findings[0], "canary", HOSTS[:3])


def unchanged() -> list[ev.Event]:
    """Tell of a fleet that runs the release already."""
    script = Script().begin()
    for host in HOSTS:
        script.add(ev.HostInspected(at=script.at, host=host, facts=HostFacts(current="r2", same=True, staged=True)))
        script.add(ev.HostUnchanged(at=script.at, host=host))
    return script.end(Outcome.UNCHANGED, 0)


def tolerated() -> list[ev.Event]:
    """Tell of a success in which one host of the last wave failed, which its wave tolerates."""
    script = Script().begin().inspected().wave(WAVES[0]).wave(WAVES[1])
    script.add(ev.WaveStarted(at=script.at, wave="full"))
    script.live("web-3")
    script.add(ev.HostHealthy(at=script.at, host="web-3", seconds=2.0))
    script.live("web-4", (BAD, BAD, BAD))
    script.add(ev.HostFailed(at=script.at, host="web-4", failure=WRONG, gate="health"))
    script.reverted("web-4")
    script.add(ev.WavePassed(at=script.at, wave="full"))
    return script.confirmed("web-1", "web-2", "web-3").end(Outcome.SUCCEEDED, 0, hosts=("web-4",))


def everyone() -> Iterator[tuple[str, list[ev.Event]]]:
    """Give all stories by name."""
    for story in (success, canary_fails, pilot_fails, host_lost, cancelled, refused, unchanged, tolerated):
        yield story.__name__, story()
