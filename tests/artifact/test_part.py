"""A part of a release's stream: a tar with all folders and links, and of the files those that were asked for."""

import contextlib
import hashlib
import io
import os
import random
import subprocess
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from deployer.artifact import Artifact, Kind, load
from deployer.task import Part


def _lines(artifact: Artifact, paths: Iterable[str]) -> list[str]:
    """Give the lines that ask for files."""
    wanted = set(paths)
    return [f"{entry.sha256} *./{entry.path}" for entry in artifact.files if entry.path in wanted]


def _bytes(part: Part) -> bytes:
    with part.open() as stream:
        return stream.read()


def _choices(artifact: Artifact) -> list[list[str]]:
    """Give no file, each alone, all but each, all, and some at random."""
    paths = [entry.path for entry in artifact.files]
    chance = random.Random(7)
    alone = [[path] for path in paths]
    but = [[other for other in paths if other != path] for path in paths]
    return [[], paths, *alone, *but, *(chance.sample(paths, chance.randrange(len(paths))) for _ in range(20))]


def test_every_part_holds_folders_links_and_exactly_the_files_asked_for(odd: Path) -> None:
    with load(odd) as artifact:
        for paths in _choices(artifact):
            with tarfile.open(fileobj=io.BytesIO(_bytes(artifact.part(_lines(artifact, paths))))) as tar:
                held = {member.name: member for member in tar.getmembers()}
                wanted = [each for each in artifact.entries if each.kind is not Kind.FILE or each.path in paths]
                assert list(held) == [entry.path for entry in wanted]
                for entry in wanted:
                    assert (held[entry.path].mode, held[entry.path].linkname) == (entry.mode, entry.target)
                    content = tar.extractfile(held[entry.path]) if entry.kind is Kind.FILE else None
                    assert content is None or hashlib.sha256(content.read()).hexdigest() == entry.sha256


def test_every_part_says_its_own_size_and_sum_and_is_made_of_whole_records(odd: Path) -> None:
    with load(odd) as artifact:
        for paths in _choices(artifact):
            part = artifact.part(_lines(artifact, paths))
            data = _bytes(part)
            assert (len(data), hashlib.sha256(data).hexdigest()) == (part.size, part.sha256)
            assert len(data) % 10240 == 0


def test_a_part_and_what_was_there_unpack_to_the_whole_release(odd: Path, tmp_path: Path) -> None:
    with load(odd) as artifact:
        paths = [entry.path for entry in artifact.files]
        for number, asked in enumerate((paths[::2], paths[1::2])):
            part = artifact.part(_lines(artifact, asked))
            ended = subprocess.run(
                ["tar", "-x", "-f", "-", "-C", str(tmp_path)], input=_bytes(part), capture_output=True, check=True
            )
            assert ended.stderr == b"", number
    for path in paths:
        assert (tmp_path / path).read_bytes() == (odd / path).read_bytes()
        assert (tmp_path / path).stat().st_mode == (odd / path).stat().st_mode
    assert (tmp_path / "a.d" / "up").readlink() == Path("../a b")
    assert (tmp_path / "empty folder").is_dir()


def test_a_part_with_all_files_is_the_whole_stream(odd: Path) -> None:
    with load(odd) as artifact, artifact.open() as stream:
        part = artifact.part(artifact.listing.sums.decode().split("\n")[:-1])
        assert (part.size, part.sha256) == (artifact.stream_size, artifact.stream_sha256)
        assert _bytes(part) == stream.read()


def test_a_part_without_files_in_a_release_without_folders_is_an_empty_tar(tmp_path: Path) -> None:
    (tmp_path / "app").write_text("x")
    with load(tmp_path / "app") as artifact:
        assert _bytes(artifact.part([])) == bytes(10240)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 8191, 8192, 8193, 8704, (1 << 20) - 1, 1 << 20, (2 << 20) + 1])
