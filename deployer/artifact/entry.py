"""One thing in a release: a file, a folder or a link, under a path that is safe to unpack anywhere."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from deployer.errors import RefusedError

LONGEST_NAME = 255
"""The longest name of a file on the file systems of the hosts, in bytes."""

LONGEST_PATH = 2048
"""The longest path inside a release, in bytes: half of what a path may be, the rest is for the root before it."""


class Kind(StrEnum):
    """What an entry is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a release. `path` is relative; `size` (bytes) and `sha256` (hex) speak of a file's content.

    Of its mode only "executable" is kept: owners and the rest of the bits are the host's business.
    """

    path: str
    kind: Kind
    executable: bool = False
    target: str = ""
    size: int = 0
    sha256: str = ""

    @property
    def mode(self) -> int:
        """The permission bits it is unpacked with."""
        return 0o755 if self.kind is Kind.FOLDER or self.executable else 0o777 if self.kind is Kind.LINK else 0o644


def clean_path(name: str) -> str:
    """Return a member's name without `./` and doubled slashes; empty for the root itself. RefusedError when unsafe."""
    if name.startswith("/"):
        raise refused(name, "its path is absolute", "pack paths relative to the release")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise refused(name, "its path has a `..` in it", "pack paths relative to the release")
    path = "/".join(parts)
    check_text(name, path, "name")
    if len(path.encode()) > LONGEST_PATH or any(len(part.encode()) > LONGEST_NAME for part in parts):
        raise refused(name, f"its path is longer than {LONGEST_PATH} bytes, or a name in it longer than {LONGEST_NAME}")
    return path


def check_text(member: str, text: str, what: str) -> None:
    """RefusedError when a name or a link's target is not UTF-8 or holds control characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused(member, f"its {what} is not UTF-8", "rename it") from None
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise refused(member, f"its {what} holds a control character", "rename it")


def refused(member: str, reason: str, remedy: str = "") -> RefusedError:
    """The error that names a member, with everything unprintable in its name escaped."""
    shown = member if member.isprintable() else ascii(member)
    return RefusedError(f"{shown}: {reason}", remedy=remedy)
