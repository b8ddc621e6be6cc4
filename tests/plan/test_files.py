"""The real machine that plans are read on."""

import os
import stat
from pathlib import Path

import pytest

from deployer.errors import PlanError
from deployer.files import MAX_PRINTED, LocalFiles, read_plan
from deployer.plan.source import Files, UnreadableError
from deployer.plan.text import MAX_BYTES
from tests.plan.machine import a_plan


@pytest.fixture
def files() -> Files:
    return LocalFiles()


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return f"./{path.name}"


def test_folders_are_absolute(files: Files) -> None:
    assert (files.folder, Path(files.home).is_absolute()) == (str(Path.cwd()), True)


def test_files_and_folders_exist_and_others_do_not(files: Files, tmp_path: Path) -> None:
    assert [files.exists(str(path)) for path in (tmp_path, tmp_path / "nope")] == [True, False]


def test_a_file_is_read(files: Files, tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_bytes(b"a: {}\n")
    assert files.read(str(tmp_path / "hosts.yml")) == b"a: {}\n"


def test_a_large_file_is_read_just_far_enough_to_see_that_it_is_too_large(files: Files, tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(MAX_BYTES * 3)
    assert len(files.read(str(tmp_path / "large"))) == MAX_BYTES + 1


def test_a_file_that_cannot_be_read_says_why(files: Files, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"cannot read .*/nope: No such file or directory"):
        files.read(str(tmp_path / "nope"))
    with pytest.raises(UnreadableError, match="Is a directory"):
        files.read(str(tmp_path))


def test_a_plan_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text(a_plan())
    (tmp_path / "dist").mkdir()
    plan = read_plan(str(tmp_path / "plan.yml"), variables={}, release="r2")
    assert (plan.release, plan.artifact) == ("r2", str(tmp_path / "dist"))


def test_a_plan_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"nope\.yml: cannot read .*: No such file or directory"):
        read_plan(str(tmp_path / "nope.yml"), variables={})


def test_a_program_runs_in_the_folder_it_is_given(files: Files, tmp_path: Path) -> None:
    name = program(tmp_path / "inventory", 'printf "%s %s" "$PWD" "$1"')
    assert files.run((name, "--list"), str(tmp_path)) == f"{os.path.realpath(tmp_path)} --list".encode()


def test_a_program_that_fails_says_what_it_said(files: Files, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="ended with status 3: no cloud today"):
        files.run((program(tmp_path / "loud", "echo no cloud today >&2; exit 3"),), str(tmp_path))
    with pytest.raises(UnreadableError, match="ended with status 1: it said nothing"):
        files.run((program(tmp_path / "mute", "exit 1"),), str(tmp_path))


def test_a_program_that_is_not_there_is_told(files: Files, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"cannot run \./nope: No such file or directory"):
        files.run(("./nope",), str(tmp_path))


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"took longer than 0\.2s"):
        LocalFiles(program_limit=0.2).run(("sleep", "30"), str(tmp_path))


def test_a_program_that_prints_too_much_is_refused(files: Files, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="printed more than 32 MiB"):
        files.run(("head", "-c", str(MAX_PRINTED + 1), "/dev/zero"), str(tmp_path))
