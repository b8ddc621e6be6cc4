"""`sockdeploy init` as a person at a terminal meets it."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import CHECKOUT


class Dialogue:
    """A person at a terminal."""

    def __init__(self, folder: Path) -> None:
        self.ours, theirs = pty.openpty()
        argv = [sys.executable, "-m", "deployer", "init", "--service", "hello"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
        variables = {**kept, "PYTHONPATH": str(CHECKOUT)}
        self.process = subprocess.Popen(argv, cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.unread = ""

    def read(self, until: str = "") -> str:
        """What is printed after what was read before, to the end of these words, or to the end of all."""
        while not until or until not in self.unread:
            assert select.select([self.ours], [], [], 60)[0], f"waited in vain for {until!r}: {self.unread}"
            try:
                piece = os.read(self.ours, 4096)
            except OSError:  # the other end is closed
                piece = b""
            if not piece:
                break
            self.unread += piece.decode()
        seen, words, self.unread = self.unread.partition(until) if until else (self.unread, "", "")
        return seen + words

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self.ours, f"{line}\n".encode())

    def end(self) -> None:
        """Leave nothing running."""
        os.close(self.ours)
        self.process.wait(60)


@pytest.fixture
def dialogue(tmp_path: Path) -> Iterator[Dialogue]:
    """`sockdeploy init` at a terminal, in an empty folder."""
    begun = Dialogue(tmp_path)
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
