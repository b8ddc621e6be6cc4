"""A held rollout goes on: health first, without the ceremony that is behind it, under all gates ahead of it."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, HealthLook, HostFacts, LossKind, Outcome, Resumed, Verb
from deployer.plan.model import HookPoint, Plan, Wave
from deployer.rollout.decisions import RunHook
from deployer.rollout.table import HostState
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene, running

HELD_AT = Resumed("first", "two", before=True, accepted=("one",))
NEW = HostFacts(
    current="r2", same=True, staged=True, pending="r2", way_back="r1", good=("r1",), inode="10", invocation="new",
    answer="r1", active=True, hold="first", waited=True,
)  # fmt: skip
OLD = replace(OLD_RUNS, staged=True, hold="first")


def waves(**changes: bool) -> tuple[Wave, ...]:
    return wave("one", "a", bake=60.0), wave("two", "b", approve=True), wave("three", "c", **changes)


def begun(asked: Plan, held: Resumed = HELD_AT) -> Scene:
    """Give a run that goes on with a held rollout."""
    scene = Scene(asked, Verb.RESUME)
    scene.tell(started(Verb.RESUME, held))
    return scene


def started(verb: Verb, held: Resumed | None = None) -> ev.RolloutStarted:
    """Give the first event of a run."""
    return ev.RolloutStarted(
        at=1.0, rollout="second", verb=verb, service="myapp", release="r2", digest="", waves=(), resumes=held
    )


def resumed(asked: Plan, held: Resumed = HELD_AT, **facts: HostFacts) -> Scene:
    """Give one whose hosts were looked at and locked: the first has been on r2 since the hold, the others wait."""
    scene = begun(asked, held)
    return look_at(scene, {"a": NEW, **{name: OLD for name in scene.state.hosts if name != "a"}, **facts})


def look_at(scene: Scene, facts: dict[str, HostFacts]) -> Scene:
    for name in scene.state.hosts:
        scene.inspected(name, facts[name])
    for name in scene.state.hosts:
        seen = ev.UnitSeen(at=scene.now, host=name, look=running(facts[name].invocation, 0.5))
        look = HealthLook("host", 200, facts[name].current)
        ours = ev.HostObserved(
            at=scene.now, host=name, current=facts[name].current, pending=facts[name].pending, look=look,
            hold=facts[name].hold,
        )  # fmt: skip
        scene.tell(seen, ours)
    return scene


def unheld(scene: Scene) -> list[str]:
    """Answer every order to end the hold; the hosts that got one."""
    names = scene.busy(Act.UNHOLD)
    scene.tell(*(ev.HostUnheld(at=scene.now, host=name) for name in names))
    return names


def test_nothing_is_sent_and_the_hosts_on_the_release_prove_themselves_before_another_is_touched() -> None:
    scene = resumed(plan(*waves()))
    assert not scene.busy(Act.STAGE)
    assert scene.where("a") is HostState.ACTIVE
    assert not scene.busy(Act.ACTIVATE)
    scene.answers("a")
    assert scene.busy(Act.ACTIVATE) == ["b"], "the bake is behind it, and the wave approved"


def test_it_goes_on_to_the_end_and_leaves_no_hold() -> None:
    scene = resumed(plan(*waves()))
    scene.answers("a")
    scene.healthy("b")
    scene.healthy("c")
    assert scene.busy(Act.CONFIRM) == ["a", "b", "c"]
    for name in "abc":
        scene.confirmed(name)
    for name in "abc":
        scene.pruned(name)
    assert not unheld(scene)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.SUCCEEDED, 0)


def test_who_was_confirmed_before_the_hold_is_unchanged_and_forgets_the_hold_in_the_end() -> None:
    scene = resumed(plan(*waves()), a=replace(NEW_RUNS, hold="first"))
    assert scene.where("a") is HostState.CONFIRMED
    for name in "bc":
        scene.healthy(name)
    for name in "bc":
        scene.confirmed(name)
    for name in "bc":
        scene.pruned(name)
    assert unheld(scene) == ["a"]
    assert scene.end.outcome is Outcome.SUCCEEDED


def test_what_broke_while_it_waited_is_not_restarted_but_taken_back_with_all_that_was_staged() -> None:
    scene = resumed(plan(*waves()))
    for _ in range(2):
        scene.answers("a", status=500)
    assert scene.busy(Act.REVERT) == ["a"]
    scene.reverted("a")
    assert unheld(scene) == ["b", "c"]
    assert {event.host for event in scene.told if isinstance(event, ev.HostUnstaged)} == {"a", "b", "c"}
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.ROLLED_BACK, 1)


def test_with_what_broke_also_those_go_back_whose_turn_has_not_come_again() -> None:
    scene = resumed(plan(*waves()), Resumed("first", "three", before=True, accepted=("one", "two")), b=NEW)
    for _ in range(2):
        scene.answers("a", status=500)
    assert scene.busy(Act.REVERT) == ["a", "b"]
    for name in "ab":
        scene.reverted(name)
    unheld(scene)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.ROLLED_BACK, 1)


def test_one_of_those_that_is_lost_is_locked_again_first() -> None:
    scene = resumed(plan(*waves()), Resumed("first", "three", before=True, accepted=("one", "two")), b=NEW)
    scene.lost("b")
    for _ in range(2):
        scene.answers("a", status=500)
    assert (scene.busy(Act.REVERT), scene.busy(Act.OBSERVE)) == (["a"], ["b"])
    ours = ev.HostObserved(at=scene.now, host="b", current="r2", pending="r2", hold="first")
    scene.tell(ours)
    assert scene.busy(Act.REVERT) == ["a", "b"]


def test_one_that_is_down_is_not_started_again_either() -> None:
    scene = begun(plan(*waves()))
    down = replace(NEW, active=False)
    look_at(scene, {"a": down, "b": OLD, "c": OLD})
    assert not scene.busy(Act.ACTIVATE)
    assert scene.where("a") is HostState.ACTIVE


def test_another_wave_to_approve_holds_again_and_every_host_has_the_newer_hold() -> None:
    scene = resumed(plan(*waves(approve=True)))
    scene.answers("a")
    scene.healthy("b")
    assert scene.held.wave == "three"
    assert scene.busy(Act.HOLD) == ["a", "b", "c"]
    for name in "abc":
        scene.tell(ev.HostHeld(at=scene.now, host=name, until=scene.now + 60))
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.HELD, 4)


def test_a_hold_that_nobody_renews_is_ended_when_the_rollout_is_held_again() -> None:
    scene = resumed(plan(*waves(approve=True)), a=replace(NEW_RUNS, hold="first"))
    scene.healthy("b")
    for name in scene.busy(Act.HOLD):
        scene.tell(ev.HostHeld(at=scene.now, host=name, until=scene.now + 60))
    assert unheld(scene) == ["a"]
    assert scene.end.outcome is Outcome.HELD


def test_a_wave_that_could_not_be_judged_passes_as_it_is_when_it_is_resumed() -> None:
    scene = resumed(plan(*waves()), Resumed("first", "one"))
    scene.answers("a")
    assert next(event for event in scene.told if isinstance(event, ev.WavePassed)).wave == "one"
    assert scene.held.wave == "two", "it is accepted, and the next was not approved"


def test_hooks_that_were_run_before_it_was_held_are_not_run_again() -> None:
    scene = resumed(plan(*waves(), hooks=tuple(HookPoint)))
    scene.answers("a")
    assert [each for each in scene.asked if isinstance(each, RunHook)] == [RunHook("before_wave", "two")]


def test_after_a_wave_that_was_held_as_it_is_its_hook_is_still_to_run() -> None:
    scene = resumed(plan(*waves(), hooks=tuple(HookPoint)), Resumed("first", "one"))
    scene.answers("a")
    assert [each for each in scene.asked if isinstance(each, RunHook)] == [RunHook("after_wave", "one")]


def test_a_release_that_is_gone_from_a_host_refuses_it_and_everything_stays_as_it_was_held() -> None:
    scene = resumed(plan(*waves(), hooks=tuple(HookPoint)), b=replace(OLD, staged=False))
    assert scene.end.exit_code == 5
    assert scene.end.failure is not None
    assert (scene.end.failure.code, "abort" in scene.end.failure.remedy) == ("release-missing", True)
    assert not {each.act for each in scene.asked if not isinstance(each, RunHook)} & {Act.UNHOLD, Act.UNSTAGE}
    assert not any(isinstance(each, RunHook) for each in scene.asked)


def test_a_host_that_cannot_be_reached_leaves_it_held() -> None:
    scene = begun(plan(*waves()))
    scene.failed("b", Act.INSPECT, LossKind.UNREACHABLE)
    for name, facts in (("a", NEW), ("c", OLD)):
        scene.inspected(name, facts)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.REFUSED, 5)
    assert not scene.busy(Act.UNHOLD)


@pytest.mark.parametrize("known", ["", "first"])
def test_a_hold_that_came_between_the_look_and_the_lock_is_looked_at_again(known: str) -> None:
    scene = Scene(plan(wave("one", "a")))
    scene.inspected("a", replace(OLD_RUNS, hold=known))
    scene.tell(ev.HostObserved(at=scene.now, host="a", current="r1", pending="", hold="another"))
    assert scene.busy(Act.INSPECT) == ["a"]


def test_a_hold_that_cannot_be_ended_is_left_and_fails_nobody() -> None:
    scene = resumed(plan(*waves()), a=replace(NEW_RUNS, hold="first"), b=replace(NEW_RUNS, hold="first"))
    scene.healthy("c")
    scene.confirmed("c")
    scene.pruned("c")
    scene.failed("a", Act.UNHOLD)
    scene.unknown("b", Act.UNHOLD)
    assert scene.end.outcome is Outcome.SUCCEEDED


def test_a_run_that_resumes_nothing_begins_as_ever() -> None:
    scene = Scene(plan(*waves(), hooks=(HookPoint.BEFORE_ROLLOUT,)))
    scene.tell(started(Verb.APPLY))
    scene.prepared()
    assert scene.asked[-1] == RunHook("before_rollout")
