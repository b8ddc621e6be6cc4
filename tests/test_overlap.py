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
from deployer.host.receipts import Second
from deployer.host.source import load_program
from deployer.plan.model import Expect, Gates, Health, Plan, ReleaseJson, Socket, Strategy
from deployer.probes.health import HealthProbe
from deployer.task import Run, Task
from deployer.transport.fake import FakeTransport
from tests.host.fit import SHOWN, inspection
from tests.probes.service import response, serving

HEALTH = Health("http://127.0.0.1:8080/", Expect(release=ReleaseJson("version")), rise=1, stable_for=0.0, fall=2)
PLAN = Plan("app", "/srv/app", "", (), (), Gates(HEALTH), socket=Socket("app.socket"), strategy=Strategy.BRIDGE)
RUNS = Second(UnitLook("active", invocation="i1"), addresses=(("127.0.0.1:8080", "127.0.0.1:39123"),))
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
    done: list[str] = field(default_factory=list)
    told: list[ev.Event] = field(default_factory=list)

    def activate(self) -> ev.Event:
        """Activate release v2."""
        clock = itertools.count(100)
        run = Run(
            self.plan, Task("r", self.verb, "v2"), load_program(), lambda: float(next(clock)),
            lambda _seconds: self.cancelled, self.told.append,
        )  # fmt: skip
        transport = FakeTransport(stream=lambda *_: socket.create_connection(("127.0.0.1", self.port)))
        transport.connect()
        assert self.plan.gates.health
        probe = HealthProbe(self.plan.gates.health, "web-1", transport)
        return Overlap(run, "web-1", Orders(run, self.found), self._call, probe, None).activate(self._switch)

    def _call(self, act: Any) -> Any:
        self.done += [f"{act.name} {act.kind}"] if act.name != "peek" else []
        return self.answers.get(f"{act.name} {act.kind}", RUNS)

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
