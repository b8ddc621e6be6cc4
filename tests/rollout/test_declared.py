"""The journal gate and the command gate in the core: asked when their time has come, and their policies."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, Outcome, Verb
from deployer.plan.judging import CommandGate, JournalGate, Policy
from deployer.plan.model import Wave
from deployer.rollout.decisions import Do
from deployer.rollout.table import HostState
from deployer.rollout.watch import journaled
from tests.rollout.plans import gated, plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene, running
from tests.rollout.test_receipts import COUNTED, KEPT, live, measured

JOURNAL = JournalGate(("Address already in use",))
COMMAND = CommandGate(("/usr/local/bin/smoke",))
TWO = wave("one", "a", bake=30.0), wave("two", "b")


def reading(*waves: Wave, on_error: Policy = Policy.ROLLBACK) -> Scene:
    return Scene(gated(plan(*waves), journal=replace(JOURNAL, on_error=on_error))).prepared()


def running_commands(*waves: Wave, on_error: Policy = Policy.ROLLBACK) -> Scene:
    return Scene(gated(plan(*waves), command=replace(COMMAND, on_error=on_error))).prepared()


def test_a_host_is_healthy_only_when_its_journal_was_read_and_is_clean() -> None:
    scene = reading(*TWO)
    assert journaled(scene.plan, scene.state) == frozenset()
    scene.healthy("a")
    assert journaled(scene.plan, scene.state) == {"a"}
    assert journaled(plan(*TWO), scene.state) == frozenset()
    assert not scene.of_kind(ev.HostHealthy)
    scene.journal("a", invocation="old")
    assert not scene.of_kind(ev.HostHealthy), "that was the release before"
    scene.journal("a")
    assert scene.of_kind(ev.HostHealthy)


def test_a_forbidden_line_fails_the_host_at_once_whenever_it_comes() -> None:
    scene = reading(wave("one", "a"), wave("two", "b"))
    scene.healthy("a")
    scene.journal("a")
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.journal("a", "bind: Address already in use")
    assert (scene.failed_wave.wave, scene.failed_wave.host) == ("one", "a")
    assert scene.failed_wave.failure.evidence == ("bind: Address already in use",)
    (failed,) = scene.of_kind(ev.HostFailed)
    assert isinstance(failed, ev.HostFailed)
    assert failed.gate == "journal"


def test_a_journal_that_is_never_read_is_waited_for_until_the_deadline() -> None:
    scene = reading(*TWO)
    scene.healthy("a")
    scene.wait(9)
    assert scene.where("a") is HostState.ACTIVE
    scene.wait(1)
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_journal_that_cannot_be_read_is_as_its_policy_has_it() -> None:
    scene = reading(*TWO)
    scene.healthy("a")
    scene.journal("a", error="no such file")
    scene.journal("a", error="no such file")
    assert scene.where("a") is HostState.ACTIVE
    scene.journal("a", error="no such file")
    assert scene.failed_wave.failure.code == "journal-unreadable"


def test_a_journal_that_cannot_be_read_passes_with_a_warning_where_the_policy_is_to_pass() -> None:
    scene = reading(*TWO, on_error=Policy.PASS)
    scene.healthy("a")
    scene.wait(10)
    assert scene.of_kind(ev.HostHealthy)
    scene.wait(30)
    (warned,) = scene.of_kind(ev.Warned)
    assert isinstance(warned, ev.Warned)
    assert warned.host == "a"
    assert "journal" in warned.message
    assert scene.busy(Act.ACTIVATE) == ["b"]


def test_the_way_back_needs_no_journal_and_no_command() -> None:
    scene = Scene(gated(plan(*TWO), journal=JOURNAL, command=COMMAND)).prepared()
    scene.healthy("a")
    scene.journal("a", "Address already in use")
    scene.restored("a")
    assert journaled(scene.plan, scene.state) == frozenset()
    scene.answers("a", "r1")
    assert scene.end.outcome is Outcome.ROLLED_BACK
    scene = Scene(gated(plan(wave("all", "a")), journal=JOURNAL, command=COMMAND), verb=Verb.ROLLBACK, release="r0")
    scene.prepared(a=replace(OLD_RUNS, staged=True))
    scene.activated("a")
    scene.answers("a", "r0")
    assert scene.busy(Act.CONFIRM) == ["a"]


def test_the_command_is_run_once_when_the_release_is_live_and_well() -> None:
    scene = running_commands(*TWO)
    scene.activated("a")
    assert scene.busy(Act.COMMAND) == []
    scene.answers("a")
    assert scene.busy(Act.COMMAND) == ["a"]
    scene.answers("a")
    scene.commanded("a")
    assert scene.of_kind(ev.HostHealthy)
    scene.answers("a")
    assert scene.asked.count(Do("a", Act.COMMAND)) == 1


def test_the_command_is_run_after_the_receipt_is_complete() -> None:
    scene = running_commands(*TWO)
    live(scene, "a", COUNTED)
    assert (scene.busy(Act.MEASURE), scene.busy(Act.COMMAND)) == (["a"], [])
    measured(scene, "a", KEPT)
    assert scene.busy(Act.COMMAND) == ["a"]


def test_a_command_that_says_no_fails_the_host() -> None:
    scene = running_commands(*TWO)
    scene.healthy("a")
    scene.commanded("a", 1)
    assert scene.failed_wave.failure.code == "command-failed"
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_command_that_ends_inside_sockdeploy_fails_the_host() -> None:
    scene = running_commands(*TWO)
    scene.healthy("a")
    scene.failed("a", Act.COMMAND)
    assert scene.busy(Act.REVERT) == ["a"]


def test_a_host_that_is_lost_while_the_command_runs_is_looked_at_and_the_command_is_run_again() -> None:
    scene = running_commands(*TWO)
    scene.healthy("a")
    scene.lost("a")
    scene.unknown("a", Act.COMMAND)
    found = replace(NEW_RUNS, pending="r2", way_back="r1", invocation="new")
    scene.inspected("a", found)
    scene.observed("a", found)
    scene.seen("a")
    assert scene.busy(Act.COMMAND) == ["a"]
    scene.commanded("a")
    assert scene.of_kind(ev.HostHealthy)


@pytest.mark.parametrize("policy", [Policy.PASS, Policy.ROLLBACK])
def test_a_command_that_could_not_be_run_is_as_its_policy_has_it(policy: Policy) -> None:
    scene = running_commands(*TWO, on_error=policy)
    scene.healthy("a")
    scene.commanded("a", None)
    assert bool(scene.of_kind(ev.HostHealthy)) is (policy is Policy.PASS)
    assert bool(scene.of_kind(ev.WaveFailed)) is (policy is Policy.ROLLBACK)
    scene.wait(30)
    assert len(scene.of_kind(ev.Warned)) == (policy is Policy.PASS)


def test_a_gate_whose_policy_is_to_hold_activates_nothing_more_and_holds_when_the_others_have_settled() -> None:
    scene = running_commands(wave("one", "a", "b", "c", parallel=2), wave("two", "d"), on_error=Policy.HOLD)
    scene.activated("b")
    scene.healthy("a")
    scene.commanded("a", None)
    assert not scene.of_kind(ev.WaveHeld)
    scene.answers("b")
    assert not scene.of_kind(ev.WaveHeld), "its command runs"
    scene.commanded("b")
    assert (scene.held.wave, scene.held.failure.code) == ("one", "command-error")
    assert scene.held.failure.message.startswith("a: ")
    assert Do("c", Act.ACTIVATE) not in scene.asked
    assert scene.busy(Act.HOLD) == ["a", "b", "c", "d"]


def test_after_a_tolerated_restart_the_journal_is_read_again_before_the_wave_passes() -> None:
    scene = Scene(gated(plan(wave("one", "a", bake=5.0), restarts=1), journal=JOURNAL)).prepared()
    scene.healthy("a")
    scene.journal("a")
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("again", 9.0, restarts=1)))
    scene.wait(5)
    assert scene.busy(Act.CONFIRM) == []
    scene.journal("a", invocation="again")
    assert scene.busy(Act.CONFIRM) == ["a"]


def restarted(*, after: float) -> Scene:
    """Give a host that a tolerated restart has hit so many seconds after it proved itself."""
    scene = Scene(gated(plan(wave("one", "a", bake=300.0), restarts=1), journal=JOURNAL)).prepared()
    scene.healthy("a")
    scene.journal("a")
    scene.wait(after)
    scene.answers("a")
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("again", 9.0, restarts=1)))
    return scene


def test_after_a_tolerated_restart_the_journal_of_that_start_has_the_whole_deadline_to_be_read() -> None:
    scene = restarted(after=60)
    scene.wait(9)
    assert scene.where("a") is HostState.ACTIVE
    scene.wait(1)
    assert scene.failed_wave.failure.code == "not-read"


def test_a_host_that_is_lost_after_a_tolerated_restart_has_it_once_more() -> None:
    scene = restarted(after=60)
    scene.lost("a")
    scene.inspected("a", replace(OLD_RUNS, current="r2", pending="r2", invocation="again"))
    assert scene.where("a") is HostState.ACTIVE
    scene.journal("a", invocation="again")
    assert not scene.of_kind(ev.WaveFailed)
