"""Forward: wave after wave, each proven before the next."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, HealthLook, LossKind, Outcome
from deployer.plan.model import HookPoint, Plan, Scope
from deployer.rollout.decisions import Do, RunHook
from deployer.rollout.state import Defeat
from deployer.rollout.table import HostState
from deployer.rollout.watch import watched
from tests.rollout.plans import HEALTH, plan, wave
from tests.rollout.scene import NEW_RUNS, RECEIPT, Scene, loss, running

ONE = plan(wave("all", "a"))


def test_the_happy_path_of_a_host_is_six_acts() -> None:
    scene = Scene(ONE).prepared()
    scene.healthy("a")
    scene.confirmed("a")
    scene.pruned("a")
    acts = [ask.act for ask in scene.asked if isinstance(ask, Do)]
    assert acts == [Act.INSPECT, Act.OBSERVE, Act.STAGE, Act.ACTIVATE, Act.CONFIRM, Act.PRUNE]
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.SUCCEEDED, 0, ())


def test_a_wave_starts_when_the_one_before_has_passed() -> None:
    scene = Scene(plan(wave("canary", "a"), wave("full", "b", "c"))).prepared()
    assert scene.busy(Act.ACTIVATE) == ["a"]
    scene.activated("a")
    assert scene.busy(Act.ACTIVATE) == []
    scene.answers("a")
    assert scene.busy(Act.ACTIVATE) == ["b", "c"]


def test_a_host_takes_its_place_until_it_has_proved_itself() -> None:
    scene = Scene(plan(wave("all", "a", "b", "c", parallel=2))).prepared()
    assert scene.busy(Act.ACTIVATE) == ["a", "b"]
    scene.activated("a")
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.answers("a")
    assert scene.busy(Act.ACTIVATE) == ["b", "c"]


def test_with_scope_rollout_hosts_are_confirmed_together_at_the_end() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.healthy("a")
    assert scene.busy(Act.CONFIRM) == []
    scene.healthy("b")
    assert scene.busy(Act.CONFIRM) == ["a", "b"]


def test_with_scope_wave_hosts_are_confirmed_when_their_wave_has_passed() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"), scope=Scope.WAVE)).prepared()
    scene.healthy("a")
    assert scene.busy(Act.CONFIRM) == ["a"]
    assert scene.busy(Act.ACTIVATE) == ["b"]


def test_a_wave_bakes_for_its_time_under_watch() -> None:
    scene = Scene(plan(wave("all", "a", bake=30.0))).prepared()
    scene.healthy("a")
    (baking,) = scene.of_kind(ev.WaveBaking)
    assert baking == ev.WaveBaking(at=1000.0, wave="all", until=1030.0)
    scene.wait(29)
    assert scene.busy(Act.CONFIRM) == []
    assert set(watched(scene.state)) == {"a"}
    scene.wait(1)
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_a_wave_that_wavers_at_the_end_of_its_bake_is_decided_first() -> None:
    scene = Scene(plan(wave("all", "a", bake=30.0))).prepared()
    scene.healthy("a")
    scene.wait(29)
    scene.answers("a", status=500)
    scene.wait(5)
    assert scene.busy(Act.CONFIRM) == []
    scene.answers("a")
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_a_host_that_falls_while_it_bakes_fails_its_wave() -> None:
    scene = Scene(plan(wave("all", "a", bake=30.0))).prepared()
    scene.healthy("a")
    scene.answers("a", status=500)
    scene.answers("a", status=500)
    assert scene.busy(Act.REVERT) == ["a"]


def test_earlier_waves_stay_under_watch_while_later_ones_roll() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.healthy("a")
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 9.0, active="failed")))
    (failed,) = scene.of_kind(ev.WaveFailed)
    assert isinstance(failed, ev.WaveFailed)
    assert (failed.wave, failed.host) == ("one", "a")


def test_a_wave_does_not_pass_while_it_is_open_how_an_earlier_host_stands() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b"))).prepared()
    scene.healthy("a")
    scene.lost("a")
    scene.healthy("b")
    assert scene.busy(Act.CONFIRM) == []
    scene.failed("a", Act.INSPECT, LossKind.UNREACHABLE)
    assert scene.where("a") is HostState.STRANDED
    assert scene.busy(Act.REVERT) == ["b"]


def test_a_failure_within_the_budget_takes_back_that_host_alone() -> None:
    scene = Scene(plan(wave("all", "a", "b", failures=1))).prepared()
    scene.failed("a", Act.ACTIVATE)
    assert scene.busy(Act.REVERT) == ["a"]
    scene.healthy("b")
    scene.reverted("a")
    scene.confirmed("b")
    scene.pruned("b")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.SUCCEEDED, 0, ("a",))


def test_a_wave_in_which_nobody_made_it_fails_whatever_its_budget() -> None:
    scene = Scene(plan(wave("one", "a", failures=1), wave("two", "b"))).prepared()
    scene.failed("a", Act.ACTIVATE)
    assert scene.of_kind(ev.WaveFailed)
    assert Do("b", Act.ACTIVATE) not in scene.asked
    scene.reverted("a")
    assert [type(event) for event in scene.told[-2:]] == [ev.Warned, ev.RolloutFinished]


def test_the_old_process_answering_well_never_passes_and_fails_at_the_deadline() -> None:
    scene = Scene(ONE).prepared()
    scene.activated("a")
    for _ in range(9):
        scene.wait(1)
        scene.answers("a", "r1")
    assert scene.where("a") is HostState.ACTIVE
    scene.wait(1)
    assert scene.busy(Act.REVERT) == ["a"]


def test_without_a_health_url_the_unit_must_run_for_a_while() -> None:
    scene = Scene(plan(wave("all", "a"), health=None)).prepared()
    assert scene.busy(Act.ACTIVATE) == ["a"]
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 2.0, cwd="/srv/myapp/releases/r2")))
    scene.tell(ev.HostActivated(at=scene.now, host="a", receipt=RECEIPT))
    scene.wait(9)
    assert not scene.of_kind(ev.HostHealthy)
    scene.tell(ev.HealthSeen(at=scene.now, host="a", look=HealthLook("host", 500)))
    scene.wait(1)
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_without_a_health_url_a_unit_that_never_settles_fails_in_time() -> None:
    scene = Scene(plan(wave("all", "a"), health=None, restarts=99)).prepared()
    scene.activated("a")
    for second in range(12):
        state = "active" if second % 2 else "activating"
        scene.wait(5)
        scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 2.0 + second, active=state)))
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_tolerated_restart_in_a_long_bake_is_given_time_to_come_back() -> None:
    scene = Scene(plan(wave("all", "a", bake=99.0), restarts=1)).prepared()
    scene.healthy("a")
    scene.wait(50)
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("new", 50.0, active="activating")))
    scene.wait(1)
    assert scene.where("a") is HostState.ACTIVE
    scene.wait(HEALTH.deadline)
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_release_of_a_died_run_that_answers_well_is_adopted_proven_and_confirmed() -> None:
    unconfirmed = replace(NEW_RUNS, pending="r2", way_back="r1")
    scene = Scene(ONE).prepared(a=unconfirmed)
    assert scene.of_kind(ev.HostAdopted)
    scene.answers("a")
    assert scene.busy(Act.CONFIRM) == ["a"]
    assert Do("a", Act.ACTIVATE) not in scene.asked


def test_hosts_that_need_nothing_take_no_place_for_long() -> None:
    scene = Scene(plan(wave("all", "a", "b", "c", parallel=1))).prepared(a=NEW_RUNS, b=NEW_RUNS)
    assert [scene.where(name) for name in "ab"] == [HostState.CONFIRMED] * 2
    assert scene.busy(Act.ACTIVATE) == ["c"]


def test_a_host_that_cannot_confirm_is_stranded_and_named() -> None:
    scene = Scene(plan(wave("all", "a", "b"), hooks=(HookPoint.ON_FAILURE, HookPoint.AFTER_ROLLOUT))).prepared()
    scene.healthy("a")
    scene.healthy("b")
    scene.confirmed("a")
    scene.failed("b", Act.CONFIRM)
    scene.pruned("a")
    assert scene.asked[-1] == RunHook("on_failure", defeat=Defeat("all", "b", loss()))
    scene.hook_ended("on_failure")
    assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.INCOMPLETE, 3, ("b",))
    assert scene.end.failure == loss()


def test_pruning_that_fails_changes_nothing() -> None:
    for how in ("failed", "unknown"):
        scene = Scene(ONE).prepared()
        scene.healthy("a")
        scene.confirmed("a")
        getattr(scene, how)("a", Act.PRUNE)
        assert scene.end.exit_code == 0


def test_time_that_runs_out_takes_the_rollout_back() -> None:
    scene = Scene(plan(wave("one", "a"), wave("two", "b", bake=500.0), limit=100.0)).prepared()
    scene.healthy("a")
    scene.healthy("b")
    scene.wait(84)
    assert scene.busy(Act.REVERT) == []
    scene.wait(1)
    assert sorted(scene.busy(Act.REVERT)) == ["a", "b"]
    (failed,) = scene.of_kind(ev.WaveFailed)
    assert isinstance(failed, ev.WaveFailed)
    assert (failed.wave, failed.failure.kind) == ("two", LossKind.DEADLINE)


def test_without_a_health_gate_the_reserve_is_the_activations_alone() -> None:
    scene = Scene(plan(wave("all", "a"), health=None, limit=100.0)).prepared()
    scene.wait(94)
    assert not scene.of_kind(ev.WaveFailed)
    scene.wait(1)
    assert scene.of_kind(ev.WaveFailed)


def test_what_is_heard_after_the_end_changes_nothing() -> None:
    scene = Scene(ONE)
    scene.failed("a", Act.INSPECT, LossKind.REFUSED)
    before = scene.state
    scene.inspected("a")
    assert scene.state == before


def test_evidence_is_for_people_and_changes_nothing() -> None:
    scene = Scene(ONE).prepared()
    before = scene.state.hosts["a"]
    scene.tell(ev.EvidenceTaken(at=scene.now, host="a", lines=("unit: failed",)))
    assert scene.state.hosts["a"] == before


def test_every_plan_that_has_several_sources_needs_each_of_them() -> None:
    sources: Plan = plan(wave("all", "a"), health=replace(HEALTH, sources=(HEALTH.sources[0], HEALTH.sources[0].LOCAL)))
    scene = Scene(sources).prepared()
    scene.healthy("a")
    assert scene.busy(Act.CONFIRM) == []
    scene.tell(ev.HealthSeen(at=scene.now, host="a", look=HealthLook("local", 200, "r2")))
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_what_the_load_balancer_sees_counts_for_the_new_release_and_not_on_the_way_back() -> None:
    health = replace(HEALTH, balancer="http://{address}:8080/healthz")
    scene = Scene(plan(wave("all", "a"), health=health)).prepared()
    scene.activated("a")
    scene.answers("a")
    assert scene.of_kind(ev.HostHealthy) == []
    lost = HealthLook("load balancer", error="no connection")
    scene.tell(*(ev.HealthSeen(at=scene.now, host="a", look=lost) for _ in range(3)))
    scene.wait(11)
    scene.restored("a")
    scene.answers("a", "r1")
    assert scene.where("a") is HostState.REVERTED
