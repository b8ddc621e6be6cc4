"""The command line as a person at a terminal meets it."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from tests.cli import CHECKOUT


class Dialogue:
    """A person at a terminal who runs `sockdeploy WORDS` in a folder."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.ours, theirs = pty.openpty()
        argv = [sys.executable, "-m", "deployer", *words]
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
