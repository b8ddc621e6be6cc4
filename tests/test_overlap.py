"""The conversation about a second instance with a host of plain values: what is told to it, and how it all ends."""

import itertools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from deployer import events as ev
from deployer.facts import Act, Failure, LossKind, Receipt, UnitLook, Verb
from deployer.fleet.orders import Orders
from deployer.fleet.overlap import Overlap
from deployer.host.facts import Failure as HostFailure
from deployer.host.inspection import Inspection
from deployer.host.receipts import Accepting, Second
from deployer.host.second import Accepts
from deployer.host.source import load_program
from deployer.plan.model import Expect, Gates, Health, Plan, ReleaseJson, Socket, Strategy
from deployer.probes.health import HealthProbe
from deployer.task import Run, Task
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.fake import FakeTransport
from tests.host.fit import SHOWN, inspection
from tests.probes.service import response, serving

HEALTH = Health("http://127.0.0.1:8080/", Expect(release=ReleaseJson("version")), rise=1, stable_for=0.0, fall=2)
PLAN = Plan("app", "/srv/app", "", (), (), Gates(HEALTH), socket=Socket("app.socket"), strategy=Strategy.BRIDGE)
RUNS = Second(UnitLook("active", invocation="i1"), addresses=(("127.0.0.1:8080", "127.0.0.1:39123"),))
ACCEPTS, NOT_YET = Accepting(RUNS.look, accepts=True), Accepting(RUNS.look, accepts=False)
DIED = Second(UnitLook("failed", result="exit-code"), journal=("ValueError: boom",))
ACTIVATED = ev.HostActivated(at=0.0, host="web-1", receipt=Receipt())
FAILED = ev.ActFailed(at=0.0, host="web-1", act=Act.ACTIVATE, failure=Failure(LossKind.ACTIVATION, "start-failed", ""))
WHOLE = ["second rehearsal", "dismiss rehearsal", "second bridge", "switch", "dismiss bridge"]


@dataclass
class Stage:
    """A host that answers acts with `answers` (by name and kind), and a service that answers health on any address."""

    port: int
    plan: Plan = PLAN
    verb: Verb = Verb.APPLY
    found: Inspection = field(default_factory=inspection)
    answers: dict[str, Second | HostFailure] = field(default_factory=dict)
    switched: ev.Event = ACTIVATED
    cancelled: bool = False
    cancelled_later: bool = False
    accepting: Iterator[Accepting | HostFailure] = field(default_factory=lambda: itertools.repeat(ACCEPTS))
    looked: int = 0
    closed: bool = False
    other_port: int = 0
    done: list[str] = field(default_factory=list)
    told: list[ev.Event] = field(default_factory=list)

    def activate(self) -> ev.Event:
        """Activate release v2."""
        clock = itertools.count(100)
        run = Run(
            self.plan, Task("r", self.verb, "v2"), load_program(), lambda: float(next(clock)),
            lambda _seconds: self.cancelled or (self.cancelled_later and "switch" in self.done), self.told.append,
        )  # fmt: skip
        transport = FakeTransport(stream=self._connect)
        transport.connect()
        assert self.plan.gates.health
        probe = HealthProbe(self.plan.gates.health, "web-1", transport)
        return Overlap(run, "web-1", Orders(run, self.found), self._call, probe, None).activate(self._switch)

    def _call(self, act: Any) -> Any:
        if isinstance(act, Accepts):
            self.looked += 1
            return next(self.accepting)
        self.done += [f"{act.name} {act.kind}"] if act.name != "peek" else []
        return self.answers.get(f"{act.name} {act.kind}", RUNS)

    def _connect(self, *_: object) -> socket.socket:
        if self.closed and "switch" in self.done:
            raise TransportError(TransportFailure.FORWARDING, "sshd forbids it")
        moved = self.other_port and "switch" in self.done
        return socket.create_connection(("127.0.0.1", self.other_port if moved else self.port))

    def _switch(self) -> ev.Event:
        self.done.append("switch")
        return self.switched


