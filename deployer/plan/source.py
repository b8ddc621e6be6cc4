"""What a plan needs from the machine it is read on; handed in, so that reading a plan stays pure."""

from typing import Protocol


class UnreadableError(Exception):
    """A file that cannot be read, or an inventory program that failed: what happened, and what to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Files(Protocol):
    """The machine that sockdeploy runs on. Paths handed to it are absolute."""

    @property
    def home(self) -> str:
        """The folder that `~` stands for."""
        ...

    @property
    def folder(self) -> str:
        """The working folder, absolute; the plan's own path is relative to it."""
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or folder."""
        ...

    def read(self, path: str) -> bytes:
        """Give a file's content, of one too large at least MAX_BYTES + 1. UnreadableError when it cannot be read."""
        ...

    def run(self, argv: tuple[str, ...], folder: str) -> bytes:
        """Run an inventory program in `folder` and give what it printed. UnreadableError when it failed."""
        ...
