"""A release read from a tar (plain, gzip, zstd) or zip archive, its files unpacked into one nameless temporary file."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, cast

import zstandard

from deployer.artifact.contents import LARGEST, Contents, folder_entry, link_entry
from deployer.artifact.entry import Entry, Kind, clean_path, refused
from deployer.artifact.spool import PIECE, Spool
from deployer.errors import RefusedError

_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, zstandard.ZstdError, gzip.BadGzipFile, EOFError)
"""What the readers raise for an archive that is damaged or cut off."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_AT = 257
_BLOCK = 512
_LONGEST_TARGET = 4096


class Archive:
    """The members of an archive."""

    def __init__(self, path: Path) -> None:
        self._spool = Spool()
        self._offsets: dict[str, int] = {}
        self._contents = Contents()
        try:
            with path.open("rb") as file:
                if _starts(file).startswith(_ZIP):
                    self._read_zip(file)
                else:
                    self._read_tar(file)
            self.entries = self._contents.finished()
        except _BROKEN as error:
            self._spool.close()
            raise RefusedError(f"it is damaged or cut off: {error}", remedy="build it again") from None
        except BaseException:
            self._spool.close()
            raise

    @contextmanager
    def content(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open a file's content; what stands behind its size belongs to others."""
        with self._spool.open(self._offsets[entry.path]) as content:
            yield content

    def close(self) -> None:
        """Give the temporary space back."""
        self._spool.close()

    def _read_tar(self, file: BinaryIO) -> None:
        unpacked = _Counted(_decompressed(file))
        stream = cast("IO[bytes]", unpacked)  # all that tarfile asks of a stream is `read`
        end = 0
        with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape") as tar:
            for member in tar:
                end = member.offset_data + _rounded(member.size if member.isreg() and not member.issparse() else 0)
                self._take_member(tar, member)
        while unpacked.read(PIECE):  # to the very end: only there does gzip check its sum
            pass
        if unpacked.count < end + _BLOCK:
            raise tarfile.ReadError("its end is missing")

    def _take_member(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        if member.isdir():
            entry = folder_entry(member.name)
            if entry is not None:
                self._contents.add(entry)
            return
        path = _member_path(member.name)
        if member.issym():
            self._contents.add(link_entry(path, member.linkname))
        elif member.islnk():
            self._take_copy(path, member)
        elif member.isreg():
            content = tar.extractfile(member)
            assert content is not None  # noqa: S101  a regular member has content
            self._take_file(path, executable=bool(member.mode & stat.S_IXUSR), size=member.size, content=content)
        else:
            raise refused(member.name, "it is a device or pipe", "leave it out of the artifact")

    def _take_copy(self, path: str, member: tarfile.TarInfo) -> None:
        first = self._contents.file(clean_path(member.linkname))
        if first is None:
            raise refused(member.name, f"it is a hard link to {member.linkname}, which is no file before it")
        self._contents.add(Entry(path, Kind.FILE, first.executable, size=first.size))
        self._offsets[path] = self._offsets[first.path]

    def _read_zip(self, file: BinaryIO) -> None:
        try:
            with zipfile.ZipFile(file, metadata_encoding="utf-8") as archive:
                for member in archive.infolist():
                    self._take_zipped(archive, member)
        except UnicodeDecodeError:
            raise RefusedError("its names are not UTF-8", remedy="make the archive with UTF-8 names") from None
        except NotImplementedError as error:
            raise RefusedError(f"it is compressed in an unknown way: {error}", remedy="use deflate") from None

    def _take_zipped(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        name = member.filename
        mode = member.external_attr >> 16
        if "\\" in name:
            raise refused(name, "its path has a backslash in it", "pack with / between folders")
        if member.flag_bits & 1:
            raise refused(name, "it is encrypted", "pack without a password")
        if member.is_dir():
            entry = folder_entry(name)
            if entry is not None:
                self._contents.add(entry)
        elif stat.S_ISLNK(mode):
            if member.file_size > _LONGEST_TARGET:
                raise refused(name, "it is a link with an endless target")
            self._contents.add(link_entry(_member_path(name), archive.read(member).decode(errors="surrogateescape")))
        elif stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
            raise refused(name, "it is a device, pipe or socket", "leave it out of the artifact")
        else:
            with archive.open(member) as content:
                self._take_file(
                    _member_path(name), executable=bool(mode & stat.S_IXUSR), size=member.file_size, content=content
                )

    def _take_file(self, path: str, *, executable: bool, size: int, content: IO[bytes]) -> None:
        # Added first: a member that would burst the bounds is refused before a byte of it is unpacked.
        self._contents.add(Entry(path, Kind.FILE, executable, size=size))
        self._offsets[path] = self._spool.size
        while piece := content.read(PIECE):
            self._spool.write(piece)
            if self._spool.size - self._offsets[path] > size:
                raise refused(path, "it is longer than the archive says")
        if self._spool.size - self._offsets[path] != size:
            raise refused(path, "it is cut off", "build the archive again")


class _Counted:
    """Counts what is read, and stops at the largest size that a release may have."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.count = 0

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes."""
        data = self._source.read(size)
        self.count += len(data)
        if self.count > LARGEST:
            raise RefusedError(f"unpacked it is larger than {LARGEST >> 30} GiB")
        return data


def is_archive(path: Path) -> bool:
    """Whether a file is an archive: by its content, and a zip by its name too, since programs (.jar, .pyz) are zips."""
    with path.open("rb") as file:
        if path.name.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst")):
            return True
        try:
            return _looks_like_tar(_decompressed(file).read(_BLOCK))
        except _BROKEN:
            return False


def _decompressed(file: BinaryIO) -> IO[bytes]:
    start = _starts(file)
    if start.startswith(_GZIP):
        return cast("IO[bytes]", gzip.open(file, "rb"))
    if start.startswith(_ZSTD):
        return BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    return file


def _starts(file: BinaryIO) -> bytes:
    start = file.read(_BLOCK)
    file.seek(0)
    return start


def _looks_like_tar(block: bytes) -> bool:
    return block[_TAR_AT : _TAR_AT + 5] == b"ustar"


def _member_path(name: str) -> str:
    path = clean_path(name)
    if not path:
        raise refused(name, "it has no name")
    return path


def _rounded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
