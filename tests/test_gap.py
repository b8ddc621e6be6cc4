"""Until when nobody took connections, from systemd's times and answers."""

from collections.abc import Sequence

from deployer.fleet.gap import Gap
from deployer.host.receipts import Times

TIMES = Times(left=100.0, stopped=100.2, starting=100.25, up=100.3)


def gap(answers: Sequence[float], times: Times = TIMES) -> float:
    """Give the gap with answers at these times of the host's clock, which is 1000 s behind."""
    clock = iter([1000.0, *(1000.0 + at for at in answers)])
    told = Gap(lambda: next(clock))
    told.begin(0.0)
    for _ in answers:
        told.answered()
    return round(told.until_answered(times).gap, 3)


def test_a_service_that_answers_later_than_systemd_calls_it_up_has_a_gap_until_then() -> None:
    assert gap([99.9, 101.7, 101.8]) == 1.7


def test_answers_of_the_old_process_end_no_gap() -> None:
    assert gap([100.1, 102.0]) == 2.0


def test_an_answer_that_comes_soon_after_systemd_s_word_says_no_more_than_that() -> None:
    assert gap([100.55]) == 0.3


def test_without_an_answer_systemd_s_word_stands() -> None:
    assert gap([]) == gap([100.1]) == 0.3


def test_what_did_not_start_has_no_gap_to_prolong() -> None:
    assert gap([5.0], Times()) == 0.0
    assert gap([105.0], Times(left=100.0, stopped=100.2, starting=100.3, up=99.0)) == 0.0
    told = Gap(lambda: 1.0)
    told.answered()
    assert told.until_answered(TIMES) == TIMES
