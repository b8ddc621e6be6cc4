"""The health gate: the new release must answer, well, several times in a row."""

from dataclasses import replace

import pytest

from deployer.facts import HealthLook
from deployer.gates.health import (
    GRACE,
    LONGEST_BACKOFF,
    Answer,
    Streak,
    Wanted,
    classify,
    describe,
    extend,
    judge,
    pause,
)
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import Expect, Health, ReleaseBody, ReleaseJson

NAMED = Expect(release=ReleaseJson("version"))
HEALTH = Health("http://127.0.0.1:8080/healthz", NAMED, rise=3, stable_for=10.0, fall=3, deadline=60.0)
R2 = Wanted("r2")
GOOD = HealthLook("host", 200, "r2")
OLD = HealthLook("host", 200, "r1")
BROKEN = HealthLook("host", 500, "r2", body="boom")
SILENT = HealthLook("host", error="connection refused", miss="refused")
REDIRECT = HealthLook("host", 302, location="/login")


def after(*looks: tuple[float, HealthLook], health: Health = HEALTH, wanted: Wanted = R2) -> Streak:
    """Give the streak after looks, each at its time."""
    streak = Streak()
    for at, look in looks:
        streak = extend(streak, health, classify(health.expect, wanted, look), look, at)
    return streak


def judged(streak: Streak, now: float, health: Health = HEALTH) -> Judgement:
    return judge(streak, health, since=0.0, now=now)


@pytest.mark.parametrize(
    ("look", "answer"),
    [
        (GOOD, Answer.GOOD),
        (BROKEN, Answer.WRONG),
        (SILENT, Answer.NONE),
        (HealthLook("host", 503, "r2"), Answer.NONE),
        (OLD, Answer.OTHER),
        (HealthLook("host", 500, "r1"), Answer.OTHER),
        (HealthLook("host", 200), Answer.UNIDENTIFIED),
        (HealthLook("host", 404), Answer.UNIDENTIFIED),
        (REDIRECT, Answer.UNIDENTIFIED),
        (HealthLook("host", 302, "r2", location="/login"), Answer.WRONG),
    ],
)
def test_an_answer_is_told_by_its_release_and_its_status(look: HealthLook, answer: Answer) -> None:
    assert classify(NAMED, R2, look) is answer


def test_a_text_that_is_missing_from_the_body_means_another_release() -> None:
    assert classify(Expect(release=ReleaseBody("release {{release}}")), R2, HealthLook("host", 200)) is Answer.OTHER


def test_without_a_release_in_answers_the_status_alone_decides() -> None:
    assert classify(Expect(), R2, HealthLook("host", 200)) is Answer.GOOD
    assert classify(Expect(status=204), R2, HealthLook("host", 200)) is Answer.UNIDENTIFIED


def test_a_way_back_of_unknown_id_may_answer_anything_but_the_release_that_is_taken_back() -> None:
    anything = Wanted(None, unwanted="r2")
    assert classify(NAMED, anything, OLD) is Answer.GOOD
    assert classify(NAMED, anything, HealthLook("host", 200)) is Answer.GOOD
    assert classify(NAMED, anything, GOOD) is Answer.OTHER


def test_enough_good_answers_over_a_long_enough_time_are_healthy() -> None:
    streak = after((1, GOOD), (2, GOOD), (11, GOOD))
    assert judged(streak, 11).verdict is Verdict.PASS


def test_enough_good_answers_in_too_short_a_time_are_not_healthy_yet() -> None:
    assert judged(after((1, GOOD), (2, GOOD), (3, GOOD), (4, GOOD)), 4).verdict is Verdict.INCONCLUSIVE


def test_a_long_time_with_too_few_answers_is_not_healthy_yet() -> None:
    assert judged(after((1, GOOD), (30, GOOD)), 30).verdict is Verdict.INCONCLUSIVE


def test_one_bad_answer_starts_the_streak_again() -> None:
    streak = after((1, GOOD), (2, GOOD), (10, SILENT), (11, GOOD), (12, GOOD), (13, GOOD))
    assert judged(streak, 13).verdict is Verdict.INCONCLUSIVE
    assert streak.good_since == 11


def test_a_release_that_falls_after_it_was_healthy_fails() -> None:
    healthy = ((1.0, GOOD), (2.0, GOOD), (11.0, GOOD))
    assert judged(after(*healthy, (12, SILENT), (13, OLD), (14, SILENT)), 14).code == "health-fell"


def test_a_release_that_wavers_is_neither_healthy_nor_failed_until_it_is_decided() -> None:
    healthy = ((1.0, GOOD), (2.0, GOOD), (11.0, GOOD))
    assert judged(after(*healthy, (12, SILENT), (13, SILENT)), 13).code == "wavering"
    assert judged(after(*healthy, (12, SILENT), (13, SILENT), (14, GOOD)), 14).verdict is Verdict.PASS


def test_wrong_answers_of_the_new_release_are_final_long_before_the_deadline() -> None:
    streak = after((1, BROKEN), (2, BROKEN), (3, BROKEN))
    assert judged(streak, 3).code == "wrong-answer"


def test_wrong_answers_must_be_in_a_row_to_be_final() -> None:
    assert judged(after((1, BROKEN), (2, BROKEN), (3, GOOD), (4, BROKEN)), 4).verdict is Verdict.INCONCLUSIVE
    assert judged(after((1, BROKEN), (2, BROKEN), (3, SILENT), (4, BROKEN)), 4).verdict is Verdict.INCONCLUSIVE