def test_a_file_of_any_size_arrives_whole_between_others_that_are_left_out(tmp_path: Path, size: int) -> None:
    (tmp_path / "d").mkdir()
    data = random.Random(size).randbytes(size)
    for name, content in (("a", b"left out"), ("b", data), ("c", b"left out, too")):
        (tmp_path / "d" / name).write_bytes(content)
    with load(tmp_path / "d") as artifact:
        part = artifact.part(_lines(artifact, "b"))
        with tarfile.open(fileobj=io.BytesIO(_bytes(part))) as tar:
            held = tar.extractfile("b")
            assert tar.getnames() == ["b"]
            assert held is not None
            assert held.read() == data


def test_a_stream_is_the_same_in_pieces_of_any_length(odd: Path) -> None:
    with load(odd) as artifact:
        part = artifact.part(_lines(artifact, ["a b", "grün", "n" * 200]))
        for length in (1, 7, 512, 32704, 1 << 20):
            with part.open() as stream:
                assert b"".join(iter(partial(stream.read, length), b"")) == _bytes(part)


def test_every_reader_of_a_part_has_its_own_position_and_end(odd: Path) -> None:
    with load(odd) as artifact:
        part = artifact.part(_lines(artifact, ["a b"]))
        with part.open() as one, part.open() as two:
            start = one.read(700)
            one.close()
            assert two.read(700) == start
            assert start + two.read(10) != start
        assert len(_bytes(part)) == part.size


def test_hosts_that_lack_the_same_get_the_same_part_however_they_ask(odd: Path) -> None:
    with load(odd) as artifact:
        lines = _lines(artifact, ["a b", "A", "日本"])
        assert artifact.part(lines) is artifact.part(iter([*reversed(lines), lines[0]]))
        assert artifact.part(lines) is not artifact.part(lines[:1])


def test_many_threads_get_true_parts_at_once(odd: Path) -> None:
    with load(odd) as artifact:
        choices = [_lines(artifact, paths) for paths in _choices(artifact)[:8]]
        expected = [hashlib.sha256(_bytes(artifact.part(lines))).hexdigest() for lines in choices]
    with load(odd) as fresh, ThreadPoolExecutor(16) as pool:
        together = Barrier(16)

        def ask(number: int) -> tuple[str, str, int]:
            together.wait(30)
            part = fresh.part(choices[number % 8])
            return hashlib.sha256(_bytes(part)).hexdigest(), part.sha256, id(part)

        got = list(pool.map(ask, range(16)))
        assert [(read, said) for read, said, _ in got] == [(each, each) for each in expected * 2]
        assert len({made for _, _, made in got}) == 8


def test_a_strange_line_is_refused_and_spoils_nothing(odd: Path) -> None:
    with load(odd) as artifact:
        good = _lines(artifact, ["a b"])
        with pytest.raises(ValueError, match="does not hold"):
            artifact.part([*good, "0" * 64 + " *./../../etc/shadow"])
        assert artifact.part(good).size > 0


def test_readers_of_a_part_go_on_when_the_artifact_is_closed(odd: Path) -> None:
    with load(odd) as artifact:
        part = artifact.part(_lines(artifact, ["a b"]))
        stream = part.open()
    with stream:
        assert hashlib.sha256(stream.read()).hexdigest() == part.sha256


def test_a_reader_that_is_closed_lets_the_temporary_file_go(odd: Path) -> None:
    with load(odd) as artifact:
        part = artifact.part(_lines(artifact, ["a b"]))
        before = _descriptors(artifact)
        stream = part.open()
        stream.read(10)
        assert _descriptors(artifact) == before + 1
        stream.close()
        stream.close()
        assert _descriptors(artifact) == before


def _descriptors(artifact: Artifact) -> int:
    """Count this process's descriptors of the artifact's temporary file."""
    with artifact.open() as stream:
        spool = os.fstat(stream.fileno())
        return sum(_same(Path(path), spool) for path in Path("/proc/self/fd").iterdir())


def _same(path: Path, file: os.stat_result) -> bool:
    with contextlib.suppress(OSError):  # the folder's own descriptor is gone by then
        return os.path.samestat(path.stat(), file)
    return False
