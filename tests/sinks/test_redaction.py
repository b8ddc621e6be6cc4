"""Whatever a host writes is shown, and nothing in it is obeyed; secrets are not shown at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.events import ActFailed, HealthSeen
from deployer.facts import Act, Failure, HealthLook, LossKind
from deployer.sinks.redaction import Redaction, neutral

BEGIN, END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
KEY = f"{BEGIN}\r\nb3BlbnNzaC1rZXktdjEAAAAA\r\nQyNTUxOQAAACAe\r\nshort\r\n{END}\r\n"

HOSTILE = ["::", "error", "##[", "\x1b", "\x1b[", "\x9b", "]0;", "\x07", "\r", "\n", "section_start:", "\u202e", " 1m"]
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def obeyed(line: str) -> bool:
    """Say whether a CI system or a terminal would do something at this line, or at any place in it."""
    github = re.search(r"::\s*[A-Za-z][\w-]*(?:\s.*)?::", line) or "##[" in line
    gitlab = re.search(r"section_(start|end):", line)
    return bool(github or gitlab or CONTROLS.search(line))


@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=3))).map("".join))
def test_nothing_in_any_text_is_obeyed(text: str) -> None:
    clean = neutral(text)
    assert not any(obeyed(line) for line in clean.split("\n"))
    assert neutral(clean) == clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::pwned", ": :error::pwned"),
        ("log 12 ::set-output name=outcome::succeeded", "log 12 : :set-output name=outcome::succeeded"),
        ("x ##[add-mask]y", "x # #[add-mask]y"),
        ("\x1b[0Ksection_start:1:a[collapsed=true]\r\x1b[0Khidden", "section-start:1:a[collapsed=true]\\x0dhidden"),
        ("\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred \x9d0;t\x9c.", "red ."),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("a\rb\x00c\ud800", "a\\x0db\\x00c\\ud800"),
        ("one\r\ntwo\tthree", "one\ntwo    three"),
        ("http://[::1]:8080 and std::string", "http://[::1]:8080 and std::string"),
        ("Grüße, 日本語", "Grüße, 日本語"),
    ],
)
def test_a_hostile_text_is_shown_and_does_nothing(text: str, shown: str) -> None:
    assert neutral(text) == shown


def test_each_line_of_a_key_is_hidden_and_its_head_is_not() -> None:
    redaction = Redaction((KEY,))
    assert redaction.text("got b3BlbnNzaC1rZXktdjEAAAAA and QyNTUxOQAAACAe") == "got *** and ***"
    assert redaction.text("a shorter") == "a shorter"
    assert redaction.text("expected -----BEGIN OPENSSH PRIVATE KEY-----").endswith("KEY-----")
    assert redaction.text(f"the file: {KEY}end") == "the file: ***\nend"
    assert redaction.text(f"mended: {KEY}end".replace("\r", "")) == "mended: ***\nend"


def test_a_longer_secret_is_hidden_whole_although_another_is_a_part_of_it() -> None:
    assert Redaction(("hunter", "hunter2hunter")).text("x hunter2hunter y hunter") == "x *** y ***"


@pytest.mark.parametrize("text", ["pa\x1b[0mss::word::", "pass::word::", "pass\x1b]0;x\x07::word::"])
def test_a_secret_is_hidden_behind_escapes_and_when_it_looks_like_a_command(text: str) -> None:
    assert "word" not in Redaction(("pass::word::", "pass: :word::")).text(text)


def test_secrets_too_short_to_be_secrets_hide_nothing() -> None:
    assert Redaction(("", "  ", "a", "web")).text("a web host") == "a web host"


def test_every_text_of_an_event_is_cleaned_and_its_enums_stay() -> None:
    failure = Failure(LossKind.REFUSED, "code", "::error::s3cret", "do\nthis", ("ev s3cret", "\x1b[1mb"))
    event = ActFailed(at=1, host="web-1", act=Act.INSPECT, failure=failure)
    clean = Redaction(("s3cret",)).clean(event)
    assert clean.failure == Failure(LossKind.REFUSED, "code", ": :error::***", "do\nthis", ("ev ***", "b"))
    assert clean.act is Act.INSPECT
    look = HealthLook("host", status=None, error="\x1b[2Jno", body="##[group]", seconds=1.5)
    seen = Redaction().clean(HealthSeen(at=1, host="web-1", look=look))
    assert seen.look == HealthLook("host", error="no", body="# #[group]", seconds=1.5)


def test_a_redaction_does_not_print_its_secrets() -> None:
    assert "hunter22" not in repr(Redaction(("hunter22",)))
