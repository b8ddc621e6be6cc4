"""Receipts in the core: counted when every other gate is satisfied, judged before the host counts as healthy."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, ListenerLook, LossKind, Outcome, Receipt, Verb
from deployer.plan.model import Wave
from deployer.rollout.table import HostState
from deployer.rollout.watch import loaded
from tests.rollout.plans import plan
from tests.rollout.scene import NEW_RUNS, RECEIPT, Scene

COUNTED = replace(RECEIPT, before=ListenerLook("10", "a1", drops=0))
KEPT = replace(COUNTED, after=ListenerLook("10", "a1", drops=0))
DROPPED = replace(COUNTED, after=ListenerLook("10", "a1", drops=9))


@pytest.fixture
def scene() -> Scene:
    return Scene(plan(Wave("canary", ("a",)), Wave("full", ("b",)))).prepared()


def live(scene: Scene, host: str, receipt: Receipt = COUNTED) -> None:
    """The release is live on a host and answers well."""
    scene.tell(ev.HostActivated(at=scene.now, host=host, receipt=receipt))
    scene.seen(host)
    scene.answers(host)


def healthy(scene: Scene, host: str) -> bool:
    return scene.state.hosts[host].healthy


def measured(scene: Scene, host: str, receipt: Receipt) -> None:
    scene.tell(ev.HostMeasured(at=scene.now, host=host, receipt=receipt))


def test_a_host_is_healthy_only_when_its_receipt_is_complete_and_good(scene: Scene) -> None:
    live(scene, "a")
    assert scene.busy(Act.MEASURE) == ["a"]
    assert not healthy(scene, "a")
    measured(scene, "a", KEPT)
    assert healthy(scene, "a")
    assert scene.busy(Act.ACTIVATE) == ["b"]


def test_a_bad_receipt_stops_the_wave_and_takes_the_host_back(scene: Scene) -> None:
    live(scene, "a")
    measured(scene, "a", DROPPED)
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    assert scene.end.failure is not None
    assert (scene.end.outcome, scene.end.failure.code) == (Outcome.ROLLED_BACK, "connections-dropped")
    failed = scene.of_kind(ev.HostFailed)[0]
    assert isinstance(failed, ev.HostFailed)
    assert failed.gate == "receipt"
    assert scene.where("b") is HostState.STAGED


def test_a_receipt_that_has_nothing_to_compare_is_not_asked_for(scene: Scene) -> None:
    live(scene, "a", RECEIPT)
    assert scene.busy(Act.MEASURE) == []
    assert healthy(scene, "a")


def test_a_host_whose_receipt_cannot_be_completed_goes_back(scene: Scene) -> None:
    live(scene, "a")
    scene.failed("a", Act.MEASURE)
    assert scene.busy(Act.REVERT) == ["a"]


def test_in_a_rollback_it_needs_a_person() -> None:
    scene = Scene(plan(Wave("all", ("a",))), verb=Verb.ROLLBACK, release="r1")
    scene.prepared(a=replace(NEW_RUNS, same=False, staged=True))
    scene.tell(ev.HostActivated(at=scene.now, host="a", receipt=COUNTED))
    scene.seen("a")
    scene.answers("a", "r1")
    scene.failed("a", Act.MEASURE, LossKind.ACTIVATION)
    assert scene.where("a") is HostState.STRANDED


def test_a_host_gets_requests_of_our_own_until_it_is_healthy_or_back(scene: Scene) -> None:
    assert loaded(scene.state) == {"a"}
    live(scene, "a")
    assert loaded(scene.state) == {"a"}
    measured(scene, "a", KEPT)
    assert loaded(scene.state) == {"b"}
    scene.failed("b", Act.ACTIVATE)
    assert loaded(scene.state) == {"a", "b"}
    for host in ("b", "a"):
        scene.reverted(host)
    assert loaded(scene.state) == frozenset()


def test_nobody_gets_requests_of_our_own_after_a_cancel(scene: Scene) -> None:
    scene.tell(ev.CancelRequested(at=scene.now, signal=15))
    assert loaded(scene.state) == frozenset()
