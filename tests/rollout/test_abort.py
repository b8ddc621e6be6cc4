"""An abort: every host goes to its own way back, and nothing of the release stays, neither staged nor held."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HostFacts, LossKind, Outcome, Verb
from deployer.plan.model import Plan, Scope
from deployer.rollout.table import HostState
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene
from tests.rollout.test_resumed import NEW, OLD, look_at, unheld


def all_of(*names: str) -> Plan:
    return plan(wave("abort", *names, failures=len(names)), scope=Scope.WAVE)


def aborted(**facts: HostFacts) -> Scene:
    return look_at(Scene(all_of(*facts), Verb.ABORT), facts)


def unstaged(scene: Scene) -> list[str]:
    """Answer every order to take staged files away; the hosts that got one."""
    names = scene.busy(Act.UNSTAGE)
    scene.tell(*(ev.HostUnstaged(at=scene.now, host=name) for name in names))
    return names


def test_who_was_switched_goes_back_and_who_was_not_is_left_alone_but_for_what_was_staged() -> None:
    scene = aborted(a=NEW, b=OLD)
    assert scene.busy(Act.REVERT) == ["a"]
    assert scene.where("b") is HostState.CONFIRMED
    scene.restored("a")
    assert not scene.of_kind(ev.HostUnstaged), "the way back proves itself first"
    scene.answers("a", "r1")
    assert len(scene.of_kind(ev.HostUnstaged)) == 2
    assert unheld(scene) == ["b"]
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.SUCCEEDED, 0)


def test_each_host_goes_to_its_own_way_back() -> None:
    scene = aborted(a=NEW, b=replace(NEW, way_back="r0", answer="r0"))
    scene.reverted("a", "r1")
    scene.reverted("b", "r0")
    assert {scene.where("a"), scene.where("b")} == {HostState.REVERTED}


def test_a_release_that_was_confirmed_stays() -> None:
    scene = aborted(a=replace(NEW_RUNS, hold="first"), b=OLD)
    assert unstaged(scene) == ["b"]
    assert unheld(scene) == ["a", "b"]
    assert scene.end.exit_code == 0


def test_staged_files_of_a_release_that_was_good_here_before_stay() -> None:
    scene = aborted(a=replace(OLD, good=("r1", "r2")))
    assert not scene.busy(Act.UNSTAGE)
    assert unheld(scene) == ["a"]
    assert scene.end.exit_code == 0


def test_what_a_dead_run_left_is_taken_back_as_well() -> None:
    scene = aborted(a=replace(NEW, hold=""), b=replace(OLD, hold=""), c=OLD_RUNS)
    scene.reverted("a")
    assert len(scene.of_kind(ev.HostUnstaged)) == 2
    assert not scene.busy(Act.UNHOLD)
    assert scene.end.exit_code == 0


def test_a_way_back_that_is_not_well_needs_a_person() -> None:
    scene = aborted(a=NEW, b=OLD)
    scene.restored("a")
    for _ in range(2):
        scene.answers("a", "r1", status=500)
    unheld(scene)
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("a",))


def test_a_host_that_cannot_be_reached_is_named_and_the_others_go_back() -> None:
    scene = Scene(all_of("a", "b"), Verb.ABORT)
    scene.failed("b", Act.INSPECT, LossKind.UNREACHABLE)
    scene.inspected("a", NEW)
    ours = ev.HostObserved(at=scene.now, host="a", current="r2", pending="r2", hold="first")
    scene.tell(ours)
    scene.reverted("a")
    assert (scene.end.exit_code, scene.end.hosts) == (3, ("b",))


def test_a_host_that_says_no_is_named_and_the_others_go_back() -> None:
    scene = Scene(all_of("a", "b"), Verb.ABORT)
    scene.failed("b", Act.INSPECT, LossKind.REFUSED)
    scene.inspected("a", OLD)
    assert scene.busy(Act.OBSERVE) == ["a"]


def test_where_no_host_can_be_reached_nothing_was_done() -> None:
    scene = Scene(all_of("a"), Verb.ABORT)
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.REFUSED, 5)


def test_a_rollback_ends_the_hold_also_where_it_has_nothing_to_do() -> None:
    scene = Scene(plan(wave("rollback", "a", "b", failures=2), scope=Scope.WAVE), Verb.ROLLBACK, "r1")
    on_old = replace(OLD, same=True, staged=True, pending="")
    look_at(scene, {"a": replace(NEW, same=False), "b": on_old})
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    assert unheld(scene) == ["b"]
    assert scene.end.exit_code == 0


def test_what_runs_beside_a_live_release_is_ended_by_a_revert_and_the_host_proves_itself_without_it() -> None:
    scene = aborted(a=replace(OLD_RUNS, aside="a bridge of r2 runs", unused=("r2",)))
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    assert len(scene.of_kind(ev.HostUnstaged)) == 1
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.SUCCEEDED, 0)


def test_whatever_was_staged_and_never_live_is_taken_away() -> None:
    scene = aborted(a=replace(OLD_RUNS, unused=("r7",)), b=OLD_RUNS)
    assert unstaged(scene) == ["a"]
    assert scene.end.exit_code == 0
