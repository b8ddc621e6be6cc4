"""Cancelled at any moment: nothing new is begun, and who was touched is named."""

from deployer import events as ev
from deployer.facts import Act, LossKind, Outcome
from deployer.rollout.cancel import WIND_DOWN
from deployer.rollout.decide import decide
from deployer.rollout.table import HostState
from deployer.rollout.watch import watched
from tests.rollout.plans import plan, wave
from tests.rollout.scene import Scene

ONE = plan(wave("all", "a"))


def cancel(scene: Scene, signal: int = 2) -> None:
    scene.tell(ev.CancelRequested(at=scene.now, signal=signal))


def test_a_cancel_before_any_switch_ends_with_the_signals_exit_code_and_names_nobody() -> None:
    for signal, code in ((2, 130), (15, 143)):
        scene = Scene(ONE)
        cancel(scene, signal)
        assert scene.state.outcome is None
        scene.inspected("a")
        assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.CANCELLED, code, ())
        assert scene.busy(Act.OBSERVE) == []


def test_an_act_that_runs_gets_a_moment_to_end_and_its_host_is_named() -> None:
    scene = Scene(plan(wave("all", "a", "b", parallel=1))).prepared()
    cancel(scene)
    assert watched(scene.state) == {}
    scene.activated("a")
    assert scene.where("a") is HostState.STRANDED
    assert (scene.end.exit_code, scene.end.hosts) == (130, ("a",))
    assert scene.busy(Act.ACTIVATE) == []


def test_an_act_that_does_not_end_is_not_waited_for() -> None:
    scene = Scene(ONE).prepared()
    cancel(scene)
    scene.wait(WIND_DOWN - 0.1)
    assert scene.state.outcome is None
    scene.wait(0.1)
    assert scene.end.hosts == ("a",)
    assert scene.of_kind(ev.HostStranded)
    scene.activated("a")
    assert scene.where("a") is HostState.STRANDED


def test_a_second_signal_does_not_change_the_first() -> None:
    scene = Scene(ONE)
    cancel(scene, 15)
    cancel(scene, 2)
    scene.inspected("a")
    assert scene.end.exit_code == 143


def test_hosts_stranded_before_the_cancel_are_named_too() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.healthy("a")
    scene.unknown("b", Act.ACTIVATE)
    scene.failed("b", Act.INSPECT, LossKind.UNREACHABLE)
    cancel(scene)
    scene.restored("a")
    assert set(scene.end.hosts) == {"a", "b"}
    assert decide(scene.plan, scene.state) == ()


def test_a_cancel_before_the_switch_of_an_activation_leaves_its_host_as_it_was_and_names_nobody() -> None:
    scene = Scene(ONE).prepared()
    cancel(scene)
    scene.failed("a", Act.ACTIVATE, LossKind.CANCELLED)
    assert scene.where("a") is HostState.STAGED
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.CANCELLED, 130, ())
    assert not scene.of_kind(ev.HostStranded)
