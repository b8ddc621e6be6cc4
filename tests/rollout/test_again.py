"""A release that was live already, brought out again under a gate that does not pass it: the host is as it was."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, HealthLook, HostFacts, Outcome
from deployer.plan.model import Expect, Plan, ProbeFrom, ReleaseJson
from deployer.rollout.table import HostState
from tests.rollout.plans import HEALTH, plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene, running

ONE = plan(wave("all", "a"))
ELSEWHERE = replace(HEALTH, expect=Expect(status=204, release=ReleaseJson("version")))
CERTIFICATE = HealthLook("host", error="certificate for another name", miss="tls-name")
NO_ANSWER = HealthLook("host", error="refused", miss="refused")


def failing(before: HealthLook, asked: Plan = ONE, facts: HostFacts = NEW_RUNS) -> Scene:
    """Give a rollout of what is live, which answered `before`; it was activated again, failed, and is live again."""
    scene = Scene(asked)
    scene.inspected("a", facts)
    scene.tell(ev.HostObserved(at=scene.now, host="a", current=facts.current, pending=facts.pending, look=before))
    scene.failed("a", Act.ACTIVATE)
    scene.restored("a", facts.way_back)
    return scene


def look(scene: Scene, seen: HealthLook, times: int = 3) -> None:
    """Have the host answer so a few times."""
    for _ in range(times):
        if scene.where("a") is HostState.REVERTING:
            scene.tell(ev.HealthSeen(at=scene.now, host="a", look=seen))
            scene.wait(3)


def test_a_release_that_answers_as_it_did_before_is_back_although_the_gate_refuses_it() -> None:
    for known in (HealthLook("host", 200, "r2"), HealthLook("host", 200), HealthLook("host", 404), CERTIFICATE):
        scene = failing(known, plan(wave("all", "a"), health=ELSEWHERE))
        look(scene, known)
        assert scene.where("a") is HostState.REVERTED
        assert (scene.end.outcome, scene.end.exit_code, scene.end.hosts) == (Outcome.ROLLED_BACK, 1, ())


def test_it_is_said_that_the_host_is_as_it_was_and_no_better() -> None:
    scene = failing(HealthLook("host", 200))
    look(scene, HealthLook("host", 200))
    (warned,) = scene.of_kind(ev.Warned)
    assert isinstance(warned, ev.Warned)
    assert (warned.host, "answers as it did then" in warned.message) == ("a", True)


def test_one_that_is_healthy_after_all_is_back_without_a_word() -> None:
    scene = failing(HealthLook("host", 503))
    look(scene, HealthLook("host", 200, "r2"))
    assert (scene.where("a"), scene.of_kind(ev.Warned)) == (HostState.REVERTED, [])


@pytest.mark.parametrize("known", [NO_ANSWER, HealthLook("host", 503), HealthLook("host", 500, "r2")])
def test_one_that_was_ill_before_is_back_however_ill_it_is(known: HealthLook) -> None:
    for seen in (NO_ANSWER, HealthLook("host", 500), HealthLook("host", 200)):
        scene = failing(known)
        look(scene, seen)
        assert (scene.where("a"), scene.end.exit_code) == (HostState.REVERTED, 1)


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        (HealthLook("host", 200), NO_ANSWER),
        (HealthLook("host", 200), HealthLook("host", 500, "r2")),
        (HealthLook("host", 200), HealthLook("host", 404)),
        (HealthLook("host", 200, "r2"), HealthLook("host", 200, "r1")),
        (CERTIFICATE, NO_ANSWER),
    ],
)
def test_one_that_answers_worse_than_before_needs_a_person(known: HealthLook, seen: HealthLook) -> None:
    scene = failing(known, plan(wave("all", "a"), health=ELSEWHERE))
    look(scene, seen, times=9)
    assert (scene.where("a"), scene.end.exit_code, scene.of_kind(ev.Warned)) == (HostState.STRANDED, 3, [])


def test_a_service_that_does_not_run_any_more_needs_a_person_whatever_it_answered() -> None:
    scene = failing(HealthLook("host", 200))
    scene.tell(ev.UnitSeen(at=scene.now, host="a", look=running("back", 5.0, active="failed")))
    assert scene.where("a") is HostState.STRANDED


def test_whose_unit_files_differ_must_answer_as_before_and_well() -> None:
    other = replace(NEW_RUNS, same=False)
    for known, end in ((HealthLook("host", 200), HostState.REVERTED), (NO_ANSWER, HostState.STRANDED)):
        scene = failing(known, facts=other)
        look(scene, known, times=9)
        assert scene.where("a") is end


def test_a_way_back_that_was_not_live_has_to_be_well() -> None:
    scene = failing(HealthLook("host", 200), facts=replace(OLD_RUNS, pending="r1", way_back="r2"))
    look(scene, HealthLook("host", 200), times=9)
    assert scene.where("a") is HostState.STRANDED


def test_a_source_whose_answers_nobody_knew_before_keeps_nobody_from_going_back() -> None:
    both = replace(HEALTH, sources=(ProbeFrom.HOST, ProbeFrom.LOCAL))
    scene = failing(HealthLook("host", 200), plan(wave("all", "a"), health=both))
    scene.tell(ev.HealthSeen(at=scene.now, host="a", look=HealthLook("local", error="refused")))
    look(scene, HealthLook("host", 200))
    assert scene.where("a") is HostState.REVERTED
