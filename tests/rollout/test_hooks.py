"""Hooks: those before can stop the rollout, those after can only warn."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, LossKind, Outcome, Verb
from deployer.plan.model import HookPoint
from deployer.rollout.decisions import RunHook
from deployer.rollout.evolve import evolve
from deployer.rollout.state import Defeat
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, Scene, loss

ONE = plan(wave("all", "a"))


HOOKED = plan(
    wave("one", "a"),
    wave("two", "b"),
    hooks=(HookPoint.BEFORE_WAVE, HookPoint.AFTER_WAVE, HookPoint.AFTER_ROLLOUT, HookPoint.ON_FAILURE),
)


def test_hooks_are_run_around_each_wave_and_waited_for() -> None:
    scene = Scene(HOOKED).prepared()
    assert scene.asked[-1] == RunHook("before_wave", "one")
    scene.wait(1)
    assert scene.busy(Act.ACTIVATE) == []
    scene.hook_ended("before_wave", "one")
    scene.healthy("a")
    assert scene.asked[-1] == RunHook("after_wave", "one")
    scene.wait(1)
    assert not any(record.started for record in scene.state.waves[1:])
    scene.hook_ended("after_wave", "one")
    scene.hook_ended("before_wave", "two")
    scene.healthy("b")
    assert RunHook("after_wave", "two") in scene.asked
    scene.confirmed("a")
    scene.confirmed("b")
    scene.hook_ended("after_wave", "two")
    scene.pruned("a")
    scene.pruned("b")
    assert scene.asked[-1] == RunHook("after_rollout")
    scene.hook_ended("after_rollout")
    assert scene.end.exit_code == 0


def test_before_wave_that_fails_before_any_switch_refuses_the_rollout_and_takes_away_what_was_staged() -> None:
    scene = Scene(HOOKED).prepared()
    scene.hook_ended("before_wave", "one", loss(LossKind.HOOK))
    assert scene.busy(Act.UNSTAGE) == ["a", "b"]
    for name in "ab":
        scene.tell(ev.HostUnstaged(at=scene.now, host=name))
    scene.hook_ended("on_failure")
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.REFUSED, 5)


def test_before_wave_that_fails_later_takes_the_rollout_back() -> None:
    scene = Scene(HOOKED).prepared()
    scene.hook_ended("before_wave", "one")
    scene.healthy("a")
    scene.hook_ended("after_wave", "one")
    scene.hook_ended("before_wave", "two", loss(LossKind.HOOK))
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    scene.hook_ended("on_failure")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.wave) == (Outcome.ROLLED_BACK, 1, "two")


def test_a_failed_before_wave_where_earlier_hosts_needed_nothing_still_switched_nothing() -> None:
    scene = Scene(HOOKED).prepared(a=NEW_RUNS)
    scene.hook_ended("before_wave", "one")
    scene.hook_ended("after_wave", "one")
    scene.hook_ended("before_wave", "two", loss(LossKind.HOOK))
    scene.tell(ev.HostUnstaged(at=scene.now, host="b"))
    scene.hook_ended("on_failure")
    assert scene.end.outcome is Outcome.REFUSED


@pytest.mark.parametrize("point", [HookPoint.AFTER_WAVE, HookPoint.AFTER_ROLLOUT])
def test_a_hook_that_fails_afterwards_only_warns_once(point: HookPoint) -> None:
    scene = Scene(plan(wave("all", "a"), hooks=(point,))).prepared()
    scene.healthy("a")
    scene.confirmed("a")
    failure = loss(LossKind.HOOK)
    ending = "all" if point is HookPoint.AFTER_WAVE else ""
    if point is HookPoint.AFTER_ROLLOUT:
        scene.pruned("a")
    scene.hook_ended(point, ending, failure)
    if point is HookPoint.AFTER_WAVE:
        scene.pruned("a")
    (warned,) = scene.of_kind(ev.Warned)
    assert warned == ev.Warned(at=scene.now, message=failure.message, point=point, wave=ending)
    assert scene.end.exit_code == 0


def test_on_failure_that_fails_warns_and_does_not_change_the_exit_code() -> None:
    scene = Scene(plan(wave("all", "a"), hooks=(HookPoint.ON_FAILURE,))).prepared()
    scene.failed("a", Act.ACTIVATE)
    scene.reverted("a")
    scene.hook_ended("on_failure", failure=loss(LossKind.HOOK))
    assert scene.of_kind(ev.Warned)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.ROLLED_BACK, 1)


def test_a_warning_about_no_hook_changes_nothing() -> None:
    scene = Scene(ONE)
    assert evolve(ONE, scene.state, ev.Warned(at=scene.now, message="look here")) == scene.state


def test_a_resumed_run_tells_of_a_before_rollout_of_its_own_that_failed() -> None:
    scene = Scene(plan(wave("all", "a"), hooks=(HookPoint.BEFORE_ROLLOUT, HookPoint.ON_FAILURE)), Verb.RESUME)
    scene.prepared(a=replace(NEW_RUNS, pending="r2"))
    scene.hook_ended("before_rollout", failure=loss(LossKind.HOOK))
    assert scene.asked[-1] == RunHook("on_failure", defeat=Defeat("", "", loss(LossKind.HOOK)))
