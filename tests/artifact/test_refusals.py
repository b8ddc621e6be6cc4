"""What an artifact is refused for: the message names the artifact and the member, and nothing is sent anywhere."""

import contextlib
import gzip
import io
import os
import socket
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from deployer.artifact import load
from deployer.artifact.contents import LARGEST, MOST_ENTRIES, Contents
from deployer.artifact.entry import Entry, Kind
from deployer.artifact.folder import Folder
from deployer.errors import ExitCode, RefusedError

Member = tuple[tarfile.TarInfo, bytes]


def _member(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, link: str = "") -> Member:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = link
    member.size = len(data) if kind == tarfile.REGTYPE else 0
    return member, data


def _tar(path: Path, *members: Member) -> Path:
    with tarfile.open(path, "w", errors="surrogateescape") as tar:
        for member, data in members:
            tar.addfile(member, io.BytesIO(data) if member.isreg() else None)
    return path


def _refusal(path: Path) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        load(path)
    assert caught.value.where == str(path)
    assert caught.value.exit_code is ExitCode.REFUSED
    return caught.value


LINK = tarfile.SYMTYPE


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([_member("/etc/passwd")], "/etc/passwd: its path is absolute"),
        ([_member("a/../../b")], "a/../../b: its path has a `..` in it"),
        ([_member("a\nb")], "'a\\nb': its name holds a control character"),
        ([_member("a\x1b[31m")], "'a\\x1b[31m': its name holds a control character"),
        ([_member("caf\udce9")], "'caf\\udce9': its name is not UTF-8"),
        ([_member("n" * 300)], "longer than"),
        ([_member("dev", kind=tarfile.CHRTYPE)], "dev: it is a device or pipe"),
        ([_member("disk", kind=tarfile.BLKTYPE)], "disk: it is a device or pipe"),
        ([_member("pipe", kind=tarfile.FIFOTYPE)], "pipe: it is a device or pipe"),
        ([_member("a"), _member("./a")], "a: it is there twice"),
        ([_member("a"), _member("a/b")], "a/b: it lies under a, which is a file and no folder"),
        ([_member("d", kind=LINK, link="e"), _member("d/x")], "d/x: it lies under d, which is a link and no folder"),
        ([_member("x"), _member("l", kind=LINK, link="/etc")], "l: it is a link that leads out of the release, to /"),
        ([_member("x"), _member("l", kind=LINK, link="..")], "l: it is a link that leads out of the release, to .."),
        ([_member("x"), _member("l", kind=LINK, link="a\nb")], "l: its link target holds a control character"),
        ([_member("x"), _member("l", kind=LINK, link="l")], "l: it is a link that leads round in a circle"),
        ([_member("h", kind=tarfile.LNKTYPE, link="../x")], "../x: its path has a `..`"),
        ([_member("h", kind=tarfile.LNKTYPE, link="gone")], "h: it is a hard link to gone, which is no file before it"),
        ([_member("d", kind=tarfile.DIRTYPE)], "it is empty"),
        ([_member("x"), _member("RELEASE/y")], "RELEASE: it is a folder"),
        ([_member("x"), _member("RELEASE", kind=LINK, link="x")], "RELEASE: it is a link"),
    ],
)
def test_a_member_that_must_not_reach_a_host_is_refused_by_name(
    tmp_path: Path, members: list[Member], message: str
) -> None:
    assert message in _refusal(_tar(tmp_path / "a.tar", *members)).message


def test_a_link_that_leaves_by_way_of_another_link_is_refused(tmp_path: Path) -> None:
    # Read as text, a/b/out is a/b/../.. and stays inside; followed, it leaves.
    members = [
        _member("x"),
        _member("a/b/root", kind=LINK, link="../.."),
        _member("a/b/out", kind=LINK, link="root/../etc"),
    ]
    assert "a/b/out: it is a link that leads out" in _refusal(_tar(tmp_path / "a.tar", *members)).message


def test_a_folder_with_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").write_text("x")
    (tmp_path / "d" / "home").symlink_to(tmp_path)
    error = _refusal(tmp_path / "d")
    assert "home: it is a link that leads out of the release" in error.message
    assert "shared:" in error.remedy


def test_a_folder_with_a_pipe_or_socket_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    os.mkfifo(tmp_path / "d" / "pipe")
    assert "pipe: it is a device, pipe or socket" in _refusal(tmp_path / "d").message
    (tmp_path / "d" / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "d" / "sock"))
        assert "sock: it is a device, pipe or socket" in _refusal(tmp_path / "d").message


