"""What a sound artifact becomes."""

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from deployer.artifact import Entry, Kind, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small release: files, an executable, an empty folder, links."""
    root = tmp_path / "dist"
    (root / "bin").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "bin" / "app").write_bytes(b"#!/bin/sh\nexec sleep 9\n")
    (root / "bin" / "app").chmod(0o755)
    (root / "grün.txt").write_text("hello")
    (root / "run").symlink_to("bin/app")
    (root / "bin" / "up").symlink_to("../grün.txt")
    return root


def _tar(folder: Path, to: Path, *options: str) -> Path:
    subprocess.run(["tar", *options, "-cf", str(to), "-C", str(folder), "."], check=True)
    return to


def _zip(folder: Path, to: Path) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_symlink():
                link = zipfile.ZipInfo(name)
                link.external_attr = 0o120777 << 16
                archive.writestr(link, str(path.readlink()))
            else:
                archive.write(path, name)
    return to


def _gzipped(folder: Path, to: Path) -> Path:
    to.write_bytes(gzip.compress(_tar(folder, to.with_suffix(".plain")).read_bytes()))
    return to


def _zstandard(folder: Path, to: Path) -> Path:
    to.write_bytes(zstandard.compress(_tar(folder, to.with_suffix(".plain")).read_bytes()))
    return to


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.tar", _tar), ("a.tar.gz", _gzipped), ("a.tar.zst", _zstandard), ("a.zip", _zip), ("nameless", _gzipped)],
)
def test_a_folder_and_its_archive_are_the_same_artifact(
    folder: Path, tmp_path: Path, name: str, pack: Callable[[Path, Path], Path]
) -> None:
    with load(folder) as plain, load(pack(folder, tmp_path / name)) as packed:
        assert packed.digest == plain.digest
        assert packed.stream_sha256 == plain.stream_sha256
        assert packed.entries == plain.entries


def test_entries_are_sorted_and_know_their_content(folder: Path) -> None:
    with load(folder) as artifact:
        assert [entry.path for entry in artifact.entries] == ["bin", "bin/app", "bin/up", "empty", "grün.txt", "run"]
        assert artifact.entries[4] == Entry("grün.txt", Kind.FILE, size=5, sha256=hashlib.sha256(b"hello").hexdigest())
        assert [entry.path for entry in artifact.files] == ["bin/app", "grün.txt"]
        assert artifact.size == 5 + len(b"#!/bin/sh\nexec sleep 9\n")


def test_the_stream_unpacks_to_the_same_files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with load(folder) as artifact, artifact.open() as stream:
        subprocess.run(["tar", "-xf", "-", "-C", str(out)], stdin=stream, check=True)
    assert (out / "run").read_bytes() == (folder / "run").read_bytes()
    assert (out / "bin" / "app").stat().st_mode & 0o777 == 0o755
    assert (out / "grün.txt").stat().st_mode & 0o777 == 0o644
    assert (out / "empty").is_dir()


def test_the_stream_says_its_own_size_and_sum(folder: Path) -> None:
    with load(folder) as artifact, artifact.open() as stream:
        data = stream.read()
    assert len(data) == artifact.stream_size
    assert hashlib.sha256(data).hexdigest() == artifact.stream_sha256


def test_every_reader_of_the_stream_has_its_own_position(folder: Path) -> None:
    with load(folder) as artifact, artifact.open() as one, artifact.open() as two:
        start = one.read(700)
        assert two.read(700) == start
        assert one.read(700) != start


def test_times_owners_and_other_bits_do_not_change_the_stream(folder: Path) -> None:
    with load(folder) as before:
        (folder / "grün.txt").chmod(0o600)
        (folder / "bin" / "app").chmod(0o4711)
        os.utime(folder / "bin", (1, 1))
        with load(folder) as after:
            assert after.stream_sha256 == before.stream_sha256
            assert after.digest == before.digest


def test_the_executable_bit_changes_the_digest(folder: Path) -> None:
    with load(folder) as before:
        (folder / "grün.txt").chmod(0o755)
        with load(folder) as after:
            assert after.digest != before.digest


def test_a_link_that_points_elsewhere_changes_the_digest(folder: Path) -> None:
    with load(folder) as before:
        (folder / "run").unlink()
        (folder / "run").symlink_to("bin/up")
        with load(folder) as after:
            assert after.digest != before.digest


def test_the_release_id_is_the_first_twelve_digits_of_the_digest(folder: Path) -> None:
    with load(folder) as artifact:
        assert artifact.release == artifact.digest[:12]


def test_one_file_is_a_release_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "server").write_bytes(b"\x7fELF...")
    with load(tmp_path / "server") as artifact:
        assert [entry.path for entry in artifact.entries] == ["server"]


@pytest.mark.parametrize("name", ["app.jar", "app.pyz", "app"])
def test_a_program_that_happens_to_be_a_zip_stays_one_file(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: x")
    with load(tmp_path / name) as artifact:
        assert [entry.path for entry in artifact.entries] == [name]


def test_a_gzipped_file_that_is_no_tar_stays_one_file(tmp_path: Path) -> None:
    (tmp_path / "data.gz").write_bytes(gzip.compress(b"x" * 2000))
    with load(tmp_path / "data.gz") as artifact:
        assert [entry.path for entry in artifact.entries] == ["data.gz"]


def test_a_single_top_folder_of_an_archive_is_kept(tmp_path: Path) -> None:
    (tmp_path / "app-1.0").mkdir()
    (tmp_path / "app-1.0" / "x").write_text("x")
    subprocess.run(["tar", "-cf", tmp_path / "a.tar", "-C", tmp_path, "app-1.0"], check=True)
    with load(tmp_path / "a.tar") as artifact:
        assert [entry.path for entry in artifact.entries] == ["app-1.0", "app-1.0/x"]


def test_folders_that_an_archive_leaves_out_are_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/b/c.txt", "x")
    with load(tmp_path / "a.zip") as artifact:
        assert [entry.path for entry in artifact.entries] == ["a", "a/b", "a/b/c.txt"]


def test_a_hard_link_in_a_tar_is_a_copy(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("same")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    subprocess.run(["tar", "-cf", tmp_path / "a.tar", "-C", tmp_path, "one", "two"], check=True)
    with load(tmp_path / "a.tar") as artifact:
        one, two = artifact.files
        assert (one.path, two.path) == ("one", "two")
        assert one.sha256 == two.sha256


def test_a_sparse_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with (tmp_path / "d" / "sparse").open("wb") as file:
        file.seek(1 << 20)
        file.write(b"end")
    with load(tmp_path / "d") as plain, load(_tar(tmp_path / "d", tmp_path / "a.tar", "--sparse")) as packed:
        assert packed.digest == plain.digest


def test_long_names_survive(tmp_path: Path) -> None:
    deep = tmp_path / "d" / Path(*["n" * 90] * 5)
    deep.mkdir(parents=True)
    (deep / ("f" * 200)).write_text("x")
    with load(tmp_path / "d") as plain, load(_tar(tmp_path / "d", tmp_path / "a.tar")) as packed:
        assert packed.stream_sha256 == plain.stream_sha256
        with packed.open() as stream, tarfile.open(fileobj=stream) as tar:
            assert tar.getnames()[-1] == str((deep / ("f" * 200)).relative_to(tmp_path / "d"))


def test_a_dangling_link_inside_the_release_is_kept(tmp_path: Path) -> None:
    (tmp_path / "d" / "conf").mkdir(parents=True)
    (tmp_path / "d" / "x").write_text("x")
    (tmp_path / "d" / "conf" / "later").symlink_to("../var/not-yet")
    with load(tmp_path / "d") as artifact:
        assert artifact.entries[1] == Entry("conf/later", Kind.LINK, target="../var/not-yet")


def test_the_temporary_space_has_no_name_that_a_killed_run_could_leave(folder: Path) -> None:
    with load(folder) as artifact, artifact.open() as stream:
        assert Path(f"/proc/self/fd/{stream.fileno()}").readlink().name.endswith("(deleted)")


def test_ten_megabytes_in_two_hundred_files_are_packed_whole(tmp_path: Path) -> None:
    data = os.urandom(50_000)
    for number in range(200):
        path = tmp_path / "d" / f"{number % 7}" / f"{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with load(tmp_path / "d") as artifact:
        assert (artifact.size, len(artifact.files)) == (10_000_000, 200)


def test_a_file_named_release_in_the_root_is_packed_like_any_other(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        mark = tarfile.TarInfo("RELEASE")
        mark.size = 2
        tar.addfile(mark, io.BytesIO(b"v1"))
    with load(tmp_path / "a.tar") as artifact:
        assert [entry.path for entry in artifact.entries] == ["RELEASE"]
