"""Old releases are removed at the end, where a host has some; a host that says it has none is not asked."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, Outcome
from deployer.plan.model import Scope
from deployer.rollout.decisions import Do
from deployer.rollout.table import HostState
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, Scene

ONE = plan(wave("all", "a"))
TWO = plan(wave("all", "a", "b"))


def _pruned(scene: Scene) -> list[str]:
    """Give the hosts that were asked to prune."""
    return [ask.host for ask in scene.asked if isinstance(ask, Do) and ask.act is Act.PRUNE]


def test_a_host_with_nothing_to_prune_is_not_asked_and_the_rollout_finishes() -> None:
    scene = Scene(ONE).prepared()
    scene.healthy("a")
    scene.confirmed("a", prunes=False)
    assert _pruned(scene) == []
    assert scene.where("a") is HostState.CONFIRMED
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.SUCCEEDED, 0)


def test_of_two_hosts_the_one_that_has_something_is_asked_and_waited_for() -> None:
    scene = Scene(TWO).prepared()
    scene.healthy("a")
    scene.healthy("b")
    scene.confirmed("a", prunes=False)
    scene.confirmed("b")
    assert (_pruned(scene), scene.of_kind(ev.RolloutFinished)) == (["b"], [])
    scene.pruned("b")
    assert scene.end.outcome is Outcome.SUCCEEDED


def test_hosts_confirmed_wave_by_wave_are_asked_at_the_end_where_they_have_something() -> None:
    scene = Scene(replace(plan(wave("one", "a"), wave("two", "b")), scope=Scope.WAVE)).prepared()
    scene.healthy("a")
    scene.confirmed("a")
    assert _pruned(scene) == []
    scene.healthy("b")
    scene.confirmed("b", prunes=False)
    assert _pruned(scene) == ["a"]
    scene.pruned("a")
    assert scene.end.outcome is Outcome.SUCCEEDED


def test_a_host_whose_confirmation_nobody_heard_is_asked() -> None:
    scene = Scene(ONE).prepared()
    scene.healthy("a")
    scene.unknown("a", Act.CONFIRM)
    scene.inspected("a", NEW_RUNS)
    assert _pruned(scene) == ["a"]
    scene.pruned("a")
    assert scene.end.outcome is Outcome.SUCCEEDED
