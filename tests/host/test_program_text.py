"""The text of the host program: clean shell, and arguments that it checks itself, whoever calls."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from deployer.host.source import load_program

SHELLS = (("dash",), ("busybox", "sh"))
GOOD = {"token": "tok12345", "service": "app@1", "root": "/srv/app", "limit": "5"}


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the program as a file."""
    path = tmp_path_factory.mktemp("program") / "program.sh"
    path.write_text(load_program().text)
    return path


def run(argv: tuple[str, ...], program: Path, act: str, words: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run an act here."""
    line = [*argv, str(program), act, *(f"{key}={value}" for key, value in words.items())]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=20)


def test_shellcheck_finds_nothing(program: Path) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    for text in (program, Path(str(files("deployer.host") / "program" / "loader.sh"))):
        done = subprocess.run([shellcheck, "--shell=sh", text], capture_output=True, text=True, check=False)
        assert done.stdout == ""


def test_every_file_is_part_of_the_program() -> None:
    folder = Path(str(files("deployer.host") / "program"))
    named = {line for line in (folder / "parts").read_text().splitlines() if not line.startswith("#")}
    assert named | {"loader.sh"} == {path.name for path in folder.glob("*.sh")}


@pytest.mark.parametrize("argv", SHELLS)
def test_a_sound_call_is_answered(argv: tuple[str, ...], program: Path) -> None:
    done = run(
        argv,
        program,
        "history",
        {key: GOOD[key] for key in ("token", "service", "limit")} | {"service": "no-such-service"},
    )
    assert (done.returncode, done.stdout) == (0, "tok12345\nend=ok\n")


@pytest.mark.parametrize("argv", SHELLS)
@pytest.mark.parametrize(
    "change",
    [
        {"service": "../x"}, {"service": "-x"}, {"service": "a%2Fb"}, {"service": ".x"},
        {"service": "a%0Ab"}, {"service": ""},
        {"root": "/srv"}, {"root": "/srv/../etc"}, {"root": "srv/app"}, {"root": "/srv/app/"},
        {"root": "/etc/app"}, {"root": "/usr/lib/x"},
        {"root": "/srv//app"}, {"root": "/srv/a%0Ab"}, {"root": "/var/lib/sockdeploy/x"}, {"root": "/proc/self"},
        {"release": "../v1"}, {"release": "-v1"}, {"release": "a" * 101}, {"release": "a%20b"},
        {"digest": "xyz"}, {"digest": "A" * 64},
        {"socket": "app.service"}, {"socket": "../a.socket"}, {"owner": "a;b"}, {"owner": "-R"}, {"owner": "a:b:c"},
        {"unit": "a.service"}, {"unit": "../a.service:" + "0" * 64}, {"unit": "a/b.service:" + "0" * 64},
        {"timeout": "0"}, {"timeout": "x"}, {"timeout": "1" * 16}, {"guard": "yes"}, {"novelty": "1"},
        {"root": "/srv/%zz"}, {"root": "/srv/$(id)"},
    ],
)  # fmt: skip
def test_an_argument_that_is_not_sound_is_refused(argv: tuple[str, ...], program: Path, change: dict[str, str]) -> None:
    words = {key: GOOD[key] for key in ("token", "service", "root")} | change
    done = run(argv, program, "inspect", words)
    assert done.returncode == 1
    assert done.stdout.startswith("tok12345\ncode=argument\ndetail=")
    assert done.stdout.endswith("end=failed\n")


@pytest.mark.parametrize("argv", SHELLS)
@pytest.mark.parametrize("shared", ["../x", "/etc", "a/../b", "a//b", "RELEASE", "/", "%0A"])
def test_a_shared_entry_stays_inside(argv: tuple[str, ...], program: Path, shared: str) -> None:
    words = {
        "token": "tok12345",
        "service": "a",
        "root": "/srv/app",
        "release": "v",
        "digest": "0" * 64,
        "stream": "0" * 64,
    }
    done = run(argv, program, "stage", words | {"size": "1", "rollout": "r", "shared": shared})
    assert "code=argument" in done.stdout


@pytest.mark.parametrize("argv", SHELLS)
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "all"}, {"kind": "both"}, {"private": "sockdeploy-a.socket"}, {"private": "ssh.socket%20127.0.0.1:22"},
        {"private": "sockdeploy-../x.socket%20127.0.0.1:22"},
    ],
)  # fmt: skip
def test_what_runs_beside_is_of_a_known_kind_on_sockets_of_its_own(
    argv: tuple[str, ...], program: Path, change: dict[str, str]
) -> None:
    words = {"token": "tok12345", "service": "a", "root": "/srv/app", "release": "v", "kind": "bridge", "timeout": "5"}
    done = run(argv, program, "second", words | {"unit": "a.service:" + "0" * 64} | change)
    assert done.stdout.startswith(f"tok12345\ncode=argument\ndetail={next(iter(change))} ")


@pytest.mark.parametrize("argv", SHELLS)
@pytest.mark.parametrize("change", [{"record": "a=1%0Ab=2"}, {"record": ""}, {"max": "soon"}, {"max": "1" * 16}])
def test_a_hold_is_one_line_for_so_many_seconds(argv: tuple[str, ...], program: Path, change: dict[str, str]) -> None:
    words = {"token": "tok12345", "service": "a", "record": "rollout=r1", "max": "5"}
    done = run(argv, program, "hold", words | change)
    assert done.stdout.startswith("tok12345\ncode=argument\n")


@pytest.mark.parametrize("argv", SHELLS)
def test_a_missing_argument_is_named(argv: tuple[str, ...], program: Path) -> None:
    assert "detail=inspect needs root\n" in run(argv, program, "inspect", {"token": "tok12345", "service": "a"}).stdout


@pytest.mark.parametrize("argv", SHELLS)
@pytest.mark.parametrize(
    ("act", "words"), [("dance", GOOD), ("inspect", {}), ("inspect", {"token": "a b"}), ("inspect", {"token": "$(id)"})]
)
def test_without_an_act_and_a_token_nothing_is_answered(
    argv: tuple[str, ...], program: Path, act: str, words: dict[str, str]
) -> None:
    done = run(argv, program, act, words)
    assert (done.returncode, done.stdout) == (2, "")
