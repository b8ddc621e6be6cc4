"""Command lines: nothing for a shell to quote, secrets and unit texts on standard input."""

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.host.acts import Act, Activate, Confirm, Inspect, Observe, Stage
from deployer.host.command import MAX_LINE, call
from deployer.host.source import Program, load_program
from deployer.host.unitfile import UnitFile

PROGRAM = Program("exit 0\n")


def test_inspect_brings_the_program_along_and_others_run_it() -> None:
    sent = call(Inspect("a", "/srv/a"), PROGRAM, token="t" * 8, sudo=True)
    assert sent.command.startswith("exec sudo -n timeout -k 10 30 /bin/sh -c '")
    assert sent.command.endswith(
        f"' {PROGRAM.path} inspect token=tttttttt service=a root=/srv/a socket=none timeout=30"
    )
    assert b"\nexit 0\n@@end" in sent.stdin
    assert PROGRAM.sha256.encode() in sent.stdin
    later = call(Confirm("a", "/srv/a", "v1", "r1"), PROGRAM, token="t" * 8, sudo=False)
    assert later.command.startswith(
        f"exec timeout -k 10 60 /bin/sh /var/lib/sockdeploy/program/{PROGRAM.sha256} confirm token=tttttttt service=a "
    )
    assert later.stdin == b""


def test_an_act_is_ended_in_time_by_the_host_and_one_that_waits_for_systemd_later_than_that() -> None:
    def sent(act: Act[object]) -> str:
        return call(act, PROGRAM, token="t" * 8, sudo=False).command

    assert sent(Activate("a", "/srv/a", "v1", "r1", timeout=180)).startswith("exec timeout -k 10 210 /bin/sh ")
    assert sent(Stage("a", "/srv/a", "v1", "d", "s", 5, "r", timeout=0)).startswith("exec timeout -k 10 1 /bin/sh ")
    assert sent(Observe("a", "/srv/a", "x")).startswith("exec /bin/sh ")


@pytest.mark.parametrize("stored", ["exit 0\n", "exit 0", None], ids=["whole", "torn", "missing"])
def test_inspect_runs_the_stored_program_only_when_it_is_whole(tmp_path: Path, stored: str | None) -> None:
    place = tmp_path / Program("exit 0\n").sha256
    if stored is not None:
        place.write_text(stored)
    command = call(Inspect("a", "/srv/a"), PROGRAM, token="t" * 8, sudo=False).command.replace(PROGRAM.path, str(place))
    ended = subprocess.run(["sh", "-c", command], input=b"echo brought along", capture_output=True, check=True)
    assert ended.stdout == (b"" if stored == "exit 0\n" else b"brought along\n")
    assert ended.stderr == b""


def test_unit_texts_go_to_standard_input_and_only_their_digests_to_the_command_line() -> None:
    unit = UnitFile("a.service", "[Service]\nEnvironment=PASSWORD=hunter2\n")
    sent = call(Activate("a", "/srv/a", "v1", "r1", units=(unit,)), PROGRAM, token="t" * 8, sudo=True)
    assert f"unit=a.service:{unit.sha256}" in sent.command
    assert "hunter2" not in sent.command
    assert base64.b64encode(unit.text.encode()).decode() not in sent.command
    assert sent.stdin == f"a.service {unit.base64}\n".encode()


def test_values_are_words_tuples_repeat_none_is_left_out() -> None:
    act = Stage("a@1", "/srv/a b", "v1", "d", "s", 5, "r", owner=None, shared=("x/", "$(id)"), timeout=0)
    command = call(act, PROGRAM, token="t" * 8, sudo=False).command
    assert command.endswith(
        "service=a@1 root=/srv/a%20b release=v1 digest=d stream=s size=5 rollout=r "
        "shared=x/ shared=%24%28id%29 timeout=1"
    )
    assert "guard=no" in call(Activate("a", "/a/b", "v", "r", guard=False), PROGRAM, token="t" * 8, sudo=False).command


def test_a_stage_that_asks_back_tells_the_lengths_of_its_lists_and_no_sum_of_a_stream() -> None:
    act = Stage("a", "/srv/a", "v1", "d", None, 5, "r", attributes=70, sums=90)
    sent = call(act, PROGRAM, token="t" * 8, sudo=False)
    assert sent.command.endswith("release=v1 digest=d size=5 rollout=r attributes=70 sums=90 timeout=600")
    assert sent.stdin == b""
    assert (
        "sums"
        not in call(replace(act, stream="s", attributes=None, sums=None), PROGRAM, token="t" * 8, sudo=False).command
    )


def test_how_many_releases_are_kept_is_told_with_the_confirmation() -> None:
    sent = call(Confirm("a", "/srv/a", "v1", "r1", keep=3), PROGRAM, token="t" * 8, sudo=False)
    assert " keep=3 " in sent.command


def test_arguments_that_no_command_line_can_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="fit"):
        call(Observe("a", "/srv/a", "x" * MAX_LINE), PROGRAM, token="t" * 8, sudo=False)


def test_the_loader_cannot_be_ended_early_by_the_program() -> None:
    assert "@@end of the host program@@" not in load_program().text
