"""Any text survives the way to the host program and back, in dash and in busybox sh."""

import subprocess
from importlib.resources import files
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.host.words import encode, history_line

SHELLS = (("dash",), ("busybox", "sh"))
WORDS = (files("deployer.host") / "program" / "words.sh").read_text()
HEAD = "set -uf; LC_ALL=C; export LC_ALL; nl='\n'\n" + WORDS
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
QUOTING = st.lists(
    st.sampled_from([*"%\\'\"`$;&|<>*?[]{}()~!# \t\n\r\x1b\x7f", "%41", "\\0101", "é", "🙂", "a"]), max_size=20
)


def shell(argv: tuple[str, ...], script: str, *words: str | bytes) -> bytes:
    """Run a script over words.sh; its output."""
    return subprocess.run(
        [*argv, "-c", HEAD + script, "sh", *words], capture_output=True, check=True, timeout=20
    ).stdout


@pytest.mark.parametrize("argv", SHELLS)
@settings(max_examples=60, deadline=None)
@given(text=TEXT | QUOTING.map("".join))
def test_any_text_that_is_sent_is_what_the_program_reads(argv: tuple[str, ...], text: str) -> None:
    word = encode(text)
    assert word.isascii()
    assert not set(word) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:@%+,=-")
    assert shell(argv, 'decode "$1" && printf %s "$decoded"', word) == text.encode()


@pytest.mark.parametrize("argv", SHELLS)
@settings(max_examples=60, deadline=None)
@given(text=TEXT | QUOTING.map("".join))
def test_any_text_that_the_program_prints_is_what_is_read(argv: tuple[str, ...], text: str) -> None:
    line, word = shell(
        argv, 'encode "$1"; printf "%s\\n" "$encoded"; encode_word "$1"; printf %s "$encoded"', text
    ).split(b"\n")
    assert unquote_to_bytes(line) == text.encode()
    assert unquote_to_bytes(word) == text.encode()
    assert b" " not in word


@pytest.mark.parametrize("argv", SHELLS)
def test_bytes_that_are_no_text_come_through(argv: tuple[str, ...]) -> None:
    assert unquote_to_bytes(shell(argv, 'encode "$1"; printf %s "$encoded"', b"\xff\xfe\x01")) == b"\xff\xfe\x01"


@pytest.mark.parametrize("argv", SHELLS)
@pytest.mark.parametrize("word", ["%", "%4", "%zz", "%00", "a%2", "%%41"])
def test_a_broken_word_is_refused(argv: tuple[str, ...], word: str) -> None:
    assert shell(argv, 'decode "$1" && echo taken || echo refused', word) == b"refused\n"


def test_a_nul_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="NUL"):
        encode("a\0b")


def test_a_history_line_is_words() -> None:
    assert history_line(who="ann b", outcome="100%") == "who=ann%20b outcome=100%25"
