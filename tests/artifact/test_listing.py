"""The lists of a release's files: line for line what a host prints of the same files, in the order of its `comm`."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.artifact import Entry, Kind, load
from deployer.artifact.listing import Listing

C = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
FIND = r"umask 022; find . -type f -printf '%m %s %Ts %p\n' | sort"
SHA256SUM = "find . -type f -print0 | xargs -0 sha256sum -b | sort"
OPENSSL = "find . -type f -print0 | xargs -0 openssl dgst -sha256 -r | sort"
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/"), min_size=1, max_size=5)


def _unpacked(artifact: Path, to: Path) -> Path:
    to.mkdir()
    with load(artifact) as packed, packed.open() as stream:
        command = ["sh", "-c", "umask 022; exec tar -x -f - --no-same-owner --no-same-permissions"]
        subprocess.run(command, stdin=stream, cwd=to, check=True)
    return to


def _printed(command: str, folder: Path) -> bytes:
    return subprocess.run(["sh", "-c", command], cwd=folder, env=C, capture_output=True, check=True).stdout


def _entry(path: str, content: str = "0" * 64) -> Entry:
    return Entry(path, Kind.FILE, sha256=content)


def test_attributes_are_what_find_prints_of_the_unpacked_files(odd: Path, tmp_path: Path) -> None:
    with load(odd) as artifact:
        assert artifact.listing.attributes == _printed(FIND, _unpacked(odd, tmp_path / "out"))


@pytest.mark.parametrize("command", [SHA256SUM, OPENSSL], ids=["sha256sum", "openssl"])
def test_sums_are_what_a_host_prints_of_the_unpacked_files(odd: Path, tmp_path: Path, command: str) -> None:
    (odd / "back\\slash").unlink()  # coreutils escape it, openssl does not
    with load(odd) as artifact:
        assert artifact.listing.sums == _printed(command, _unpacked(odd, tmp_path / "out"))


def test_a_name_that_sha256sum_escapes_is_asked_for_and_understood(odd: Path, tmp_path: Path) -> None:
    with load(odd) as artifact:
        (tmp_path / "sums").write_bytes(artifact.listing.sums)
        lacking = f"{SHA256SUM} | comm --check-order -23 {tmp_path}/sums -"
        asked = _printed(lacking, _unpacked(odd, tmp_path / "out")).decode().splitlines()
        assert artifact.listing.paths(asked) == {"back\\slash"}


def test_both_lists_are_in_the_order_of_comm(odd: Path, tmp_path: Path) -> None:
    with load(odd) as artifact:
        for name, lines in (("attributes", artifact.listing.attributes), ("sums", artifact.listing.sums)):
            (tmp_path / name).write_bytes(lines)
            assert _printed(f"comm --check-order -3 {name} {name}; sort -c {name}", tmp_path) == b""


@settings(deadline=None)
@given(st.lists(NAMES, unique=True))
def test_lines_of_any_names_are_sorted_by_their_bytes(names: list[str]) -> None:
    listing = Listing([_entry(name) for name in names])
    for lines in (listing.attributes.split(b"\n"), listing.sums.split(b"\n")):
        assert lines.pop() == b""
        assert lines == sorted(lines)
        assert len(lines) == len(names)
    assert listing.paths(listing.sums.decode().split("\n")[:-1]) == frozenset(names)


def test_both_lists_packed_are_what_gzip_unpacks_and_always_the_same(odd: Path) -> None:
    with load(odd) as artifact, load(odd) as again:
        packed = artifact.listing.packed
        assert packed == again.listing.packed
        unpacked = subprocess.run(["gzip", "-dc"], input=packed, capture_output=True, check=True)
        assert unpacked.stdout == artifact.listing.attributes + artifact.listing.sums


def test_files_alone_are_listed(odd: Path) -> None:
    with load(odd) as artifact:
        assert artifact.listing.sums.count(b"\n") == len(artifact.files)
        assert b"./link" not in artifact.listing.sums
        assert b"empty folder" not in artifact.listing.attributes


def test_lines_give_their_paths_in_any_order_and_however_often() -> None:
    listing = Listing([_entry("a"), _entry("b"), _entry("c")])
    line = f"{'0' * 64} *./{{}}".format
    assert listing.paths([]) == frozenset()
    assert listing.paths([line("c"), line("a"), line("c")]) == {"a", "c"}


@pytest.mark.parametrize(
    "line",
    ["", "a", f"{'0' * 64} *./z", f"{'1' * 64} *./a", f"{'0' * 64}  ./a", f"{'0' * 64} *./a ", "644 0 0 ./a", "\x1b["],
)
def test_a_line_that_is_none_of_the_sums_is_refused_and_shown(line: str) -> None:
    with pytest.raises(ValueError, match="does not hold") as caught:
        Listing([_entry("a")]).paths([f"{'0' * 64} *./a", line])
    assert ascii(line)[:50] in str(caught.value)


def test_a_long_strange_line_is_shown_in_short() -> None:
    with pytest.raises(ValueError, match="does not hold") as caught:
        Listing([]).paths(["\u202e" * 100_000])
    assert len(str(caught.value)) < 250
    assert str(caught.value).isascii()
