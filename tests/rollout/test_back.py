"""Backward: what a failed rollout takes back, in which order, and what it says of it."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HostFacts, Outcome
from deployer.gates.health import Wanted
from deployer.plan.model import Scope
from deployer.rollout.decisions import Do
from deployer.rollout.table import HostState
from deployer.rollout.watch import watched
from tests.rollout.plans import plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, RECEIPT, Scene, running

ONE = plan(wave("all", "a"))
THREE = plan(wave("canary", "a"), wave("pilot", "b", "c"), wave("full", "d"))


def broken_pilot(scope: Scope = Scope.ROLLOUT) -> Scene:
    """Give a rollout whose pilot wave has just failed with host b."""
    scene = Scene(replace(THREE, scope=scope)).prepared()
    scene.healthy("a")
    if scope is Scope.WAVE:
        scene.confirmed("a")
    scene.activated("c")
    scene.activated("b")
    scene.answers("b", status=500)
    scene.answers("b", status=500)
    return scene


def test_a_failed_wave_takes_back_itself_and_every_earlier_one_and_touches_no_later_one() -> None:
    scene = broken_pilot()
    assert sorted(scene.busy(Act.REVERT)) == ["a", "b", "c"]
    for name in "abc":
        scene.reverted(name)
    assert (scene.end.outcome, scene.end.exit_code, scene.end.wave) == (Outcome.ROLLED_BACK, 1, "pilot")
    assert scene.where("d") is HostState.STAGED


def test_the_failing_wave_goes_back_first_newest_first() -> None:
    reverts = [ask.host for ask in broken_pilot().asked if ask in {Do(name, Act.REVERT) for name in "abcd"}]
    assert reverts[-1] == "a"
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.healthy("a")
    scene.activated("b")
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 9.0, active="failed")))
    assert [ask.host for ask in scene.asked if isinstance(ask, Do) and ask.act is Act.REVERT] == ["a", "b"]


def test_no_more_reverts_than_the_wave_allows_run_at_once_and_none_stops_at_one_that_fails() -> None:
    scene = Scene(plan(wave("all", "a", "b", parallel=1, bake=60.0))).prepared()
    scene.healthy("a")
    scene.healthy("b")
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 9.0, active="failed")))
    (first,) = scene.busy(Act.REVERT)
    scene.failed(first, Act.REVERT)
    assert scene.where(first) is HostState.STRANDED
    (second,) = scene.busy(Act.REVERT)
    scene.reverted(second)
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, (first,))


def test_with_scope_wave_the_failing_wave_alone_goes_back() -> None:
    scene = broken_pilot(Scope.WAVE)
    assert sorted(scene.busy(Act.REVERT)) == ["b", "c"]
    scene.reverted("b")
    scene.reverted("c")
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.ROLLED_BACK, 1)
    assert scene.where("a") is HostState.CONFIRMED


def test_with_scope_wave_a_passed_wave_is_confirmed_although_a_later_one_fails() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"), scope=Scope.WAVE)).prepared()
    scene.activated("a")
    scene.answers("a")
    scene.unknown("a", Act.CONFIRM)
    scene.failed("b", Act.ACTIVATE)
    assert scene.busy(Act.REVERT) == ["b"]
    scene.reverted("b")
    scene.inspected("a", replace(NEW_RUNS, pending="r2", way_back="r1"))
    assert scene.busy(Act.CONFIRM) == ["a"]
    scene.confirmed("a")
    assert (scene.end.outcome, scene.where("a")) == (Outcome.ROLLED_BACK, HostState.CONFIRMED)


def test_with_scope_wave_hosts_of_a_wave_that_has_not_passed_go_back_too() -> None:
    scene = Scene(plan(wave("one", "a", "z"), wave("two", "b"), scope=Scope.WAVE)).prepared()
    scene.healthy("a")
    scene.healthy("z")
    scene.confirmed("z")
    scene.activated("b")
    scene.failed("a", Act.CONFIRM)
    assert scene.where("a") is HostState.STRANDED
    assert scene.busy(Act.REVERT) == ["b"]


def test_an_activation_under_way_is_waited_for_and_then_taken_back() -> None:
    scene = Scene(plan(wave("all", "a", "b"))).prepared()
    scene.failed("a", Act.ACTIVATE)
    assert scene.busy(Act.REVERT) == ["a"]
    scene.activated("b")
    assert scene.busy(Act.REVERT) == ["a", "b"]


def test_a_revert_is_judged_by_what_the_way_back_answered_before() -> None:
    scene = Scene(ONE).prepared()
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a")
    assert watched(scene.state) == {"a": Wanted("r1", body=False)}
    scene.answers("a", "r2")
    assert scene.where("a") is HostState.REVERTING
    scene.answers("a", "r1")
    assert scene.where("a") is HostState.REVERTED
    assert scene.of_kind(ev.HostReverted) == [ev.HostReverted(at=scene.now, host="a", release="r1")]


def test_what_a_died_run_noted_of_the_way_back_is_what_a_revert_must_answer() -> None:
    left = replace(OLD_RUNS, current="r1b", pending="r1b", way_back="r1", answer="one")
    scene = Scene(ONE).prepared(a=left)
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a")
    assert watched(scene.state) == {"a": Wanted("one", body=False)}


def test_a_way_back_whose_answer_nobody_knows_may_answer_anything_but_the_new_release() -> None:
    scene = Scene(ONE).prepared(a=replace(OLD_RUNS, current="r1b", pending="r1b", way_back="r1"))
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a")
    assert watched(scene.state) == {"a": Wanted(None, unwanted="r2", body=False)}


def test_a_release_that_was_activated_again_goes_back_to_itself() -> None:
    scene = Scene(ONE)
    scene.inspected("a", NEW_RUNS)
    scene.observed("a", NEW_RUNS, answers="r1")
    scene.staged("a") if scene.busy(Act.STAGE) else None
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a", "r2")
    assert watched(scene.state) == {"a": Wanted("r2")}


def test_a_way_back_that_does_not_become_healthy_strands_the_host() -> None:
    scene = Scene(ONE).prepared()
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a")
    scene.wait(10)
    assert scene.where("a") is HostState.STRANDED
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("a",))


def test_what_a_failed_rollout_had_staged_is_taken_away_again_but_not_from_a_stranded_host() -> None:
    scene = Scene(plan(wave("all", "a", "b"), scope=Scope.ROLLOUT)).prepared()
    scene.healthy("a")
    scene.activated("b")
    scene.answers("b", status=500)
    scene.failed("b", Act.REVERT)
    scene.reverted("a")
    assert Do("a", Act.UNSTAGE) in scene.asked
    assert Do("b", Act.UNSTAGE) not in scene.asked
    assert (scene.end.outcome, scene.where("a")) == (Outcome.INCOMPLETE, HostState.REVERTED)


def test_a_first_deploy_is_back_when_nothing_is_left_of_it() -> None:
    scene = Scene(ONE).prepared(a=HostFacts())
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a", "", removed=True)
    assert scene.where("a") is HostState.REVERTED
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.ROLLED_BACK, 1)


def test_without_a_health_url_a_way_back_must_run_for_a_while_too() -> None:
    scene = Scene(plan(wave("all", "a", bake=60.0), health=None)).prepared()
    scene.activated("a")
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 3.0, cwd="/srv/myapp/releases/r2")))
    scene.wait(10)
    assert scene.of_kind(ev.HostHealthy)
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 20.0, active="failed")))
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("back", 21.0)))
    back = replace(RECEIPT, invocation="back", started=21.0)
    scene.tell(ev.HostRestored(at=scene.now, host="a", receipt=back, release="r1"))
    scene.wait(9)
    assert scene.where("a") is HostState.REVERTING
    scene.wait(1)
    assert scene.where("a") is HostState.REVERTED
