"""`sockdeploy init` as a person at a terminal meets it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dialogue import Dialogue


@pytest.fixture
def dialogue(tmp_path: Path) -> Iterator[Dialogue]:
    """`sockdeploy init` at a terminal, in an empty folder."""
    begun = Dialogue(tmp_path, "init", "--service", "hello")
    yield begun
    begun.end()


def test_at_a_terminal_it_asks_for_what_is_missing_and_asks_again_after_nonsense(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    seen = dialogue.read("gunicorn, uvicorn, node or binary: ")
    dialogue.type("nodejs")
    seen += dialogue.read("node'?") + dialogue.read("binary: ")
    for answer, question in (
        ("node", "What it runs"), ("server.js", "Hosts"), ("10.0.0.11", "8080]: "), ("127.0.0.1:9000", "/healthz]: "),
        ("", "dist/]: "), ("", "by itself"), ("", "next: "),
    ):  # fmt: skip
        dialogue.type(answer)
        seen += dialogue.read(question)
    dialogue.read()
    assert dialogue.process.wait(60) == 0, seen
    assert "did you mean 'node'" in seen
    assert "Name of the service" not in seen
    assert "ListenStream=127.0.0.1:9000\n" in (tmp_path / "deploy/hello.socket").read_text()


def test_at_a_terminal_the_end_of_input_ends_it_and_nothing_is_written(dialogue: Dialogue, tmp_path: Path) -> None:
    dialogue.read("binary: ")
    os.write(dialogue.ours, b"\x04")
    assert "--kind" in dialogue.read()
    assert dialogue.process.wait(60) == 2
    assert list(tmp_path.iterdir()) == []
