"""Signals outside a rollout and before its first switch: the program ends promptly, with the right exit code."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deployer.errors import ExitCode
from tests.cli import CHECKOUT, PLAN

Start = Callable[..., "subprocess.Popen[str]"]

PROMPT = 8.0
"""Seconds: far from the 10 s that connecting may take, and from the 10 s after which GitHub kills."""


@pytest.fixture
def silent_host() -> Iterator[socket.socket]:
    """A door that takes connections and never says a word, as a frozen host does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def plan(silent_host: socket.socket, tmp_path: Path) -> Path:
    """A plan whose only host is the silent one."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/hello").write_text("hello\n")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    port = silent_host.getsockname()[1]
    public = key.with_suffix(".pub").read_text()
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    ssh = f"ssh: {{user: deploy, port: {port}, key: key, known_hosts: known_hosts}}"
    (tmp_path / "plan.yml").write_text(PLAN + ssh + "\n")
    return tmp_path / "plan.yml"


@pytest.fixture
def start(silent_host: socket.socket, plan: Path) -> Iterator[Start]:
    """Start a verb (behind the words `before`) and wait until it has connected and waits for the host to speak."""
    with contextlib.ExitStack() as ends:

        def begin(verb: str, *before: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [*before, sys.executable, "-m", "deployer", verb, str(plan)],
                cwd=CHECKOUT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            ends.enter_context(process)
            ends.callback(process.kill)
            silent_host.settimeout(30)
            ends.enter_context(silent_host.accept()[0])
            return process

        yield begin


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, float]:
    """Exit code, everything said, and how long it took from now."""
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err, time.monotonic() - began


@pytest.mark.parametrize(
    ("verb", "number", "code"),
    [
        ("status", signal.SIGTERM, ExitCode.TERMINATED),
        ("plan", signal.SIGINT, ExitCode.INTERRUPTED),
        ("rollback", signal.SIGTERM, ExitCode.TERMINATED),
    ],
)
def test_a_signal_while_hosts_are_looked_at_ends_it_at_once(
    start: Start, verb: str, number: signal.Signals, code: int
) -> None:
    process = start(verb)
    process.send_signal(number)
    status, told, took = ended(process)
    assert (status, told) == (code, "cancelled; no rollout was under way, nothing was changed\n")
    assert took < PROMPT


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGINT, ExitCode.INTERRUPTED)]
)
def test_a_signal_while_apply_connects_is_told_in_the_account_with_every_host_untouched(
    start: Start, number: signal.Signals, code: int
) -> None:
    process = start("apply")
    process.send_signal(number)
    status, told, took = ended(process)
    assert status == code, told
    assert "canary: web-1: untouched" in told
    assert took < PROMPT


def test_a_second_signal_ends_apply_at_once(start: Start) -> None:
    process = start("apply")
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    while "asked to stop (SIGINT)" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGTERM)
    status, _, took = ended(process)
    assert status == ExitCode.TERMINATED
    assert took < PROMPT


def test_as_pid_1_which_has_no_defaults_a_signal_ends_it_too(start: Start) -> None:
    process = start("status", "unshare", "--pid", "--fork", "--kill-child")
    child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
    os.kill(int(child), signal.SIGTERM)
    status, _, took = ended(process)
    assert status == ExitCode.TERMINATED
    assert took < PROMPT


def test_a_terminal_that_goes_away_ends_it_but_not_under_nohup(start: Start) -> None:
    process = start("status")
    process.send_signal(signal.SIGHUP)
    assert ended(process)[0] == ExitCode.TERMINATED
    process = start("status", "nohup")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    assert ended(process)[0] == ExitCode.INTERRUPTED
