"""Patterns of grep -E: what grep refuses, or takes in another way than meant, is told before any host is touched."""

import re

import pytest

from deployer.plan.patterns import LISTENING, LONGEST, read_pattern
from deployer.plan.wrong import WrongError


@pytest.mark.parametrize(
    "pattern",
    [
        *LISTENING,
        "^a.*b$",
        "a|b",
        r"\(quoted\) \[signs\] \| \\ \/ \.",
        r"\<word\> \bword\W(x)\1",
        "[]x] [^]x] [^[:space:]] [[.-.]]",
        '{"level":"error"',
        "x{2,3}y+z?",
        "ü ☃ 100%",
        "404",
    ],
)
def test_a_pattern_of_grep_is_taken_as_it_is(pattern: str) -> None:
    assert read_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "expected a pattern of grep -E, got ''"),
        ("  ", "expected a pattern of grep -E"),
        ([], "expected a pattern of grep -E, got a list"),
        ("a\nb", "expected a pattern of one line"),
        ("x" * (LONGEST + 1), "expected a pattern of one line"),
        ("(a", "a ( has no )"),
        ("a)", "a ) has no ("),
        ("[a", "a [ has no ]"),
        ("[]", "a [ has no ]"),
        ("[[:alpha:]", "a [ has no ]"),
        ("[[:alpha", "a [ has no ]"),
        ("a|", "one of the alternatives is empty"),
        ("|a", "one of the alternatives is empty"),
        ("(a|)b", "one of the alternatives is empty"),
        ("a||b", "one of the alternatives is empty"),
        ("bind()", "() is an empty group"),
        ("*a", "nothing stands before * that could be repeated"),
        ("(?i)a", "nothing stands before ? that could be repeated"),
        (r"\d+", "grep -E does not know what follows the backslash"),
        ("a\\", "grep -E does not know what follows the backslash"),
    ],
)
def test_what_grep_would_refuse_or_misread_is_told(pattern: object, message: str) -> None:
    with pytest.raises(WrongError, match=re.escape(message)):
        read_pattern(pattern)


@pytest.mark.parametrize(
    "line",
    [
        "bind: Address already in use",
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
        "OSError: [Errno 98] Address already in use",
        "Error: listen EADDRINUSE: address already in use :::8080",
        "listening failed",
        "Listen failed on 127.0.0.1:8080",
        "Failed to listen on sockets: Permission denied",
        "could not bind to address 127.0.0.1",
        "bind failed: permission denied",
    ],
)
def test_the_default_patterns_find_a_failed_listen(line: str) -> None:
    assert any(re.search(pattern, line) for pattern in LISTENING)


@pytest.mark.parametrize("line", ["listening on 127.0.0.1:8080", "Started myapp.service", "bound to port 80"])
def test_the_default_patterns_leave_a_good_start_alone(line: str) -> None:
    assert not any(re.search(pattern, line) for pattern in LISTENING)
