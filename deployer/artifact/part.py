"""A part of an artifact's tar stream: pieces of the one spool, as a tar of their own."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from deployer.artifact.spool import PIECE, Spool

_RECORD = 10240
_END = 1024
"""A tar ends with two empty blocks, and is filled up to whole records; in bytes."""

Piece = tuple[int, int]
"""Where it begins in the spool, and where it ends; in bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A tar stream with its `size` in bytes and its hex SHA-256."""

    spool: Spool
    pieces: tuple[Piece, ...]
    size: int
    sha256: str

    @classmethod
    def of(cls, spool: Spool, pieces: Iterable[Piece]) -> "Part":
        """Make a tar of those pieces of the spool, each of them whole members; reads them once."""
        joined = tuple(_joined(sorted(pieces)))
        held = sum(end - begin for begin, end in joined)
        size = -(-(held + _END) // _RECORD) * _RECORD
        whole = hashlib.sha256()
        with _open(spool, joined, size) as stream:
            while piece := stream.read(PIECE):
                whole.update(piece)
        return cls(spool, joined, size, whole.hexdigest())

    def open(self) -> BinaryIO:
        """Open the stream from its start. Each reader has its own position; close it."""
        return _open(self.spool, self.pieces, self.size)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Put pieces together that follow each other."""
    joined: list[Piece] = []
    for begin, end in pieces:
        follows = joined and joined[-1][1] == begin
        joined.append((joined.pop()[0] if follows else begin, end))
    return joined


def _open(spool: Spool, pieces: Sequence[Piece], size: int) -> BinaryIO:
    return io.BufferedReader(_Reader(spool.open(), pieces, size))


class _Reader(io.RawIOBase):
    """Reads pieces one after the other, and then zeros up to the size."""

    def __init__(self, source: BinaryIO, pieces: Sequence[Piece], size: int) -> None:
        super().__init__()
        self._source = source
        self._chunks = _chunks(source, pieces, size)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the chunk at hand reaches; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Close the spool's reader, too."""
        self._source.close()
        super().close()


def _chunks(source: BinaryIO, pieces: Sequence[Piece], size: int) -> Iterator[bytes]:
    left = size
    for begin, end in pieces:
        source.seek(begin)
        for at in range(begin, end, PIECE):
            yield source.read(min(PIECE, end - at))
        left -= end - begin
    yield bytes(left)
