"""The files of an artifact as a host is told of them, so that it can say which of them it lacks."""

import gzip
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from deployer.artifact.entry import Entry

_LEVEL = 6
"""Of compression: paths shrink to a tenth, digests to a half."""


class Listing:
    """Two lists with a line per file, each sorted by its bytes.

    `attributes` has lines `mode size time ./path` as find(1) prints them (octal, bytes, seconds), `sums` has lines
    `SHA256 *./path` as sha256sum(1) prints them; that one escapes a backslash, so a file with one in its name is always
    lacking where it is used.
    """

    def __init__(self, files: Collection[Entry]) -> None:
        self._paths: Mapping[str, str] = {f"{entry.sha256} *./{entry.path}": entry.path for entry in files}
        self.attributes = _lines(f"{entry.mode:o} {entry.size} 0 ./{entry.path}" for entry in files)
        self.sums = _lines(self._paths)

    @cached_property
    def packed(self) -> bytes:
        """Both lists, the attributes first, as gzip packs them."""
        return gzip.compress(self.attributes + self.sums, _LEVEL, mtime=0)

    def paths(self, lines: Iterable[str]) -> frozenset[str]:
        """Give the paths that lines of `sums` speak of. ValueError when one of them is none of its lines."""
        asked = tuple(lines)
        strange = next((line for line in asked if line not in self._paths), None)
        if strange is not None:
            raise ValueError(f"it asks for what the release does not hold: {ascii(strange)[:120]}")
        return frozenset(self._paths[line] for line in asked)


def _lines(texts: Iterable[str]) -> bytes:
    return b"".join(sorted(text.encode() + b"\n" for text in texts))
