"""A wave that a person has to approve: the rollout is held before it, with all that has passed."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HostFacts, Outcome
from deployer.plan.model import HookPoint, Scope, Wave
from deployer.rollout.decisions import Do, RunHook
from deployer.rollout.table import HostState
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene

APPROVED = frozenset({"two"})


def waves() -> tuple[Wave, ...]:
    return wave("one", "a"), wave("two", "b", approve=True), wave("three", "c")


def until_held(**facts: HostFacts) -> Scene:
    scene = Scene(plan(*waves())).prepared(**facts)
    scene.healthy("a")
    return scene


def test_the_rollout_is_held_before_the_wave_when_those_before_it_have_passed() -> None:
    scene = Scene(plan(*waves(), hooks=(HookPoint.AFTER_WAVE,))).prepared()
    assert not scene.of_kind(ev.WaveHeld)
    scene.healthy("a")
    assert scene.asked[-1] == RunHook("after_wave", "one")
    assert not scene.of_kind(ev.WaveHeld)
    scene.hook_ended("after_wave", "one")
    assert (scene.held.wave, scene.held.before, scene.held.failure.code) == ("two", True, "approval-needed")
    assert scene.held.failure.remedy
    assert Do("b", Act.ACTIVATE) not in scene.asked
    assert scene.busy(Act.HOLD) == ["a", "b", "c"]


def test_an_approved_wave_starts() -> None:
    scene = Scene(plan(*waves()), approved=APPROVED).prepared()
    scene.healthy("a")
    assert scene.busy(Act.ACTIVATE) == ["b"]
    assert not scene.of_kind(ev.WaveHeld)


def test_a_wave_in_which_there_is_nothing_to_do_needs_no_approval() -> None:
    scene = until_held(b=NEW_RUNS)
    assert not scene.of_kind(ev.WaveHeld)
    assert scene.busy(Act.ACTIVATE) == ["c"]


def test_the_first_wave_can_need_approval_as_well() -> None:
    scene = Scene(plan(wave("one", "a", approve=True))).prepared(a=OLD_RUNS)
    assert (scene.held.wave, scene.held.before) == ("one", True)
    assert scene.where("a") is HostState.STAGED
    assert scene.busy(Act.HOLD) == ["a"]


def test_with_scope_wave_what_has_passed_is_confirmed_and_only_the_rest_is_held() -> None:
    scene = Scene(plan(*waves(), scope=Scope.WAVE)).prepared()
    scene.healthy("a")
    assert scene.of_kind(ev.WaveHeld)
    assert scene.busy(Act.CONFIRM) == ["a"]
    scene.confirmed("a")
    assert scene.busy(Act.HOLD) == ["b", "c"]


def test_a_host_that_fails_while_the_hold_is_written_down_goes_back_alone() -> None:
    scene = until_held()
    for host in "bc":
        scene.tell(ev.HostHeld(at=scene.now, host=host, until=scene.now + 60))
    scene.unknown("a", Act.HOLD)
    scene.inspected("a", replace(OLD_RUNS, current="r2", pending="r2"))
    assert scene.busy(Act.HOLD) == ["a"], "nobody knew whether it is on record"
    scene.unknown("a", Act.HOLD)
    scene.inspected("a")
    assert scene.busy(Act.REVERT) == ["a"], "somebody has taken the new release away"
    scene.reverted("a")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.wave) == (Outcome.HELD, 4, "two")
    assert [scene.where(host) for host in "abc"] == [HostState.REVERTED, HostState.HELD, HostState.HELD]


def test_a_hold_that_cannot_be_put_on_record_strands_the_host_that_was_switched() -> None:
    scene = until_held()
    scene.failed("a", Act.HOLD)
    for host in "bc":
        scene.tell(ev.HostHeld(at=scene.now, host=host, until=scene.now + 60))
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("a",))