Make = Callable[..., Stage]


@pytest.fixture
def stage() -> Iterator[Make]:
    """Make stages whose service answers as v2."""
    with serving([response("200 OK", '{"version": "v2"}')]) as service:
        yield lambda **more: Stage(service.port, **more)


def failure(event: ev.Event) -> Failure:
    """Give why an activation failed."""
    assert isinstance(event, ev.ActFailed), event
    return event.failure


def test_a_rehearsal_is_over_before_the_bridge_and_the_bridge_goes_after_the_switch(stage: Make) -> None:
    host = stage(plan=replace(PLAN, rehearse=True))
    event = host.activate()
    assert isinstance(event, ev.HostActivated)
    assert event.at > ACTIVATED.at  # it is live alone from when the bridge was gone
    assert host.done == WHOLE
    assert [type(each) for each in host.told] == [ev.HostRehearsed, ev.HostBridged, ev.BridgeStopped]


def test_a_rehearsal_may_come_before_a_restart(stage: Make) -> None:
    host = stage(plan=replace(PLAN, rehearse=True, strategy=Strategy.RESTART))
    assert isinstance(host.activate(), ev.HostActivated)
    assert host.done == [*WHOLE[:2], "switch"]


def test_a_service_that_does_not_run_has_nothing_to_bridge(stage: Make) -> None:
    host = stage(found=inspection(show=SHOWN.replace("ActiveState=active", "ActiveState=failed", 1)))
    assert isinstance(host.activate(), ev.HostActivated)
    assert host.done == ["switch"]


def test_a_rollback_is_neither_rehearsed_nor_bridged(stage: Make) -> None:
    host = stage(plan=replace(PLAN, rehearse=True), verb=Verb.ROLLBACK)
    assert isinstance(host.activate(), ev.HostActivated)
    assert host.done == ["switch"]


def test_a_second_instance_that_does_not_start_is_told_with_its_journal_and_nothing_is_switched(stage: Make) -> None:
    host = stage(answers={"second bridge": HostFailure("start-failed", "it ended with 3")})
    told = failure(host.activate())
    assert (told.kind, told.code) == (LossKind.GATE, "bridge-start-failed")
    assert told.message.endswith("it ended with 3; the live release was not touched")
    assert host.done == ["second bridge"]


def test_a_second_instance_that_dies_is_told_with_its_journal_and_nothing_is_switched(stage: Make) -> None:
    host = stage(answers={"peek bridge": DIED, "dismiss bridge": DIED})
    told = failure(host.activate())
    assert told.code == "bridge-ended"
    assert "journal: ValueError: boom" in told.evidence
    assert host.done == ["second bridge", "dismiss bridge"]


def test_a_rehearsal_that_the_health_url_cannot_reach_is_ended_and_told(stage: Make) -> None:
    other = replace(RUNS, addresses=(("127.0.0.1:9090", "127.0.0.1:39123"),))
    host = stage(plan=replace(PLAN, rehearse=True), answers={"second rehearsal": other})
    assert failure(host.activate()).code == "rehearsal-address"
    assert host.done == WHOLE[:2]


@pytest.mark.parametrize("lost", ["second bridge", "peek bridge", "dismiss bridge"])
def test_when_the_connection_is_lost_nobody_knows_how_it_ended(stage: Make, lost: str) -> None:
    host = stage(answers={lost: HostFailure("no-answer", "the connection was lost", unknown=True)})
    event = host.activate()
    assert isinstance(event, ev.ActUnknown)
    assert event.reason == "the connection was lost"


def test_a_bridge_goes_on_serving_when_the_switch_failed_until_the_way_back_ends_it(stage: Make) -> None:
    host = stage(switched=FAILED)
    assert host.activate() == FAILED
    assert host.done == ["second bridge", "switch"]


def test_a_cancel_ends_a_bridge_that_still_proves_itself(stage: Make) -> None:
    slow = replace(PLAN, gates=Gates(replace(HEALTH, stable_for=50.0)))
    host = stage(plan=slow, cancelled=True)
    assert failure(host.activate()).kind is LossKind.CANCELLED
    assert host.done == ["second bridge", "dismiss bridge"]


