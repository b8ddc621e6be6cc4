"""Lost hosts and acts of unknown end: looked at again, never repeated blindly, given up in the end."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HealthLook, LossKind, Outcome
from deployer.rollout.decisions import Do
from deployer.rollout.table import HostState
from deployer.rollout.watch import watched
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, Scene, running

ONE = plan(wave("all", "a"))


def test_a_lost_host_is_looked_at_again_and_goes_on_where_it_was() -> None:
    scene = Scene(plan(wave("all", "a", bake=30.0))).prepared()
    scene.healthy("a")
    scene.lost("a")
    assert scene.where("a") is HostState.UNKNOWN
    assert watched(scene.state) == {}
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1", invocation="new"))
    assert scene.busy(Act.OBSERVE) == ["a"]
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 9.0)))
    scene.tell(ev.HostObserved(at=scene.now, host="a", current="r2", pending="r2"))
    scene.wait(30)
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_a_host_that_was_away_for_longer_than_its_deadline_is_not_blamed_for_it() -> None:
    scene = Scene(plan(wave("all", "a", bake=30.0))).prepared()
    scene.healthy("a")
    scene.lost("a")
    scene.wait(20)
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1", invocation="new"))
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", scene.now)))
    scene.tell(ev.HostObserved(at=scene.now, host="a", current="r2", pending="r2"))
    scene.wait(30)
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_a_listener_that_changed_while_nobody_looked_fails_the_host() -> None:
    scene = Scene(plan(wave("all", "a", bake=30.0))).prepared()
    scene.healthy("a")
    scene.lost("a")
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1", invocation="new", inode="11"))
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 9.0, inode="11")))
    scene.tell(ev.HostObserved(at=scene.now, host="a", current="r2", pending="r2"))
    (failed,) = scene.of_kind(ev.HostFailed)
    assert isinstance(failed, ev.HostFailed)
    assert (failed.gate, failed.failure.code) == ("unit", "listener-changed")


def test_a_host_lost_for_good_is_stranded_and_the_others_go_back() -> None:
    scene = broken_lost()
    assert scene.where("b") is HostState.STRANDED
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("b",))
    assert scene.of_kind(ev.HostStranded)


def broken_lost() -> Scene:
    """Give a rollout that has just lost b in its second wave for good."""
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.healthy("a")
    scene.lost("b")
    scene.unknown("b", Act.ACTIVATE)
    scene.failed("b", Act.INSPECT, LossKind.UNREACHABLE)
    return scene


def test_a_tolerated_host_that_is_lost_is_named_and_the_rollout_goes_on() -> None:
    scene = Scene(plan(wave("all", "a", "b", failures=1))).prepared()
    scene.lost("b")
    scene.unknown("b", Act.ACTIVATE)
    scene.failed("b", Act.INSPECT, LossKind.UNREACHABLE)
    scene.healthy("a")
    scene.confirmed("a")
    scene.pruned("a")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.SUCCEEDED, 0, ("b",))


def test_an_unknown_activation_that_is_found_live_must_prove_itself() -> None:
    scene = Scene(ONE).prepared()
    scene.unknown("a", Act.ACTIVATE)
    assert scene.busy(Act.INSPECT) == ["a"]
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1", invocation="new"))
    assert scene.where("a") is HostState.ACTIVE
    assert not scene.of_kind(ev.HostFailed), "a look at the process from before does not count"
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 9.0)))
    scene.answers("a")
    assert scene.busy(Act.CONFIRM) == ["a"]
    assert scene.asked.count(Do("a", Act.ACTIVATE)) == 1


def test_an_unknown_activation_that_is_not_found_live_goes_back() -> None:
    scene = Scene(ONE).prepared()
    scene.unknown("a", Act.ACTIVATE)
    scene.inspected("a")
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_host_that_answers_after_an_unknown_activation_but_is_not_fit_goes_back() -> None:
    scene = Scene(ONE).prepared()
    scene.unknown("a", Act.ACTIVATE)
    scene.failed("a", Act.INSPECT, LossKind.REFUSED)
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_look_of_unknown_end_at_a_touched_host_is_repeated() -> None:
    scene = Scene(ONE).prepared()
    scene.unknown("a", Act.ACTIVATE)
    scene.unknown("a", Act.INSPECT)
    assert scene.busy(Act.INSPECT) == ["a"]


def test_a_confirm_of_unknown_end_that_is_found_done_is_done() -> None:
    scene = Scene(ONE).prepared()
    scene.healthy("a")
    scene.unknown("a", Act.CONFIRM)
    scene.inspected("a", NEW_RUNS)
    assert scene.where("a") is HostState.CONFIRMED
    scene.pruned("a")
    assert scene.end.exit_code == 0


def test_a_confirm_of_unknown_end_that_is_found_undone_is_asked_again() -> None:
    scene = Scene(ONE).prepared()
    scene.healthy("a")
    scene.unknown("a", Act.CONFIRM)
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1"))
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_a_confirm_that_goes_on_ending_unknown_strands_the_host() -> None:
    scene = Scene(ONE).prepared()
    scene.healthy("a")
    while scene.state.outcome is None:
        scene.unknown("a", Act.CONFIRM) if scene.busy(Act.CONFIRM) else None
        scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1")) if scene.busy(Act.INSPECT) else None
    assert (scene.end.outcome, scene.end.hosts) == (Outcome.INCOMPLETE, ("a",))


def test_a_revert_of_unknown_end_is_carried_out_again() -> None:
    scene = Scene(ONE).prepared()
    scene.failed("a", Act.ACTIVATE)
    scene.unknown("a", Act.REVERT)
    scene.inspected("a")
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    assert scene.end.outcome is Outcome.ROLLED_BACK


def test_a_host_lost_while_it_proves_its_way_back_goes_on_with_that() -> None:
    scene = Scene(ONE).prepared()
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a")
    scene.lost("a")
    scene.inspected("a")
    assert scene.busy(Act.REVERT) == []
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("back", 9.0)))
    scene.tell(ev.HostObserved(at=scene.now, host="a", current="r1", pending=""))
    scene.answers("a", "r1")
    assert scene.where("a") is HostState.REVERTED


def test_a_host_whose_lock_another_took_meanwhile_is_left_to_a_person() -> None:
    scene = Scene(ONE).prepared()
    scene.activated("a")
    scene.lost("a")
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1"))
    scene.failed("a", Act.OBSERVE, LossKind.LOCKED)
    assert (scene.end.outcome, scene.end.hosts) == (Outcome.INCOMPLETE, ("a",))


def test_a_lock_that_cannot_be_had_back_for_reasons_unknown_is_asked_for_again_after_a_look() -> None:
    scene = Scene(ONE).prepared()
    scene.activated("a")
    scene.lost("a")
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1"))
    scene.unknown("a", Act.OBSERVE)
    assert scene.busy(Act.INSPECT) == ["a"]


def test_looks_at_a_host_that_proves_nothing_are_not_counted() -> None:
    scene = Scene(ONE).prepared()
    scene.tell(ev.HealthSeen(at=scene.now, host="a", look=HealthLook("host", 200, "r2")))
    assert scene.state.hosts["a"].streaks == {}
