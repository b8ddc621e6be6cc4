"""Rules in the core: looks at their interval, a failure at any look, and what a wave does at the end of its bake."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, LossKind, Outcome
from deployer.gates.verdict import Verdict
from deployer.plan.judging import AnyRule, Metrics, Policy
from deployer.plan.model import Wave
from deployer.readings import Reading, Unmeasured
from deployer.rollout.table import HostState
from tests.rollout.plans import ERRORS, gated, metrics, plan, wave
from tests.rollout.scene import NEW_RUNS, Scene, running

ONE = wave("all", "a", bake=20.0, longest=60.0)
FIRST = wave("one", "a", longest=60.0)
UNREADABLE = Reading(unmeasured=(Unmeasured("errors", "not-exposed", "there is no errors_total"),))


def scene(*waves: Wave, gate: Metrics | None = None) -> Scene:
    """Give a rollout to waves whose metrics are judged, ready to activate."""
    return Scene(gated(plan(*waves), gate or metrics())).prepared()


def with_policies(**policies: Policy) -> Metrics:
    """Give a gate of rules by name, each with its policy for whatever it cannot tell."""
    named: list[AnyRule] = [
        replace(ERRORS, name=name, on_inconclusive=policy, on_error=policy) for name, policy in policies.items()
    ]
    return metrics(*named)


def unsure(told: Scene, seconds: int) -> Scene:
    """Host a is healthy and then for so long under too little load to say anything."""
    told.healthy("a")
    for _ in range(seconds // 10):
        told.counted("a", 0, 10)
        told.wait(10)
    return told


def test_a_wave_passes_when_its_bake_is_over_and_every_rule_says_yes() -> None:
    told = scene(ONE)
    told.healthy("a")
    assert told.of_kind(ev.WaveBaking) == [ev.WaveBaking(at=1000.0, wave="all", until=1020.0, latest=1060.0)]
    for seconds in (10, 9):
        told.counted("a", 0, 100)
        told.wait(seconds)
    assert told.busy(Act.CONFIRM) == []
    told.wait(1)
    assert told.busy(Act.CONFIRM) == ["a"]
    assert {verdict for _, _, verdict in told.looks} == {Verdict.PASS}


def test_a_wave_is_looked_at_once_an_interval_and_not_before_anything_was_counted() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.read("a", Reading(ready=False))
    told.wait(5)
    assert told.looks == []
    told.counted("a", 0, 5)
    told.wait(9)
    told.counted("a", 0, 10)
    assert told.looks == [("all", 1, Verdict.INCONCLUSIVE)]
    told.wait(1)
    assert told.looks == [("all", 1, Verdict.INCONCLUSIVE), ("all", 2, Verdict.INCONCLUSIVE)]


def test_what_cannot_be_measured_is_told_before_anything_is_counted() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.read("a", replace(UNREADABLE, ready=False))
    assert told.looks == [("all", 1, Verdict.ERROR)]
    assert told.busy(Act.REVERT) == []


def test_a_rule_that_fails_takes_the_rollout_back_at_once_and_says_with_which_numbers() -> None:
    told = scene(ONE, wave("rest", "b"))
    told.healthy("a")
    told.counted("a", 9, 20)
    failed = told.failed_wave
    assert (failed.wave, failed.host, failed.failure.kind) == ("all", "", LossKind.GATE)
    assert failed.failure.code
    assert failed.failure.message.startswith("rule errors: ")
    assert "9 of 20" in failed.failure.message
    assert failed.failure.evidence
    assert told.busy(Act.REVERT) == ["a"]
    told.reverted("a")
    assert (told.end.outcome, told.end.exit_code, told.end.failure) == (Outcome.ROLLED_BACK, 1, failed.failure)
    assert told.where("b") is HostState.STAGED


def test_a_wave_is_judged_while_its_hosts_are_still_being_activated() -> None:
    told = scene(wave("all", "a", "b", "c", parallel=1, bake=20.0))
    told.healthy("a")
    assert told.busy(Act.ACTIVATE) == ["b"]
    told.counted("a", 9, 20)
    assert told.failed_wave.wave == "all"
    assert told.busy(Act.REVERT) == ["a"]


def test_an_earlier_wave_is_judged_on_while_a_later_one_rolls() -> None:
    told = scene(FIRST, wave("two", "b", bake=60.0))
    told.healthy("a")
    told.counted("a", 0, 100)
    told.healthy("b")
    told.wait(10)
    told.counted("a", 50, 200)
    told.wait(10)
    assert told.failed_wave.wave == "one"
    assert sorted(told.busy(Act.REVERT)) == ["a", "b"]


def test_a_host_that_falls_is_what_failed_though_a_rule_fails_as_well() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.counted("a", 0, 20)
    told.wait(9)
    told.counted("a", 9, 20)
    told.now += 1
    told.tell(ev.UnitSeen(at=told.now, host="a", look=running("new", 9.0, active="failed")))
    assert (told.failed_wave.host, told.failed_wave.failure.code) == ("a", "unit-failed")


def test_a_wave_that_is_not_sure_bakes_on_and_passes_as_soon_as_it_is() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.counted("a", 0, 10)
    told.wait(30)
    assert told.busy(Act.CONFIRM) == []
    told.counted("a", 0, 60)
    told.wait(10)
    assert told.busy(Act.CONFIRM) == ["a"]


def test_at_the_end_of_the_bake_a_rule_that_is_not_sure_takes_the_wave_back() -> None:
    told = unsure(scene(ONE), 50)
    told.wait(9)
    assert not told.of_kind(ev.WaveFailed)
    told.wait(1)
    assert told.failed_wave.failure.message.endswith("on_inconclusive: rollback")
    assert told.busy(Act.REVERT) == ["a"]


def test_a_rule_whose_policy_is_to_hold_holds_the_wave_and_its_hosts_keep_what_they_run() -> None:
    told = unsure(scene(ONE, wave("rest", "b"), gate=with_policies(errors=Policy.HOLD)), 60)
    assert (told.held.wave, told.held.before) == ("all", False)
    assert told.held.failure.message.endswith("on_inconclusive: hold")
    assert told.busy(Act.HOLD) == ["a", "b"]
    assert told.busy(Act.REVERT) == []


def test_a_rule_whose_policy_is_to_pass_passes_with_a_warning_that_names_it() -> None:
    told = scene(ONE, gate=with_policies(errors=Policy.PASS))
    told.healthy("a")
    told.read("a", UNREADABLE)
    told.wait(60)
    (warned,) = told.of_kind(ev.Warned)
    assert isinstance(warned, ev.Warned)
    assert "on_error: pass" in warned.message
    assert "rule errors" in warned.message
    assert told.busy(Act.CONFIRM) == ["a"]


def test_a_rollback_beats_a_hold_and_a_hold_beats_a_pass() -> None:
    told = scene(ONE, gate=with_policies(x=Policy.PASS, y=Policy.HOLD, z=Policy.ROLLBACK))
    told.healthy("a")
    told.wait(60)
    assert "rule z" in told.failed_wave.failure.message
    told = scene(ONE, gate=with_policies(x=Policy.PASS, y=Policy.HOLD))
    told.healthy("a")
    told.wait(60)
    assert "rule y" in told.held.failure.message


def test_nothing_measured_never_passes() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.wait(60)
    assert told.busy(Act.REVERT) == ["a"]
    assert told.looks == [("all", 1, Verdict.ERROR)], "no reading came for as long as three take"


def test_a_wave_does_not_pass_while_one_of_its_hosts_was_not_read() -> None:
    told = scene(wave("all", "a", "b", parallel=1, longest=60.0))
    told.healthy("a")
    told.counted("a", 0, 500)
    told.wait(8)
    told.healthy("b")
    told.wait(2)
    told.counted("a", 0, 600)
    assert told.looks[-1] == ("all", 2, Verdict.INCONCLUSIVE)
    assert told.busy(Act.CONFIRM) == []
    told.counted("b", 0, 3)
    told.wait(10)
    assert told.busy(Act.CONFIRM) == ["a", "b"]


def test_a_look_from_before_the_last_host_was_healthy_passes_nothing() -> None:
    told = scene(wave("all", "a", "b", parallel=1, longest=60.0))
    told.healthy("a")
    told.counted("a", 0, 500)
    told.wait(1)
    told.healthy("b")
    assert told.looks == [("all", 1, Verdict.PASS)]
    assert told.busy(Act.CONFIRM) == []


def test_a_look_that_is_old_passes_nothing_and_readings_that_stay_away_are_an_error() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.counted("a", 0, 100)
    told.wait(44)
    assert told.looks == [("all", 1, Verdict.PASS)]
    assert told.busy(Act.CONFIRM) == []
    told.wait(1)
    assert told.looks[1:] == [("all", 2, Verdict.ERROR)]


def test_a_reading_that_fails_once_or_twice_leaves_the_last_counts_standing() -> None:
    told = scene(ONE)
    told.healthy("a")
    told.counted("a", 0, 100)
    for failures in (1, 2):
        told.wait(9)
        told.read("a", Reading(failures=failures))
    told.wait(2)
    assert told.busy(Act.CONFIRM) == ["a"]
    told = scene(ONE)
    told.healthy("a")
    told.read("a", Reading(failures=1))
    told.counted("a", 0, 100)
    for failures in (1, 2, 3):
        told.wait(5)
        told.read("a", Reading(failures=failures))
    told.wait(5)
    assert told.looks[-1][2] is Verdict.ERROR
    assert told.busy(Act.CONFIRM) == []


def test_a_wave_that_runs_the_release_already_has_nothing_to_be_judged_by() -> None:
    told = Scene(gated(plan(ONE), metrics())).prepared(a=NEW_RUNS)
    assert told.looks == []
    assert told.end.outcome is Outcome.UNCHANGED


def test_a_rule_that_only_observes_is_told_and_decides_nothing() -> None:
    told = scene(wave("all", "a", bake=20.0, longest=60.0), gate=metrics(replace(ERRORS, deciding=False)))
    told.healthy("a")
    assert told.of_kind(ev.WaveBaking) == [ev.WaveBaking(at=1000.0, wave="all", until=1020.0)]
    told.counted("a", 20, 20)
    assert told.looks == [("all", 1, Verdict.FAIL)]
    told.wait(20)
    assert told.busy(Act.CONFIRM) == ["a"]


def test_what_a_host_counted_that_failed_within_the_budget_says_nothing_of_the_others() -> None:
    told = scene(wave("all", "a", "b", failures=1, bake=20.0, longest=60.0))
    told.healthy("a")
    told.healthy("b")
    told.counted("a", 0, 100)
    told.counted("b", 1, 100)
    told.tell(ev.UnitSeen(at=told.now, host="b", look=running("new", 9.0, active="failed")))
    told.reverted("b")
    told.wait(20)
    judged = told.of_kind(ev.WaveJudged)[-1]
    assert isinstance(judged, ev.WaveJudged)
    assert (judged.rulings[0].bad, judged.rulings[0].total) == (0, 100)
    assert told.busy(Act.CONFIRM) == ["a"]
