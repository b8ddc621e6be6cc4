"""Before the first switch: everybody is looked at, locked and staged, or nothing is touched."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HostFacts, LossKind, Outcome
from deployer.plan.model import HookPoint
from deployer.rollout.decisions import Do, RunHook
from deployer.rollout.state import Defeat
from deployer.rollout.table import HostState
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene, loss

TWO = plan(wave("all", "a", "b"))
TOLERANT = plan(wave("all", "a", "b", "c", failures=1))


def test_every_host_is_inspected_at_once() -> None:
    assert Scene(TWO).busy(Act.INSPECT) == ["a", "b"]


def test_the_first_host_is_locked_alone_and_then_the_others_together() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b", "c")))
    scene.inspected("b")
    scene.inspected("c")
    assert scene.busy(Act.OBSERVE) == []
    scene.inspected("a")
    assert scene.busy(Act.OBSERVE) == ["a"]
    scene.observed("a")
    assert scene.busy(Act.OBSERVE) == ["b", "c"]


def test_nothing_is_staged_before_every_host_is_locked() -> None:
    scene = Scene(TWO)
    scene.inspected("a")
    scene.inspected("b")
    scene.observed("a")
    assert scene.busy(Act.STAGE) == []
    scene.observed("b")
    assert scene.busy(Act.STAGE) == ["a", "b"]


def test_a_release_that_is_there_is_not_sent_again() -> None:
    scene = Scene(TWO).prepared(a=replace(OLD_RUNS, staged=True))
    assert Do("a", Act.STAGE) not in scene.asked
    assert Do("b", Act.STAGE) in scene.asked


def test_a_host_that_changed_between_look_and_lock_is_looked_at_again_under_the_lock() -> None:
    scene = Scene(plan(wave("all", "a")))
    scene.inspected("a")
    scene.observed("a", replace(OLD_RUNS, current="r1b"))
    assert scene.busy(Act.INSPECT) == ["a"]
    scene.inspected("a", replace(OLD_RUNS, current="r1b"))
    assert scene.busy(Act.STAGE) == ["a"]


def test_findings_on_several_hosts_are_all_waited_for_and_refuse_the_rollout() -> None:
    scene = Scene(TWO)
    scene.failed("a", Act.INSPECT, LossKind.REFUSED)
    assert scene.busy(Act.INSPECT) == ["b"]
    scene.failed("b", Act.INSPECT, LossKind.REFUSED)
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.REFUSED, 5, ("a", "b"))


def test_a_finding_refuses_the_rollout_whatever_the_budget() -> None:
    scene = Scene(TOLERANT)
    scene.failed("b", Act.INSPECT, LossKind.REFUSED)
    scene.inspected("a")
    scene.inspected("c")
    assert (scene.end.outcome, scene.end.hosts) == (Outcome.REFUSED, ("b",))


def test_a_lock_that_another_rollout_holds_refuses_the_rollout_whatever_the_budget() -> None:
    scene = Scene(TOLERANT)
    for name in "abc":
        scene.inspected(name)
    scene.failed("a", Act.OBSERVE, LossKind.LOCKED)
    assert scene.end.outcome is Outcome.REFUSED
    assert Do("b", Act.OBSERVE) not in scene.asked


def test_an_unreachable_host_counts_against_its_waves_budget() -> None:
    scene = Scene(TWO)
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    scene.inspected("b")
    assert (scene.end.outcome, scene.end.hosts) == (Outcome.REFUSED, ("a",))
    assert scene.where("a") is HostState.UNREACHABLE


def test_a_tolerated_unreachable_host_is_left_out_and_named() -> None:
    scene = Scene(TOLERANT)
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    for step in (scene.inspected, scene.observed, scene.staged, scene.healthy):
        step("b")
        step("c")
    scene.confirmed("b")
    scene.confirmed("c")
    scene.pruned("b")
    scene.pruned("c")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.SUCCEEDED, 0, ("a",))


def test_a_wave_of_which_nobody_is_left_refuses_the_rollout_whatever_the_budget() -> None:
    scene = Scene(plan(wave("one", "a", failures=1), wave("two", "b")))
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    scene.inspected("b")
    assert (scene.end.outcome, scene.end.wave) == (Outcome.REFUSED, "one")
    (warned,) = scene.of_kind(ev.Warned)
    assert isinstance(warned, ev.Warned)
    assert ("every host" in warned.message, "max_failures, 1," in warned.message) == (True, True)


def test_a_fleet_of_one_that_is_unreachable_is_told_that_no_budget_tolerates_it() -> None:
    scene = Scene(plan(wave("one", "a", failures=1)))
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    assert len(scene.of_kind(ev.Warned)) == 1


def test_of_budgets_nothing_is_said_where_none_would_have_helped() -> None:
    for kind, failures in ((LossKind.UNREACHABLE, 0), (LossKind.REFUSED, 1), (LossKind.LOCKED, 1)):
        scene = Scene(plan(wave("one", "a", failures=failures), wave("two", "b")))
        scene.failed("a", Act.INSPECT, kind)
        scene.inspected("b")
        assert (scene.end.exit_code, scene.of_kind(ev.Warned)) == (5, [])
    scene = Scene(plan(wave("one", "a", "b", failures=2)))
    scene.failed("a", Act.INSPECT, LossKind.REFUSED)
    scene.inspected("b")
    assert scene.of_kind(ev.Warned) == []


def test_a_failed_upload_takes_away_what_was_staged_and_refuses_the_rollout() -> None:
    scene = Scene(TWO)
    for name in "ab":
        scene.inspected(name)
    for name in "ab":
        scene.observed(name)
    scene.staged("a")
    scene.failed("b", Act.STAGE, LossKind.STAGING)
    assert scene.busy(Act.UNSTAGE) == ["a"]
    scene.tell(ev.HostUnstaged(at=scene.now, host="a"))
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.REFUSED, 5)


def test_what_cannot_be_taken_away_does_not_keep_a_refusal_from_ending() -> None:
    for how in ("failed", "unknown"):
        scene = Scene(TWO)
        for name in "ab":
            scene.inspected(name)
        for name in "ab":
            scene.observed(name)
        scene.staged("a")
        scene.failed("b", Act.STAGE, LossKind.STAGING)
        getattr(scene, how)("a", Act.UNSTAGE)
        assert scene.end.outcome is Outcome.REFUSED


def test_an_upload_of_unknown_end_is_looked_at_before_it_is_repeated() -> None:
    scene = Scene(plan(wave("all", "a")))
    scene.inspected("a")
    scene.observed("a")
    scene.unknown("a", Act.STAGE)
    assert scene.busy(Act.INSPECT) == ["a"]
    scene.inspected("a", replace(OLD_RUNS, staged=True))
    assert scene.busy(Act.ACTIVATE) == ["a"]
    assert scene.asked.count(Do("a", Act.STAGE)) == 1


def test_an_upload_that_goes_on_ending_unknown_is_given_up() -> None:
    scene = Scene(plan(wave("all", "a")))
    scene.inspected("a")
    scene.observed("a")
    while scene.busy(Act.STAGE):
        scene.unknown("a", Act.STAGE)
        if scene.busy(Act.INSPECT):
            scene.inspected("a")
    scene.tell(ev.HostUnstaged(at=scene.now, host="a"))
    assert scene.end.outcome is Outcome.REFUSED
    assert scene.where("a") is HostState.UNREACHABLE


def test_an_untouched_host_that_does_not_even_answer_a_look_is_unreachable() -> None:
    scene = Scene(plan(wave("all", "a")))
    scene.unknown("a", Act.INSPECT)
    assert scene.where("a") is HostState.UNREACHABLE
    assert scene.end.outcome is Outcome.REFUSED


def test_an_untouched_host_that_was_lost_is_locked_again() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.lost("b")
    assert scene.busy(Act.OBSERVE) == ["b"]
    scene.observed("b")
    scene.healthy("a")
    assert scene.busy(Act.ACTIVATE) == ["b"]


def test_an_untouched_host_that_changed_while_it_was_lost_is_looked_at_again() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.lost("b")
    scene.observed("b", replace(OLD_RUNS, pending="r9"))
    assert scene.busy(Act.INSPECT) == ["b"]


def test_a_watch_that_breaks_while_it_begins_is_begun_again() -> None:
    scene = Scene(plan(wave("all", "a")))
    scene.inspected("a")
    scene.lost("a")
    scene.observed("a")
    assert scene.busy(Act.OBSERVE) == ["a"]


def test_a_lock_lost_during_an_upload_is_taken_again_before_the_first_switch() -> None:
    scene = Scene(TWO)
    for name in "ab":
        scene.inspected(name)
    for name in "ab":
        scene.observed(name)
    scene.lost("b")
    scene.staged("a")
    scene.staged("b")
    assert scene.busy(Act.OBSERVE) == ["b"]
    assert scene.busy(Act.ACTIVATE) == []


def test_before_rollout_is_run_when_everything_is_staged_and_stops_the_rollout_when_it_fails() -> None:
    scene = Scene(plan(wave("all", "a"), hooks=(HookPoint.BEFORE_ROLLOUT, HookPoint.ON_FAILURE))).prepared()
    assert scene.asked[-1] == RunHook("before_rollout")
    scene.wait(1)
    scene.hook_ended("before_rollout", failure=loss(LossKind.HOOK))
    scene.tell(ev.HostUnstaged(at=scene.now, host="a"))
    assert scene.asked[-1] == RunHook("on_failure", defeat=Defeat("", "", loss(LossKind.HOOK)))
    scene.hook_ended("on_failure")
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.REFUSED, 5)
    assert scene.end.failure is not None
    assert scene.end.failure.kind is LossKind.HOOK


def test_before_rollout_that_succeeds_lets_the_first_wave_start() -> None:
    scene = Scene(plan(wave("all", "a"), hooks=(HookPoint.BEFORE_ROLLOUT,))).prepared()
    scene.hook_ended("before_rollout")
    assert scene.busy(Act.ACTIVATE) == ["a"]


def test_a_refusal_before_any_hook_runs_no_hook() -> None:
    scene = Scene(plan(wave("all", "a"), hooks=(HookPoint.ON_FAILURE,)))
    scene.failed("a", Act.INSPECT, LossKind.LOCKED)
    assert scene.end.exit_code == 5
    assert not scene.of_kind(ev.HookStarted)


def test_time_that_runs_out_while_preparing_refuses_the_rollout() -> None:
    scene = Scene(plan(wave("all", "a"), limit=30.0))
    scene.wait(20)
    scene.inspected("a")
    assert (scene.end.outcome, scene.end.wave) == (Outcome.REFUSED, "all")


def test_a_fleet_that_runs_the_release_well_is_unchanged_and_untouched() -> None:
    scene = Scene(TWO).prepared(a=NEW_RUNS, b=NEW_RUNS)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.UNCHANGED, 0)
    assert {type(ask) for ask in scene.asked} == {Do}
    assert {ask.act for ask in scene.asked if isinstance(ask, Do)} == {Act.INSPECT, Act.OBSERVE}


def test_a_fleet_without_a_health_gate_is_unchanged_where_the_service_runs() -> None:
    quiet = plan(wave("all", "a", "b"), health=None)
    assert Scene(quiet).prepared(a=NEW_RUNS, b=NEW_RUNS).end.outcome is Outcome.UNCHANGED


def test_a_host_that_runs_the_release_badly_is_activated_again() -> None:
    scene = Scene(plan(wave("all", "a")))
    scene.inspected("a", NEW_RUNS)
    scene.observed("a", NEW_RUNS, answers="r1")
    assert scene.busy(Act.ACTIVATE) == ["a"]


def test_a_first_deploy_is_activated_without_any_answer_before() -> None:
    scene = Scene(plan(wave("all", "a"))).prepared(a=HostFacts())
    assert scene.busy(Act.ACTIVATE) == ["a"]


def test_a_host_lost_again_and_again_before_its_turn_is_left_out() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    while scene.where("b") is HostState.STAGED:
        scene.lost("b")
        scene.observed("b") if scene.busy(Act.OBSERVE) else None
    assert scene.where("b") is HostState.UNREACHABLE
    assert scene.of_kind(ev.WaveFailed)