def test_a_name_that_is_not_utf8_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / os.fsdecode(b"caf\xe9")).write_text("x")
    assert "is not UTF-8" in _refusal(tmp_path / "d").message


def test_a_file_that_changes_after_the_folder_was_listed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one")
    folder = Folder(tmp_path)
    (tmp_path / "log").write_text("two!")
    with pytest.raises(RefusedError, match="log: it changed while it was read"), folder.content(folder.entries[0]):
        pass


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one")
    folder = Folder(tmp_path)
    with contextlib.ExitStack() as stack:
        content = stack.enter_context(folder.content(folder.entries[0]))
        content.read()
        (tmp_path / "log").write_text("two!")
        with pytest.raises(RefusedError, match="log: it changed while it was read"):
            stack.close()


@pytest.mark.parametrize("cut", [10, 600, 1500, 2600])
def test_a_tar_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    whole = _tar(tmp_path / "a.tar", _member("a", b"a" * 700), _member("b", b"b" * 700)).read_bytes()[:4096]
    assert len(whole) > 3072
    (tmp_path / "cut.tar").write_bytes(whole[:cut])
    assert "damaged or cut off" in _refusal(tmp_path / "cut.tar").message


def test_a_tar_that_is_cut_off_between_two_members_is_refused(tmp_path: Path) -> None:
    whole = _tar(tmp_path / "a.tar", _member("a", b"a" * 512), _member("b", b"b" * 512)).read_bytes()
    for name, data in (("cut.tar", whole[:1024]), ("cut.tar.zst", zstandard.compress(whole[:1024]))):
        (tmp_path / name).write_bytes(data)
        assert "its end is missing" in _refusal(tmp_path / name).message


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_a_compressed_tar_that_is_cut_off_or_damaged_is_refused(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    whole = compress(_tar(tmp_path / "a.tar", _member("a", os.urandom(200_000))).read_bytes())
    for name, data in (("cut.tar.gz", whole[:-9000]), ("bad.tar.gz", whole[:5000] + b"?" * 50 + whole[5050:])):
        (tmp_path / name).write_bytes(data)
        refusal = _refusal(tmp_path / name).message
        assert "damaged or cut off" in refusal


def test_something_else_under_the_name_of_an_archive_is_refused(tmp_path: Path) -> None:
    for name in ("a.tar", "a.tar.gz", "a.zip"):
        (tmp_path / name).write_bytes(b"<html>not found</html>" * 100)
        assert "damaged or cut off" in _refusal(tmp_path / name).message


def test_an_archive_of_a_kind_that_is_not_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar.xz").write_bytes(b"\xfd7zXZ\x00")
    assert "use .tar, .tar.gz, .tar.zst or .zip" in _refusal(tmp_path / "a.tar.xz").remedy


def test_a_missing_artifact_is_refused(tmp_path: Path) -> None:
    assert "there is no such artifact" in _refusal(tmp_path / "gone").message


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    assert "it is empty" in _refusal(tmp_path / "d").message


def _zip(path: Path, name: str, data: str = "x", mode: int = 0o100644, flags: int = 0) -> Path:
    member = zipfile.ZipInfo("placeholder")
    member.filename = name
    member.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, data)
        archive.filelist[0].flag_bits |= flags
    return path


@pytest.mark.parametrize(
    ("name", "data", "mode", "message"),
    [
        ("../x", "x", 0o100644, "../x: its path has a `..`"),
        ("/x", "x", 0o100644, "/x: its path is absolute"),
        ("a\\b", "x", 0o100644, "a\\b: its path has a backslash"),
        ("l", "../../etc", 0o120777, "l: it is a link that leads out"),
        ("l", "x" * 5000, 0o120777, "l: it is a link with an endless target"),
        ("p", "", 0o010644, "p: it is a device, pipe or socket"),
    ],
)
def test_a_zip_is_held_to_the_same_rules(tmp_path: Path, name: str, data: str, mode: int, message: str) -> None:
    assert message in _refusal(_zip(tmp_path / "a.zip", name, data, mode)).message


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    assert "x: it is encrypted" in _refusal(_zip(tmp_path / "a.zip", "x", flags=1)).message


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    member = tarfile.TarInfo("zeros")
    member.size = LARGEST + 1
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(member.tobuf() + bytes(100_000)))
    assert "larger than 4 GiB" in _refusal(tmp_path / "a.tar.gz").message


def test_too_many_entries_are_refused() -> None:
    contents = Contents()
    for number in range(MOST_ENTRIES):
        contents.add(Entry(f"{number}", Kind.FILE))
    with pytest.raises(RefusedError, match="more than 200000"):
        contents.add(Entry("one more", Kind.FILE))
