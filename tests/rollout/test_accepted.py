"""What a person who resumes says yes to: hosts that were on the release when it was held, and no other."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, HostFacts, LossKind, Outcome, Resumed
from deployer.plan.judging import CommandGate, JournalGate, Policy
from deployer.rollout.decisions import Do
from deployer.rollout.metered import metered
from deployer.rollout.table import HostState
from tests.rollout.plans import gated, metrics, plan, wave
from tests.rollout.scene import OLD_RUNS
from tests.rollout.test_resumed import NEW, OLD, resumed, unheld

MIDWAY = Resumed("first", "full")
ONE_BY_ONE = wave("full", "a", "b", "c", parallel=1, bake=20.0, longest=60.0)
GATED = gated(plan(ONE_BY_ONE), metrics(), command=CommandGate(("smoke",)))
BEHIND = Resumed("first", "two", before=True, accepted=("one",))
TWO = gated(plan(wave("one", "a", "b", bake=60.0), wave("two", "c", approve=True)), metrics())
TAKEN_BACK = replace(OLD_RUNS, staged=True)
"""What a rollback leaves: nothing is held, and the release is staged all the same."""


def test_a_host_that_waited_on_the_release_needs_health_alone() -> None:
    scene = resumed(GATED, MIDWAY, b=NEW, c=NEW)
    for name in "abc":
        scene.answers(name)
    assert scene.busy(Act.CONFIRM) == ["a", "b", "c"]
    assert (scene.looks, scene.of_kind(ev.WaveBaking), scene.of_kind(ev.CommandEnded)) == ([], [], [])


def test_hosts_of_its_wave_that_never_ran_the_release_satisfy_every_gate() -> None:
    scene = resumed(GATED, MIDWAY)
    scene.answers("a")
    for name in "bc":
        assert scene.busy(Act.ACTIVATE) == [name]
        scene.healthy(name)
        assert scene.busy(Act.COMMAND) == [name]
        scene.commanded(name)
    assert [subject.hosts for subject in metered(scene.plan, scene.state)] == [("b",), ("c",)]
    assert scene.of_kind(ev.WaveBaking)
    scene.wait(20)
    assert not scene.busy(Act.CONFIRM), "nothing was counted"
    for name in "bc":
        scene.counted(name, 0, 100)
    scene.wait(10)
    assert scene.busy(Act.CONFIRM) == ["a", "b", "c"]
    assert Do("a", Act.COMMAND) not in scene.asked


def test_a_release_that_is_bad_on_those_is_taken_back_everywhere() -> None:
    scene = resumed(GATED, MIDWAY)
    scene.answers("a")
    scene.healthy("b")
    scene.commanded("b", 1)
    assert scene.failed_wave.failure.code == "command-failed"
    for name in "ab":
        assert scene.busy(Act.REVERT) == [name]
        scene.reverted(name)
    unheld(scene)
    assert scene.end.outcome is Outcome.ROLLED_BACK


def test_a_host_that_moved_into_an_accepted_wave_since_then_satisfies_every_gate() -> None:
    scene = resumed(TWO, BEHIND)
    scene.answers("a")
    scene.healthy("b")
    assert [subject.hosts for subject in metered(scene.plan, scene.state)] == [("b",)]
    assert not scene.busy(Act.ACTIVATE), "its wave bakes"


def test_a_host_that_got_the_release_after_the_hold_from_a_run_that_died_satisfies_every_gate() -> None:
    scene = resumed(TWO, BEHIND, b=replace(NEW, waited=False))
    for name in "ab":
        scene.answers(name)
    assert [subject.hosts for subject in metered(scene.plan, scene.state)] == [("b",)]
    assert not scene.busy(Act.ACTIVATE)


def test_a_journal_that_could_not_be_read_holds_what_waited_no_more() -> None:
    asked = gated(TWO, journal=JournalGate(("it hurts",), on_error=Policy.HOLD))
    scene = resumed(asked, BEHIND, b=NEW)
    for name in "ab":
        scene.answers(name)
    scene.wait(10)
    assert scene.busy(Act.ACTIVATE) == ["c"]
    assert not scene.of_kind(ev.WaveHeld)


def test_what_was_taken_back_between_the_question_and_the_lock_is_not_brought_out() -> None:
    scene = resumed(TWO, BEHIND, a=TAKEN_BACK, b=TAKEN_BACK, c=TAKEN_BACK)
    assert (scene.end.outcome, scene.end.exit_code) == (Outcome.REFUSED, 5)
    assert scene.end.failure is not None
    assert (scene.end.failure.kind, scene.end.failure.code) == (LossKind.REFUSED, "not-held")
    assert {each.act for each in scene.asked if isinstance(each, Do)} == {Act.INSPECT, Act.OBSERVE}


@pytest.mark.parametrize("hold", ["", "another"])
def test_one_host_that_does_not_wait_any_more_refuses_it_for_all(hold: str) -> None:
    scene = resumed(TWO, BEHIND, b=NEW, c=replace(OLD, hold=hold))
    assert scene.end.hosts == ("c",)
    assert scene.end.exit_code == 5


def test_a_host_with_an_older_hold_of_the_same_rollout_takes_part() -> None:
    again = Resumed("third", "two", before=True, accepted=("one",), earlier=("first", "second"))
    now = replace(NEW, hold="third")
    scene = resumed(TWO, again, a=now, b=now, c=OLD)
    for name in "ab":
        scene.answers(name)
    assert scene.busy(Act.ACTIVATE) == ["c"]


def test_a_host_that_somebody_took_back_while_it_was_lost_is_not_activated() -> None:
    scene = resumed(TWO, BEHIND, b=NEW)
    scene.lost("c")
    scene.tell(ev.HostObserved(at=scene.now, host="c", current="r1", pending="", hold=""))
    scene.inspected("c", TAKEN_BACK)
    for name in "ab":
        scene.answers(name)
    assert Do("c", Act.ACTIVATE) not in scene.asked
    assert scene.failed_wave.failure.code == "not-held"


def test_a_first_deploy_that_was_taken_back_is_told_as_well() -> None:
    scene = resumed(TWO, BEHIND, b=NEW, c=HostFacts(staged=True))
    assert scene.end.failure is not None
    assert scene.end.failure.message == "r2 is not held here any more: the host runs nothing"


def test_a_host_that_was_confirmed_before_needs_no_hold() -> None:
    confirmed = replace(NEW, pending="", way_back="r2", hold="", waited=False, good=("r2",))
    scene = resumed(TWO, BEHIND, a=confirmed, b=confirmed)
    assert scene.where("a") is HostState.CONFIRMED
    assert scene.busy(Act.ACTIVATE) == ["c"]