def test_a_bridge_that_proved_itself_after_a_cancel_is_not_followed_by_a_switch(stage: Make) -> None:
    host = stage(cancelled=True)
    assert failure(host.activate()).kind is LossKind.CANCELLED
    assert host.done == ["second bridge", "dismiss bridge"]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (UnitLook("inactive", invocation="a", inode="0", socket_active="inactive"), "the live socket was closed"),
        (UnitLook("inactive", invocation="a", inode="7", held=True), "the live service was stopped"),
        (UnitLook("active", invocation="b", inode="7", held=True), "the live service was restarted"),
    ],
)
def test_a_bridge_that_ends_because_somebody_disturbed_the_live_service_is_not_blamed(
    stage: Make, after: UnitLook, told: str
) -> None:
    begun = replace(RUNS, live=UnitLook("active", invocation="a", inode="7", held=True))
    host = stage(answers={"second bridge": begun, "peek bridge": DIED, "dismiss bridge": replace(DIED, live=after)})
    said = failure(host.activate())
    assert said.code == "bridge-disturbed"
    assert said.message == f"{told} while the new release ran as a bridge, by nothing that this rollout did"
    same = replace(DIED, live=begun.live)
    calm = stage(answers={"second bridge": begun, "peek bridge": DIED, "dismiss bridge": same})
    assert failure(calm.activate()).code == "bridge-ended"


def warnings(host: Stage) -> list[str]:
    """Give what a person was warned of."""
    return [event.message for event in host.told if isinstance(event, ev.Warned)]


def test_a_bridge_goes_when_the_restarted_service_was_seen_to_take_a_connection(stage: Make) -> None:
    unknown_yet = HostFailure("timeout", "it took longer than 10 s")
    host = stage(accepting=iter([NOT_YET, unknown_yet, ACCEPTS]))
    assert isinstance(host.activate(), ev.HostActivated)
    assert (host.looked, host.done[-1]) == (3, "dismiss bridge")
    assert warnings(host) == []


def test_a_restarted_service_that_takes_connections_and_answers_badly_does_not_serve_yet(stage: Make) -> None:
    with serving([response("503 Service Unavailable", '{"version": "v2"}')]) as other:
        host = stage(other_port=other.port)
        assert isinstance(host.activate(), ev.HostActivated)
    assert host.looked > 10
    assert warnings(host) == ["the restarted service was not seen to take a connection within 60 s: its bridge goes"]


def test_a_bridge_does_not_wait_for_a_service_that_has_ended(stage: Make) -> None:
    host = stage(accepting=iter([NOT_YET, Accepting(DIED.look, accepts=False)]))
    assert isinstance(host.activate(), ev.HostActivated)
    assert (host.looked, host.done[-1]) == (2, "dismiss bridge")


def test_a_bridge_whose_connections_nobody_can_open_goes_when_its_time_is_over(stage: Make) -> None:
    host = stage(accepting=itertools.repeat(NOT_YET), closed=True)
    assert isinstance(host.activate(), ev.HostActivated)
    assert host.done[-1] == "dismiss bridge"
    assert 0 < host.looked < 20
    assert len(warnings(host)) == 1


def test_when_the_connection_is_lost_under_the_cover_of_a_bridge_nobody_knows_how_it_ended(stage: Make) -> None:
    host = stage(accepting=iter([HostFailure("no-answer", "the connection was lost", unknown=True)]))
    event = host.activate()
    assert isinstance(event, ev.ActUnknown)
    assert (event.reason, host.done[-1]) == ("the connection was lost", "switch")


def test_a_cancel_ends_the_cover_of_a_bridge(stage: Make) -> None:
    host = stage(accepting=itertools.repeat(NOT_YET), cancelled_later=True)
    assert isinstance(host.activate(), ev.HostActivated)
    assert (host.looked, host.done[-1]) == (0, "dismiss bridge")
