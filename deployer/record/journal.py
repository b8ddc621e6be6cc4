"""The journal: everything that happened in a rollout, one line of JSON per event, on disk before the next decision."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from deployer.errors import UsageError
from deployer.events import Event, Ticked
from deployer.record.entry import decode, encode


class Journal:
    """A sink that writes each event to `path` and flushes before it returns; folders are created.

    An existing journal is continued, less the torn last line of a run that was killed. Every text passes `hide`, which
    takes secrets out. OSError when it cannot be written: a rollout without its record must not go on.
    """

    def __init__(self, path: Path, hide: Callable[[str], str] = str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._hide = hide
        self._file = path.open("a+b")
        _mend(self._file)

    def __call__(self, event: Event) -> None:
        """Write the event, unless it says only that time went by."""
        if not isinstance(event, Ticked):
            self._file.write(encode(event, self._hide).encode("ascii") + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Write everything through to the disk and let the file go."""
        os.fsync(self._file.fileno())
        self._file.close()


def read(path: Path) -> list[Event]:
    """Read a journal. The torn last line of a killed run is left out; UsageError names a wrong line as file:line."""
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    tail = lines.pop()
    events = [_event(line, f"{path}:{number}") for number, line in enumerate(lines, 1)]
    try:
        return [*events, decode(tail)]
    except ValueError:
        return events


def _event(line: str, where: str) -> Event:
    try:
        return decode(line)
    except ValueError as error:
        raise UsageError(f"not an entry of a journal: {error}", where=where) from None


def _mend(file: BinaryIO) -> None:
    """End the file with a whole line: cut what a killed run left torn, keep an entry that lacks only its newline."""
    file.seek(0)
    data = file.read()
    tail = data.rpartition(b"\n")[2]
    try:
        decode(tail.decode("utf-8", "replace"))
        file.write(b"\n")
    except ValueError:
        file.truncate(len(data) - len(tail))
