"""The artifact: its digest, the release id taken from it, and the stream that hosts are sent, whole or in part."""

import hashlib
import tarfile
import threading
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Protocol, Self, cast

from deployer.artifact.archive import Archive, is_archive
from deployer.artifact.entry import Entry, Kind, refused
from deployer.artifact.folder import Folder
from deployer.artifact.listing import Listing
from deployer.artifact.part import Part, Piece
from deployer.artifact.spool import PIECE, Spool
from deployer.errors import RefusedError

_ID_LENGTH = 12
_UNREAD = (".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz", ".tar.lz4", ".7z", ".rar")


class Artifact:
    """A checked artifact, packed into one reproducible tar in temporary space. Close it, or use it in a `with`.

    The same files give the same `digest` and the same bytes of the stream, whether they came from a folder, a tar or a
    zip, and whenever they were built: names are sorted, times are 0, owners are 0, and of the modes only "executable"
    is kept. A file RELEASE in the root is packed like any other; the host writes the release's id over it.
    """

    def __init__(self, members: Sequence["_Member"], spool: Spool) -> None:
        self.entries = tuple(member.entry for member in members)
        self._members = members
        self._spool = spool
        self._parts: dict[frozenset[str], Part] = {}
        self._making = threading.Lock()
        self.digest = digest_of(self.entries)
        self.stream_sha256 = spool.sha256
        self.stream_size = spool.size

    @property
    def release(self) -> str:
        """The release id used when nobody names one: the first 12 hex digits of the digest."""
        return self.digest[:_ID_LENGTH]

    @property
    def files(self) -> tuple[Entry, ...]:
        """The files alone, with their sizes and SHA-256."""
        return tuple(entry for entry in self.entries if entry.kind is Kind.FILE)

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(entry.size for entry in self.files)

    def open(self) -> BinaryIO:
        """Open the tar stream (uncompressed) from its start. Each reader has its own position; close it."""
        return self._spool.open()

    @cached_property
    def listing(self) -> Listing:
        """The files as a host is told of them, to say which it lacks."""
        return Listing(self.files)

    def part(self, lines: Iterable[str]) -> Part:
        """Give the stream less every file that no line of the listing's sums speaks of.

        ValueError when a line is not from there. Hosts that lack the same get the same; safe for several threads.
        """
        lacking = self.listing.paths(lines)
        with self._making:
            if lacking not in self._parts:
                self._parts[lacking] = Part.of(self._spool, [one.piece for one in self._members if one.is_in(lacking)])
            return self._parts[lacking]

    def close(self) -> None:
        """Give the temporary space back."""
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Member:
    """An entry, and where it stands in the stream."""

    entry: Entry
    piece: Piece

    def is_in(self, paths: Collection[str]) -> bool:
        """Whether it is one of these files; what is no file is always wanted."""
        return self.entry.kind is not Kind.FILE or self.entry.path in paths


class _Source(Protocol):
    entries: tuple[Entry, ...]

    def content(self, entry: Entry) -> AbstractContextManager[BinaryIO]: ...

    def close(self) -> None: ...


def load(path: str | Path) -> Artifact:
    """Read the folder, file, .tar(.gz|.zst) or .zip at `path`. RefusedError naming the path and the member at fault."""
    where = str(path)
    try:
        source = _source(Path(path))
        try:
            return _packed(source)
        finally:
            source.close()
    except RefusedError as error:
        raise RefusedError(error.message, where=where, remedy=error.remedy) from None
    except OSError as error:
        raise RefusedError(
            f"{error.filename or 'the artifact'} cannot be read: {error.strerror}", where=where
        ) from None


def digest_of(entries: Iterable[Entry]) -> str:
    """Return the hex SHA-256 over path, kind, mode, link target and content's SHA-256 of each entry, sorted by path."""
    whole = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.path.encode()):
        fields = (entry.path, entry.kind.value, f"{entry.mode:o}", entry.target, entry.sha256)
        whole.update("\0".join(fields).encode() + b"\n")
    return whole.hexdigest()


def _source(path: Path) -> _Source:
    if not path.exists():
        raise RefusedError("there is no such artifact", remedy="build it first, or correct artifact.path in the plan")
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise RefusedError("it is neither a folder nor a file")
    if path.name.lower().endswith(_UNREAD):
        raise RefusedError("archives of this kind are not read", remedy="use .tar, .tar.gz, .tar.zst or .zip")
    return Archive(path) if is_archive(path) else Folder(path)


def _packed(source: _Source) -> Artifact:
    spool = Spool()
    try:
        # GNU's format: the tar of every host reads its long names, busybox included.
        stream = cast("IO[bytes]", spool)  # all that tarfile asks of what it writes to is `write` and `tell`
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
            members = [_member(tar, entry, source, spool) for entry in source.entries]
    except BaseException:
        spool.close()
        raise
    return Artifact(members, spool)


def _member(tar: tarfile.TarFile, entry: Entry, source: _Source, spool: Spool) -> _Member:
    begin = spool.size
    packed = _pack(tar, entry, source)
    return _Member(packed, (begin, spool.size))


def _pack(tar: tarfile.TarFile, entry: Entry, source: _Source) -> Entry:
    member = tarfile.TarInfo(entry.path)
    member.mode = entry.mode
    member.size = entry.size
    member.linkname = entry.target
    member.type = {Kind.FILE: tarfile.REGTYPE, Kind.FOLDER: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}[entry.kind]
    if entry.kind is not Kind.FILE:
        tar.addfile(member)
        return entry
    with source.content(entry) as content:
        hashed = _Hashed(content, entry.size)
        try:
            tar.addfile(member, cast("IO[bytes]", hashed))
        except OSError as error:
            if error.errno is not None:
                raise
            raise refused(entry.path, "it changed while it was read", "let the build finish first") from None
    return replace(entry, sha256=hashed.sha256)


class _Hashed:
    """Reads a file's bytes up to its size, hashing them on the way."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source = source
        self._left = size
        self._hash = hashlib.sha256()

    def read(self, size: int = PIECE) -> bytes:
        """Read up to `size` bytes."""
        data = self._source.read(min(size, self._left))
        self._left -= len(data)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        """The hex SHA-256 of what was read."""
        return self._hash.hexdigest()
