"""A second instance beside the live one: its answers are told from the live release's, and judged as by the gate."""

from dataclasses import replace

import pytest

from deployer.facts import HealthLook
from deployer.gates.health import Wanted
from deployer.gates.second import Trial, hear, judge, was_well
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import Expect, Health, ReleaseBody, ReleaseJson

NAMED = Expect(release=ReleaseJson("version"))
HEALTH = Health("http://127.0.0.1:8080/", NAMED, interval=1.0, timeout=3.0, rise=2, stable_for=2.0, fall=3, deadline=60)
R2 = Wanted("r2")
GOOD = HealthLook("host", 200, "r2")
OLD = HealthLook("host", 200, "r1")
OLD_BROKEN = HealthLook("host", 500, "r1")
OLD_BUSY = HealthLook("host", 503, "r1")
BROKEN = HealthLook("host", 500, "r2", body="boom")
UNREADY = HealthLook("host", 503, "r2")
NAMELESS = HealthLook("host", 500)
SILENT = HealthLook("host", error="no answer within 3 s")

BRIDGE = Trial(since=100.0, shared=True)
REHEARSAL = Trial(since=100.0, shared=False)


def after(trial: Trial, *rounds: tuple[HealthLook, ...], health: Health = HEALTH) -> Trial:
    """Give the trial after rounds, one a second from its start on."""
    for number, looks in enumerate(rounds, 1):
        trial = hear(trial, health, R2, looks, trial.since + number)
    return trial


def judged(trial: Trial, now: float = 110.0) -> Judgement:
    return judge(trial, HEALTH, now)


def test_a_bridge_is_judged_by_its_own_answers_however_many_the_live_release_gives() -> None:
    trial = after(BRIDGE, (OLD, OLD, GOOD), (OLD, OLD, OLD), (GOOD, OLD, OLD))
    assert (trial.asked, trial.good, trial.spoiled) == (9, 2, 0)
    assert judged(trial).verdict is Verdict.PASS


def test_a_bridge_that_was_not_asked_for_long_enough_is_not_judged_yet() -> None:
    assert judged(after(BRIDGE, (GOOD, GOOD), (GOOD, GOOD))).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("look", [OLD, OLD_BROKEN, OLD_BUSY])
def test_what_the_live_release_answers_is_never_the_bridges_fault(look: HealthLook) -> None:
    trial = after(BRIDGE, *[(look, look)] * 5)
    assert trial.spoiled == 0
    assert trial.silent
    assert judged(trial).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("look", [BROKEN, UNREADY, NAMELESS, SILENT])
def test_a_bridge_that_answers_badly_fails_after_as_many_rounds_as_the_gate_bears(look: HealthLook) -> None:
    twice = after(BRIDGE, (OLD, look), (look, look))
    assert judged(twice).verdict is Verdict.INCONCLUSIVE
    trial = hear(twice, HEALTH, R2, (OLD, look), 103.0)
    assert judged(trial, 103.0).verdict is Verdict.FAIL
    assert trial.spoiled == 4


def test_one_bad_answer_spoils_a_round_and_ends_the_run_of_good_ones() -> None:
    trial = after(BRIDGE, (GOOD, GOOD), (GOOD, BROKEN), (GOOD, GOOD), (GOOD, OLD))
    assert (trial.good, trial.spoiled) == (6, 1)
    assert judged(trial).verdict is Verdict.INCONCLUSIVE
    assert judged(hear(trial, HEALTH, R2, (GOOD,), 105.0)).verdict is Verdict.PASS


@pytest.mark.parametrize("look", [NAMELESS, SILENT])
def test_nameless_failures_are_not_blamed_on_the_bridge_where_the_live_release_failed_before(look: HealthLook) -> None:
    trial = after(replace(BRIDGE, blamed=False), *[(look, OLD)] * 5)
    assert trial.spoiled == 0
    assert judged(trial).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("look", [BROKEN, UNREADY])
def test_failures_with_its_id_are_the_bridges_also_where_the_live_release_failed_before(look: HealthLook) -> None:
    assert after(replace(BRIDGE, blamed=False), (look,)).spoiled == 1


def test_a_bridge_that_never_answers_is_given_up_at_the_deadline_and_that_is_said() -> None:
    trial = after(BRIDGE, (OLD, OLD), (OLD, OLD))
    found = judged(trial, 160.0)
    assert (found.verdict, found.code) == (Verdict.FAIL, "not-healthy-in-time")
    assert found.message == "none of 4 answers came from it"


def test_a_text_of_another_release_in_the_body_is_not_the_bridges_answer() -> None:
    health = replace(HEALTH, expect=Expect(release=ReleaseBody("release {{release}}")))
    trial = after(BRIDGE, (HealthLook("host", 200), HealthLook("host", 200, "r2")), health=health)
    assert (trial.good, trial.spoiled) == (1, 0)


@pytest.mark.parametrize("look", [UNREADY, SILENT, OLD])
def test_a_rehearsal_waits_for_its_deadline_like_the_gate(look: HealthLook) -> None:
    trial = after(REHEARSAL, *[(look,)] * 5)
    assert judged(trial).verdict is Verdict.INCONCLUSIVE
    assert judged(trial, 160.0).code == "not-healthy-in-time"


def test_a_rehearsal_that_answers_wrongly_fails_as_at_the_gate() -> None:
    found = judged(after(REHEARSAL, *[(BROKEN,)] * 3))
    assert (found.verdict, found.code) == (Verdict.FAIL, "wrong-answer")
    assert "body: boom" in found.evidence


def test_a_rehearsal_that_answers_well_for_long_enough_passes() -> None:
    assert judged(after(REHEARSAL, *[(GOOD,)] * 3)).verdict is Verdict.PASS


def test_a_bridge_covers_for_longer_than_it_took_to_serve_itself() -> None:
    trial = after(BRIDGE, (OLD,), (OLD,), (GOOD,), (GOOD,))
    assert trial.served_after == 3.0
    assert trial.cover == 7.0
    assert BRIDGE.cover == 1.0


@pytest.mark.parametrize(
    ("look", "well"),
    [(OLD, True), (OLD_BROKEN, False), (SILENT, False), (HealthLook("host", 200), True), (None, False)],
)
def test_a_live_release_was_well_when_it_answered_as_expected(look: HealthLook | None, well: bool) -> None:
    assert was_well(NAMED, look) is well
