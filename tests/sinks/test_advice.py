"""What a person is told to do next."""

import pytest

from deployer import events as ev
from deployer.facts import Act, Failure, LossKind, Outcome, Verb
from deployer.sinks.advice import advice
from deployer.sinks.phrases import whereabouts
from tests.sinks import stories
from tests.sinks.stories import Script, told


@pytest.mark.parametrize("events", [stories.success(), stories.unchanged()])
def test_nothing_is_to_be_done_when_all_is_well(events: list[ev.Event]) -> None:
    assert advice(told(events), "plan.yml") == ()


def test_a_stranded_host_is_named_first_then_the_ways_on() -> None:
    first, second = advice(told(stories.host_lost()), "plan.yml")
    assert first == "web-3 needs a person: it was lost (no route to host)"
    for command in ("sockdeploy status plan.yml", "sockdeploy abort plan.yml", "sockdeploy apply plan.yml"):
        assert f"`{command}`" in second


def test_a_rollback_that_did_not_end_is_run_again_as_one() -> None:
    (said,) = advice(told(Script().begin(verb=Verb.ROLLBACK).inspected().events), "plan.yml")
    assert "`sockdeploy rollback plan.yml` to go back" in said


def test_a_plan_with_a_space_in_its_path_can_be_pasted() -> None:
    assert "`sockdeploy status 'my plan.yml'`" in advice(told(stories.host_lost()), "my plan.yml")[1]


def test_one_remedy_for_many_hosts_is_told_once() -> None:
    failure = Failure(LossKind.REFUSED, "sudo", "sudo asks for a password", "add the sudoers line")
    script = Script().begin()
    for host in stories.HOSTS:
        script.add(ev.ActFailed(at=script.at, host=host, act=Act.INSPECT, failure=failure))
    said = advice(told(script.end(Outcome.REFUSED, 5, failure)), "plan.yml")
    assert said[0] == "web-1, web-2, web-3, web-4: add the sudoers line"
    assert said[1].startswith("Nothing was switched.")


def test_a_refused_host_is_told_with_the_release_it_runs() -> None:
    failure = Failure(LossKind.REFUSED, "disk", "not enough room")
    script = Script().begin()
    script.add(ev.ActFailed(at=script.at, host="web-1", act=Act.INSPECT, failure=failure, current="r0"))
    script.add(ev.ActFailed(at=script.at, host="web-2", act=Act.INSPECT, failure=failure))
    story = told(script.end(Outcome.REFUSED, 5, failure))
    assert [whereabouts(story.host(name)) for name in ("web-1", "web-2")] == [
        "untouched, on r0",
        "untouched, its release is not known",
    ]


def test_a_listener_that_somebody_may_have_closed_does_not_ask_for_a_new_id() -> None:
    lost = Failure(LossKind.GATE, "listener-lost", "systemd no longer holds the listener")
    script = Script().begin()
    script.add(ev.HostFailed(at=script.at, host="web-1", failure=lost, gate="unit"))
    (said,) = advice(told(script.end(Outcome.ROLLED_BACK, 1, lost)), "plan.yml")
    assert "the same release will do" in said
    assert "`sockdeploy apply plan.yml`" in said


def test_a_rollback_that_was_refused_is_run_again_as_a_rollback() -> None:
    failure = Failure(LossKind.LOCKED, "locked", "ann holds the lock since 12:00")
    script = Script().begin(verb=Verb.ROLLBACK)
    script.add(ev.ActFailed(at=script.at, host="web-1", act=Act.OBSERVE, failure=failure))
    (said,) = advice(told(script.end(Outcome.REFUSED, 5, failure)), "plan.yml")
    assert said == "Nothing was switched. When the other rollout is over, run `sockdeploy rollback plan.yml` again."


def test_a_cancel_before_any_switch_says_that_nothing_happened() -> None:
    script = Script().begin().inspected()
    assert "Nothing was switched" in advice(told(script.end(Outcome.CANCELLED, 130)), "plan.yml")[0]
    (said,) = advice(told(stories.cancelled()), "plan.yml")
    assert "go on where this run stopped" in said
    assert "`sockdeploy abort plan.yml`" in said


def test_a_host_that_the_plan_tolerates_is_named() -> None:
    (said,) = advice(told(stories.tolerated()), "plan.yml")
    assert said.startswith("Mend web-4, ")


def test_a_cancel_before_the_switch_leaves_a_host_untouched_with_staged_files_that_an_abort_removes() -> None:
    script = Script().begin().inspected()
    asked = Failure(LossKind.CANCELLED, "cancelled", "asked to stop while the new release ran as a bridge")
    script.add(ev.ActStarted(at=script.at, host="web-1", act=Act.ACTIVATE))
    script.add(ev.ActFailed(at=script.at, host="web-1", act=Act.ACTIVATE, failure=asked))
    story = told(script.end(Outcome.CANCELLED, 130))
    assert whereabouts(story.host("web-1")) == "untouched, on r1"
    assert story.troubles == ()
    (said,) = advice(story, "plan.yml")
    assert said.startswith("Nothing was switched. Run `sockdeploy apply plan.yml` again")
    assert said.endswith("or `sockdeploy abort plan.yml` to remove what was staged.")