def test_answers_that_name_no_release_fail_only_after_a_grace() -> None:
    streak = after((1, REDIRECT), (2, REDIRECT), (3, REDIRECT))
    assert judged(streak, GRACE - 1).verdict is Verdict.INCONCLUSIVE
    assert judged(streak, GRACE).code == "redirect"


def test_a_good_status_without_an_id_says_so() -> None:
    unnamed = HealthLook("host", 200)
    failed = judged(after((1, unnamed), (2, unnamed), (3, unnamed)), GRACE)
    assert failed.code == "no-release-in-answer"
    assert "RELEASE" in failed.remedy


@pytest.mark.parametrize(
    ("look", "code", "message"),
    [
        (HealthLook("host", 401), "unauthorized", "the answers were 401"),
        (HealthLook("host", 403), "forbidden", "the answers were 403"),
        (HealthLook("host", 404), "not-found", "the answers were 404"),
        (HealthLook("host", error="no TLS (expired)", miss="tls-expired"), "tls-expired", "(expired)"),
        (HealthLook("host", 200, unmet="db is 'down', not 'up'"), "wrong-body", "db is 'down', not 'up'"),
    ],
)
def test_what_time_does_not_mend_fails_after_the_grace_with_what_to_do(
    look: HealthLook, code: str, message: str
) -> None:
    streak = after((1, look), (2, look), (3, look))
    assert judged(streak, GRACE - 1).verdict is Verdict.INCONCLUSIVE
    failed = judged(streak, GRACE)
    assert (failed.verdict, failed.code) == (Verdict.FAIL, code)
    assert message in failed.message
    assert failed.remedy


def test_a_body_that_lacks_what_it_should_is_final_when_it_is_the_new_releases() -> None:
    lacking = HealthLook("host", 200, "r2", unmet="db is 'down', not 'up'")
    failed = judged(after((1, lacking), (2, lacking), (3, lacking)), 3)
    assert failed.code == "wrong-answer"
    assert "db is 'down', not 'up'" in failed.message
    assert "wrong: db is 'down', not 'up'" in failed.evidence


def test_a_way_back_need_not_say_what_only_the_new_plan_expects() -> None:
    lacking = HealthLook("host", 200, "r1", unmet="db is 'down', not 'up'")
    assert classify(NAMED, Wanted("r1"), lacking) is Answer.WRONG
    assert classify(NAMED, Wanted("r1", body=False), lacking) is Answer.GOOD


def test_nobody_s_fault_needs_no_advice() -> None:
    assert judged(Streak(), 60).remedy == ""


def test_a_redirect_is_a_failure_that_shows_location() -> None:
    failed = judged(after((1, REDIRECT), (2, REDIRECT), (3, REDIRECT)), 10)
    assert failed.verdict is Verdict.FAIL
    assert "Location: /login" in failed.evidence[0]


def test_the_old_process_answering_well_is_never_healthy() -> None:
    streak = after(*((float(at), OLD) for at in range(59)))
    assert judged(streak, 59).verdict is Verdict.INCONCLUSIVE
    assert judged(streak, 60).code == "not-healthy-in-time"


def test_503_waits_for_the_deadline() -> None:
    busy = HealthLook("host", 503, "r2")
    streak = after(*((float(at), busy) for at in range(59)), (59.0, GOOD))
    assert judged(streak, 59).verdict is Verdict.INCONCLUSIVE


def test_nobody_asked_is_no_pass_and_fails_in_time() -> None:
    assert judged(Streak(), 1).verdict is Verdict.INCONCLUSIVE
    assert judged(Streak(), 60).evidence == (f"nobody asked {HEALTH.url} yet",)


def test_the_evidence_shows_the_last_answer_and_what_was_expected() -> None:
    head, expected, body = describe(after((1, BROKEN)), HEALTH)
    assert head == f"last answer of {HEALTH.url} from host: 500, release r2 (wrong: server-error)"
    assert (expected, body) == ("expected: 200", "body: boom")
    assert "no release id" in describe(after((1, HealthLook("host", 200))), HEALTH)[0]
    assert describe(after((1, SILENT)), HEALTH) == (
        f"last look at {HEALTH.url} from host: connection refused (refused)",
    )


def test_a_release_that_answers_is_asked_at_the_fixed_interval() -> None:
    for answer in (Answer.GOOD, Answer.WRONG, Answer.UNIDENTIFIED):
        assert pause(answer, 1.5, 9, 0.5) == 1.5


def test_a_release_that_comes_up_is_asked_with_full_jitter_up_to_a_bound() -> None:
    assert [pause(Answer.NONE, 1.0, attempt, 1.0) for attempt in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert pause(Answer.OTHER, 1.0, 10_000, 0.5) == LONGEST_BACKOFF / 2
    assert pause(Answer.NONE, 1.0, 0, 0.0) > 0


def test_each_source_keeps_its_own_streak_whatever_the_plan_rises_to() -> None:
    quick = replace(HEALTH, rise=1, stable_for=0.0)
    assert after((1, GOOD), health=quick).stable


def test_the_evidence_names_the_load_balancer_s_check_where_that_was_asked() -> None:
    health = replace(HEALTH, balancer="http://10.0.0.1:8080/lb")
    seen = replace(SILENT, source="load balancer")
    assert describe(after((1, seen)), health) == (
        "last look at http://10.0.0.1:8080/lb from load balancer: connection refused (refused)",
    )
