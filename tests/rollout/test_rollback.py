"""The verb rollback: one wave of all hosts, each for itself, to a release that is there already."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HostFacts, LossKind, Outcome, Verb
from deployer.gates.health import Wanted
from deployer.rollout.decisions import Do
from deployer.rollout.table import HostState
from deployer.rollout.target import NOTHING
from deployer.rollout.watch import watched
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene, loss, running

AHEAD = replace(OLD_RUNS, current="r2", way_back="r2", good=("r2", "r1"), staged=True)
DIED = replace(AHEAD, pending="r2", way_back="r1", good=("r1",))
BOTH = plan(wave("all", "a", "b", failures=2))


def rollback(**facts: object) -> Scene:
    given = {"a": AHEAD, "b": AHEAD} | facts
    return Scene(BOTH, Verb.ROLLBACK, "r1").prepared(**given)  # type: ignore[arg-type]


def test_every_host_is_activated_at_once_and_confirmed() -> None:
    scene = rollback()
    assert scene.busy(Act.ACTIVATE) == ["a", "b"]
    for name in "ab":
        scene.activated(name)
        scene.answers(name, "r1")
    for name in "ab":
        scene.confirmed(name)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.SUCCEEDED, 0)
    assert Do("a", Act.PRUNE) not in scene.asked


def test_a_host_that_fails_is_stranded_at_once_and_the_others_go_on() -> None:
    scene = rollback()
    scene.failed("a", Act.ACTIVATE)
    assert scene.where("a") is HostState.STRANDED
    assert Do("a", Act.REVERT) not in scene.asked
    scene.activated("b")
    scene.answers("b", "r1")
    scene.confirmed("b")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("a",))


def test_a_host_that_does_not_become_healthy_is_stranded() -> None:
    scene = rollback(b=replace(AHEAD, current="r1", way_back="r1", same=True))
    scene.activated("a")
    scene.wait(10)
    assert (scene.end.outcome, scene.end.hosts) == (Outcome.INCOMPLETE, ("a",))


def test_a_host_whose_died_run_kept_the_wanted_release_as_its_way_back_is_reverted() -> None:
    scene = rollback(a=DIED)
    assert (scene.busy(Act.REVERT), scene.busy(Act.ACTIVATE)) == (["a"], ["b"])
    scene.restored("a")
    assert watched(scene.state)["a"] == Wanted("r1")
    scene.answers("a", "r1")
    scene.activated("b")
    scene.answers("b", "r1")
    scene.confirmed("b")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.SUCCEEDED, 0, ())


def test_a_way_back_need_not_be_recorded_as_staged() -> None:
    scene = rollback(a=replace(DIED, staged=False))
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_release_that_is_not_on_a_host_fails_that_host_alone() -> None:
    scene = rollback(a=replace(AHEAD, staged=False))
    assert Do("a", Act.STAGE) not in scene.asked
    (failed,) = scene.of_kind(ev.HostFailed)
    assert isinstance(failed, ev.HostFailed)
    assert failed.failure.code == "release-missing"
    assert scene.busy(Act.ACTIVATE) == ["b"]


def test_a_host_that_is_not_fit_or_not_there_does_not_keep_the_others() -> None:
    for kind in (LossKind.REFUSED, LossKind.UNREACHABLE):
        scene = Scene(BOTH, Verb.ROLLBACK, "r1")
        scene.failed("a", Act.INSPECT, kind)
        scene.inspected("b", AHEAD)
        scene.observed("b", AHEAD)
        assert scene.busy(Act.ACTIVATE) == ["b"]


def test_when_no_host_can_take_part_the_rollback_is_refused() -> None:
    scene = Scene(BOTH, Verb.ROLLBACK, "r1")
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    scene.failed("b", Act.INSPECT, LossKind.REFUSED)
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.REFUSED, 5, ("a", "b"))


def test_a_rollback_under_another_rollouts_lock_is_refused() -> None:
    scene = Scene(BOTH, Verb.ROLLBACK, "r1")
    scene.inspected("a", AHEAD)
    scene.inspected("b", AHEAD)
    scene.failed("a", Act.OBSERVE, LossKind.LOCKED)
    assert scene.end.outcome is Outcome.REFUSED


def test_an_unknown_activation_that_is_not_found_live_strands_the_host() -> None:
    scene = rollback()
    scene.unknown("a", Act.ACTIVATE)
    scene.inspected("a", AHEAD)
    assert scene.where("a") is HostState.STRANDED


def test_an_unknown_revert_is_carried_out_again_even_where_the_host_is_not_fit() -> None:
    scene = rollback(a=DIED)
    scene.unknown("a", Act.REVERT)
    scene.failed("a", Act.INSPECT, LossKind.REFUSED)
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_rollback_has_no_time_limit() -> None:
    scene = Scene(replace(BOTH, timeouts=replace(BOTH.timeouts, rollout=10.0)), Verb.ROLLBACK, "r1")
    scene.wait(100)
    scene.prepared(a=AHEAD, b=AHEAD)
    assert scene.busy(Act.ACTIVATE) == ["a", "b"]


def test_a_revert_of_a_died_run_of_unknown_answer_may_answer_anything_but_what_that_run_brought() -> None:
    scene = rollback(a=DIED)
    scene.restored("a")
    kept = scene.state.hosts["a"]
    assert kept.back == "r1"
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("back", 5.0)))
    scene.answers("a", "r2")
    assert scene.where("a") is HostState.REVERTING


def test_a_fleet_that_is_back_already_is_unchanged() -> None:
    there = replace(NEW_RUNS, current="r1", way_back="r1")
    assert rollback(a=there, b=there).end.outcome is Outcome.UNCHANGED


def test_the_failure_of_a_host_is_what_an_incomplete_rollback_ends_with() -> None:
    scene = rollback(b=replace(NEW_RUNS, current="r1", way_back="r1"))
    scene.failed("a", Act.ACTIVATE)
    assert scene.end.failure == loss()


def test_a_first_deploy_that_died_goes_back_to_nothing_and_a_host_it_never_reached_stays_as_it_is() -> None:
    died = HostFacts(current="r2", pending="r2", staged=True, inode="10", invocation="old", active=True)
    nothing = HostFacts(same=True, staged=True)
    scene = Scene(BOTH, Verb.ROLLBACK, NOTHING).prepared(a=died, b=nothing)
    assert (scene.busy(Act.REVERT), scene.where("b")) == (["a"], HostState.CONFIRMED)
    scene.restored("a", "", removed=True)
    assert (scene.end.outcome, scene.end.exit_code, scene.where("a")) == (Outcome.SUCCEEDED, 0, HostState.REVERTED)


def test_what_ran_before_a_first_deploy_that_died_has_to_answer_as_it_did_then() -> None:
    died = HostFacts(current="r2", pending="r2", staged=True, inode="10", invocation="old", active=True, answer="old")
    scene = Scene(plan(wave("all", "a")), Verb.ROLLBACK, NOTHING).prepared(a=died)
    scene.restored("a", "")
    assert watched(scene.state) == {"a": Wanted("old", body=False)}
    scene.answers("a", "old")
    assert (scene.end.outcome, scene.where("a")) == (Outcome.SUCCEEDED, HostState.REVERTED)


def test_a_first_deploy_that_died_before_its_switch_goes_back_to_nothing_too() -> None:
    died = HostFacts(same=True, pending="r2", staged=True)
    scene = Scene(BOTH, Verb.ROLLBACK, NOTHING).prepared(a=died, b=replace(died, pending=""))
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_host_on_the_wanted_release_whose_service_is_down_is_activated_again() -> None:
    scene = rollback(b=replace(AHEAD, current="r1", way_back="r1", same=True, active=False))
    assert scene.busy(Act.ACTIVATE) == ["a", "b"]
