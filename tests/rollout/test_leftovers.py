"""A host that an earlier run has left on the release is never forgotten: it goes back as well, or it is named."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, LossKind, Outcome, Resumed, Verb
from deployer.rollout.table import HostState
from tests.rollout.plans import plan, wave
from tests.rollout.scene import OLD_RUNS, Scene
from tests.rollout.test_resumed import NEW, look_at, resumed, unheld, waves

LAST = Resumed("first", "three", before=True, accepted=("one", "two"))
FOUR = wave("one", "a"), wave("two", "b"), wave("three", "c", approve=True), wave("four", "d")


def broken() -> Scene:
    """Give a resumed rollout whose first host is broken; the second is on the release, and was lost just before."""
    scene = resumed(plan(*waves()), LAST, b=NEW)
    scene.lost("b")
    for _ in range(2):
        scene.answers("a", status=500)
    assert (scene.busy(Act.REVERT), scene.busy(Act.OBSERVE)) == (["a"], ["b"])
    return scene


def ends_with_it_named(scene: Scene) -> None:
    scene.reverted("a")
    unheld(scene)
    assert scene.where("b") is HostState.STRANDED
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("b",))


def test_one_that_is_lost_while_it_is_locked_again_is_looked_at_again_and_goes_back() -> None:
    scene = broken()
    scene.unknown("b", Act.OBSERVE)
    assert scene.busy(Act.INSPECT) == ["b"]
    scene.inspected("b", NEW)
    scene.tell(ev.HostObserved(at=scene.now, host="b", current="r2", pending="r2", hold="first"))
    assert scene.busy(Act.REVERT) == ["a", "b"]
    for name in "ab":
        scene.reverted(name)
    unheld(scene)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.ROLLED_BACK, 1)


def test_one_that_somebody_took_back_meanwhile_is_left_alone() -> None:
    scene = broken()
    scene.unknown("b", Act.OBSERVE)
    scene.inspected("b", OLD_RUNS)
    scene.reverted("a")
    unheld(scene)
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.ROLLED_BACK, 1, ())


@pytest.mark.parametrize("kind", [LossKind.UNREACHABLE, LossKind.LOCKED])
def test_one_that_cannot_be_locked_again_is_named(kind: LossKind) -> None:
    scene = broken()
    scene.failed("b", Act.OBSERVE, kind)
    ends_with_it_named(scene)


def test_one_that_cannot_be_looked_at_again_is_named() -> None:
    scene = broken()
    scene.unknown("b", Act.OBSERVE)
    scene.unknown("b", Act.INSPECT)
    ends_with_it_named(scene)


def test_one_that_was_lost_within_the_budget_before_another_broke_is_named() -> None:
    tolerant = plan(wave("one", "a", bake=60.0), wave("two", "b", "c", failures=1), wave("three", "d"))
    scene = resumed(tolerant, LAST, b=NEW)
    scene.lost("b")
    scene.failed("b", Act.OBSERVE, LossKind.UNREACHABLE)
    assert not scene.of_kind(ev.WaveFailed)
    for _ in range(2):
        scene.answers("a", status=500)
    ends_with_it_named(scene)


def test_one_that_could_not_be_staged_within_the_budget_is_named() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b", "c", failures=1)))
    dead = replace(NEW, staged=False, hold="")
    look_at(scene, {"a": OLD_RUNS, "b": dead, "c": OLD_RUNS})
    scene.failed("b", Act.STAGE, LossKind.STAGING)
    for name in "ac":
        scene.staged(name)
    scene.failed("a", Act.ACTIVATE)
    scene.reverted("a")
    assert (scene.end.exit_code, scene.end.hosts) == (3, ("b",))


def test_one_that_a_dead_apply_left_is_named_when_a_hook_says_no_and_it_is_lost() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b")), Verb.APPLY)
    look_at(scene, {"a": OLD_RUNS, "b": replace(NEW, hold="")})
    scene.staged("a")
    scene.activated("a")
    scene.lost("b")
    for _ in range(2):
        scene.answers("a", status=500)
    scene.unknown("b", Act.OBSERVE)
    scene.failed("b", Act.INSPECT, LossKind.UNREACHABLE)
    ends_with_it_named(scene)


def test_one_whose_turn_does_not_come_before_the_next_hold_is_named_as_held() -> None:
    again = replace(LAST, wave="two", accepted=("one",))
    scene = resumed(plan(*FOUR), again, d=NEW)
    scene.answers("a")
    scene.healthy("b")
    for name in scene.busy(Act.HOLD):
        scene.tell(ev.HostHeld(at=scene.now, host=name, until=scene.now + 60))
    assert (scene.end.outcome, scene.end.hosts) == (Outcome.HELD, ("a", "b", "d"))


def test_one_on_which_the_next_hold_cannot_be_put_on_record_is_named() -> None:
    again = replace(LAST, wave="two", accepted=("one",))
    scene = resumed(plan(*FOUR), again, d=NEW)
    scene.answers("a")
    scene.healthy("b")
    scene.failed("d", Act.HOLD, LossKind.UNREACHABLE)
    for name in "abc":
        scene.tell(ev.HostHeld(at=scene.now, host=name, until=scene.now + 60))
    unheld(scene)
    assert (scene.end.exit_code, scene.end.hosts) == (3, ("d", "a", "b"))
