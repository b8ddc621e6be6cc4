"""A release read from a folder or from one file, which must not change meanwhile."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deployer.artifact.contents import Contents, link_entry
from deployer.artifact.entry import Entry, Kind, clean_path, refused


class Folder:
    """The files under a path, or the file at that path alone, under its own name."""

    def __init__(self, path: Path) -> None:
        self._root = path if path.is_dir() else path.parent
        self._seen: dict[str, os.stat_result] = {}
        contents = Contents()
        for found in _below(path) if path.is_dir() else iter([path]):
            contents.add(self._entry(found))
        self.entries = contents.finished()

    @contextmanager
    def content(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open a file's content. RefusedError when it is no longer what it was when the folder was listed."""
        with (self._root / entry.path).open("rb") as content:
            self._check_same(entry, os.fstat(content.fileno()))
            yield content
            self._check_same(entry, os.fstat(content.fileno()))

    def close(self) -> None:
        """There is nothing to give back."""

    def _entry(self, found: Path) -> Entry:
        path = clean_path(str(found.relative_to(self._root)))
        status = found.lstat()
        if stat.S_ISLNK(status.st_mode):
            return link_entry(path, str(found.readlink()))
        if stat.S_ISDIR(status.st_mode):
            return Entry(path, Kind.FOLDER)
        if not stat.S_ISREG(status.st_mode):
            raise refused(path, "it is a device, pipe or socket", "leave it out of the artifact")
        self._seen[path] = status
        return Entry(path, Kind.FILE, executable=bool(status.st_mode & stat.S_IXUSR), size=status.st_size)

    def _check_same(self, entry: Entry, now: os.stat_result) -> None:
        then = self._seen[entry.path]
        if (then.st_ino, then.st_size, then.st_mtime_ns) != (now.st_ino, now.st_size, now.st_mtime_ns):
            raise refused(entry.path, "it changed while it was read", "let the build finish first")


def _below(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as found:
        for item in found:
            yield Path(item.path)
            if item.is_dir(follow_symlinks=False):
                yield from _below(Path(item.path))
