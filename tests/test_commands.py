"""Commands of the user's own, here: their end, their output, and that nothing of them is left behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

from deployer.commands import LINE, LINES, here, tail
from deployer.errors import ExitCode
from deployer.transport.base import Result

CHECKOUT = Path(__file__).parents[1]

STUBBORN = "trap '' TERM HUP; echo $$ >>pids; sleep 300"
"""A program that ignores being asked to end, and tells its process id."""

AWAY = f"setsid sh -c '{STUBBORN}'".replace("''", '""')
"""The same in a session of its own."""

ENDS_AT_ONCE = f"""
import pathlib, signal, threading, time
from deployer import commands, signals
folder = pathlib.Path.cwd()
run = lambda: commands.here(("sh", "-c", {STUBBORN!r}), {{}}, 300, folder)
threading.Thread(target=run, daemon=True).start()
while not (folder / "pids").exists() or not (folder / "pids").read_text():
    time.sleep(0.02)
signals.end_at_once(signal.SIGINT)
"""


def left(folder: Path) -> list[str]:
    """Give the processes that told their ids and still run, once those that were killed are gone."""
    deadline = time.monotonic() + 30
    told = (folder / "pids").read_text().split()
    while running := [pid for pid in told if _runs(pid)]:
        if time.monotonic() > deadline:
            return running
        time.sleep(0.02)
    return []


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_has_its_variables_and_folder(tmp_path: Path) -> None:
    ended = here(("sh", "-c", 'pwd; printf "%s" "$SOCKDEPLOY_HOST"'), {"SOCKDEPLOY_HOST": "web 1"}, 30, tmp_path)
    assert (ended.status, ended.stdout.decode()) == (0, f"{os.path.realpath(tmp_path)}\nweb 1")


def test_a_command_that_fails_has_its_exit_code_and_all_it_said(tmp_path: Path) -> None:
    ended = here(("sh", "-c", "echo out; echo err >&2; exit 7"), {}, 30, tmp_path)
    assert (ended.status, tail(ended)) == (7, ("out", "err"))


def test_a_command_that_is_not_there_was_not_run(tmp_path: Path) -> None:
    ended = here(("./no-such-command",), {}, 30, tmp_path)
    assert (ended.status, ended.reason) == (None, "./no-such-command: No such file or directory")


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    line = f"echo begun; {AWAY} & ({STUBBORN}) & {STUBBORN}"
    ended = here(("sh", "-c", line), {}, 2, tmp_path)
    assert (ended.status, ended.reason) == (None, "it took longer than 2 s and was ended")
    assert tail(ended) == ("begun",)
    assert left(tmp_path) == []


def test_what_a_command_leaves_in_the_background_neither_holds_it_up_nor_stays(tmp_path: Path) -> None:
    line = f"{AWAY} & while [ ! -s pids ]; do sleep 0.05; done; echo done"
    ended = here(("sh", "-c", line), {}, 200, tmp_path)
    assert (ended.status, tail(ended)) == (0, ("done",))
    assert left(tmp_path) == []


def test_only_the_end_of_long_output_is_shown() -> None:
    shown = tail(Result(1, b"\n".join(b"%d" % number for number in range(100)), b"x" * 9000))
    assert len(shown) == LINES
    assert shown[-2:] == ("99", "x" * LINE)


def test_a_program_that_ends_at_once_ends_its_command_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS_AT_ONCE], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.INTERRUPTED
    assert left(tmp_path) == []
