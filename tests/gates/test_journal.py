"""The journal gate: lines that must not be there, and a journal that cannot be read."""

from deployer.gates.journal import TRIES, Seen, extend, judge
from deployer.gates.verdict import Verdict
from deployer.readings import JournalLook

CLEAN = JournalLook("i2")
FOUND = JournalLook("i2", ("bind: Address already in use",), 1)
UNREADABLE = JournalLook("i2", error="journalctl: exit 1")


def _seen(*looks: JournalLook) -> Seen:
    seen = Seen()
    for look in looks:
        seen = extend(seen, look)
    return seen


def test_a_clean_journal_passes() -> None:
    assert judge(_seen(CLEAN), "i2").verdict is Verdict.PASS


def test_a_forbidden_line_fails_and_is_shown() -> None:
    judged = judge(_seen(CLEAN, FOUND), "i2")
    assert (judged.verdict, judged.code) == (Verdict.FAIL, "journal-match")
    assert judged.evidence == ("bind: Address already in use",)
    assert "1 line " in judged.message


def test_lines_that_are_too_many_to_show_are_counted() -> None:
    assert "700 lines" in judge(_seen(JournalLook("i2", ("x",) * 20, 700)), "i2").message


def test_a_forbidden_line_stays_forbidden_when_the_service_is_started_again_or_cannot_be_read() -> None:
    assert judge(_seen(FOUND), "i3").verdict is Verdict.FAIL
    assert judge(_seen(FOUND, *[UNREADABLE] * TRIES), "i2").verdict is Verdict.FAIL


def test_a_journal_that_nobody_read_is_inconclusive() -> None:
    assert judge(Seen(), "i2").verdict is Verdict.INCONCLUSIVE


def test_a_reading_of_an_earlier_start_says_nothing_of_this_one() -> None:
    assert judge(_seen(CLEAN), "i3").code == "not-read"


def test_a_reading_counts_when_nobody_knows_which_start_runs() -> None:
    assert judge(_seen(CLEAN), "").verdict is Verdict.PASS


def test_two_failed_readings_leave_the_last_one_standing() -> None:
    assert judge(_seen(CLEAN, UNREADABLE, UNREADABLE), "i2").verdict is Verdict.PASS


def test_three_failed_readings_in_a_row_are_an_error_that_says_why() -> None:
    judged = judge(_seen(CLEAN, *[UNREADABLE] * TRIES), "i2")
    assert (judged.verdict, judged.code) == (Verdict.ERROR, "journal-unreadable")
    assert "journalctl: exit 1" in judged.message


def test_failed_readings_with_a_good_one_between_are_none_in_a_row() -> None:
    assert judge(_seen(UNREADABLE, UNREADABLE, CLEAN, UNREADABLE), "i2").verdict is Verdict.PASS


def test_a_forbidden_line_with_nothing_to_show_is_forbidden_all_the_same() -> None:
    judged = judge(_seen(JournalLook("i2", (), 3)), "i2")
    assert (judged.verdict, judged.evidence) == (Verdict.FAIL, ())
