"""Answers of the host program: noise before them, answers cut off, hostile values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.host.acts import Act, Confirm, History, Inspect, Prune, Stage
from deployer.host.command import answer
from deployer.host.facts import (
    MALFORMED,
    NO_ANSWER,
    TRUNCATED,
    AnswerError,
    Facts,
    Failure,
    read_answer,
    seconds,
    whole,
)
from deployer.host.receipts import Activation, Pruned, Staged
from deployer.transport.base import Result

TOKEN = "tok12345"
KEYS = ["show", "good", "folder", "disk", "unit", "listening", "uid", "clock", "pending.release", "held"]


def printed(*lines: str, status: int | None = 0) -> Result:
    """Give an execution that printed these lines after the token."""
    return Result(status, "\n".join([TOKEN, *lines, ""]).encode())


def test_what_stands_before_the_token_is_noise() -> None:
    noise = f"Welcome!\nend=ok\nremoved=nothing\nx{TOKEN}\n{TOKEN}\r\nremoved=a\r\nend=ok\r\n"
    assert answer(Prune("s", "/srv/s", 1), Result(0, noise.encode()), TOKEN) == Pruned(("a",))


def test_no_token_is_no_answer_with_what_was_said_instead() -> None:
    got = read_answer(Result(1, b"", b"sudo: a password is required\n"), TOKEN)
    assert got == Failure(NO_ANSWER, "sudo: a password is required", status=1)


def test_no_token_and_no_status_is_unknown() -> None:
    got = read_answer(Result(None, b"", b"", "connection lost"), TOKEN)
    assert isinstance(got, Failure)
    assert (got.code, got.detail, got.unknown) == (NO_ANSWER, "connection lost", True)


def test_an_answer_without_its_end_is_truncated_unknown_and_keeps_what_it_has() -> None:
    got = read_answer(printed("began=12.5", "switched=13", status=None), TOKEN)
    assert isinstance(got, Failure)
    assert (got.code, got.unknown) == (TRUNCATED, True)
    assert Activation.read(got.facts).switched == 13


def test_a_truncated_answer_is_never_success_even_with_status_0() -> None:
    assert isinstance(answer(Stage("s", "/r", "x", "d", "d", 1, "r"), printed("already=yes"), TOKEN), Failure)


@pytest.mark.parametrize(
    ("said", "prunes"), [((), True), (("prunes=no",), False), (("prunes=yes",), True), (("prunes=",), True)]
)
def test_a_host_that_does_not_say_it_has_nothing_to_prune_may_have_something(
    said: tuple[str, ...], prunes: bool
) -> None:
    assert answer(Confirm("s", "/r", "x", "r"), printed(*said, "end=ok"), TOKEN) is prunes
    assert isinstance(answer(Confirm("s", "/r", "x", "r"), printed(*said), TOKEN), Failure)


def test_a_failure_has_the_programs_code_and_detail() -> None:
    got = read_answer(printed("code=disk-full", "detail=100%25 %0A full", "end=failed", status=1), TOKEN)
    assert isinstance(got, Failure)
    assert (got.code, got.detail, got.unknown) == ("disk-full", "100% \n full", False)


def test_unknown_keys_are_ignored_and_missing_ones_have_defaults() -> None:
    got = answer(Stage("s", "/r", "x", "d", "d", 1, "r"), printed("novelty=1", "no equals", "=no key", "end=ok"), TOKEN)
    assert got == Staged(already=False, bytes=0)


@pytest.mark.parametrize("text", ["x", "1.5", "٣", "1" * 21, "--1", "-", "1e9", "0x10"])
def test_a_number_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(AnswerError):
        whole(text)


@pytest.mark.parametrize("text", ["x", "1.2.3", "-1", "inf", "nan", "1" * 31, "."])
def test_a_time_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(AnswerError):
        seconds(text)


def test_a_hostile_value_is_a_failure_and_no_exception() -> None:
    got = answer(Stage("s", "/r", "x", "d", "d", 1, "r"), printed("bytes=many", "end=ok"), TOKEN)
    assert isinstance(got, Failure)
    assert got.code == MALFORMED
    assert isinstance(answer(History("s"), printed("history=!!", "end=ok"), TOKEN), Failure)


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.text(max_size=40))))
def test_no_answer_of_a_host_raises(pairs: list[tuple[str, str]]) -> None:
    lines = [f"{key}={value}" for key, value in pairs]
    acts: tuple[Act[object], ...] = (
        Inspect("s", "/srv/s"),
        History("s"),
        Stage("s", "/r", "x", "d", "d", 1, "r"),
        Confirm("s", "/r", "x", "r"),
    )
    for act in acts:
        answer(act, Result(0, "\n".join([TOKEN, *lines, "end=ok"]).encode("utf-8", "replace")), TOKEN)


def test_facts_give_values_by_key() -> None:
    facts = Facts((("a", "1"), ("b.c", "2"), ("a", "3"), ("yes", "yes")))
    assert (facts.one("a"), facts.all("a"), facts.one("z", "-"), facts.flag("yes"), facts.flag("a")) == (
        "1",
        ("1", "3"),
        "-",
        True,
        False,
    )
    assert facts.under("b") == Facts((("c", "2"),))
