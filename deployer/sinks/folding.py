"""Folding of a log: the marks with which a CI system lets a reader open and close the lines of a wave."""

from dataclasses import dataclass
from enum import StrEnum


class Folding(StrEnum):
    """Whose marks are written, if any."""

    NONE = "none"
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(slots=True)
class Folds:
    """Keeps the one fold that is open. `number` makes GitLab's section names unique."""

    folding: Folding = Folding.NONE
    number: int = 0
    is_open: bool = False

    def open(self, title: str, at: float) -> str:
        """Give the mark that closes what is open and begins a fold; `title` is clean text."""
        closing = self.close(at)
        self.number, self.is_open = self.number + 1, True
        match self.folding:
            case Folding.GITHUB:
                return f"{closing}::group::{title}\n"
            case Folding.GITLAB:
                return f"{closing}\x1b[0Ksection_start:{at:.0f}:sockdeploy_{self.number}\r\x1b[0K{title}\n"
            case Folding.NONE:
                return ""

    def close(self, at: float) -> str:
        """Give the mark that ends the open fold; nothing when none is open."""
        if not self.is_open:
            return ""
        self.is_open = False
        match self.folding:
            case Folding.GITHUB:
                return "::endgroup::\n"
            case Folding.GITLAB:
                return f"\x1b[0Ksection_end:{at:.0f}:sockdeploy_{self.number}\r\x1b[0K\n"
            case Folding.NONE:
                return ""
