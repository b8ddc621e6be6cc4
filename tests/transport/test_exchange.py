"""An act that asks back, over a real sshd: a host program that reads, asks and reads on, and hosts that do not."""

import hashlib
import io
import re
import signal
from collections.abc import Callable
from typing import BinaryIO

import pytest

from deployer.facts import Verb
from deployer.fleet.caller import MARGIN, Caller, Reply
from deployer.host.acts import Stage
from deployer.host.facts import MALFORMED, NO_ANSWER, TRUNCATED, Failure
from deployer.host.receipts import Staged
from deployer.host.source import Program
from deployer.plan.model import Plan
from deployer.task import Run, Task
from deployer.transport.base import Process, Transport
from deployer.transport.fake import FakeTransport
from deployer.transport.ssh import SshTransport
from tests.transport.conftest import Fleet

LINES = [f"{number:064x} *./{number}" for number in range(30_000)]
OPENING = "".join(f"{line}\n" for line in LINES).encode()
BODY = bytes(range(256)) * 12_288
STAGED = Staged(already=False, bytes=len(BODY))
SMALL = b"nothing\n"
SOON = round(2 - MARGIN)
"""With the caller's margin two seconds."""

HONEST = f"""
echo Welcome; echo "$token"
head -c {len(OPENING)} | sort >"$HOME/lists"
sort "$HOME/lists"
echo send=yes
read -r sum size
got=$(sha256sum)
[ "${{got%% *}}" = "$sum" ] || echo code=stream
echo "bytes=$size"; echo end=ok
"""


class Played(FakeTransport):
    """Runs a script over a transport where the host program would be; `token` is the caller's there."""

    def __init__(self, transport: Transport, script: str) -> None:
        super().__init__()
        self._transport = transport
        self._script = script

    def start(self, command: str) -> Process:
        found = re.search(r" token=(\w+) ", command)
        assert found is not None
        return self._transport.start(f"token={found[1]}\n{self._script}")


class Asked:
    """Answers a question with the body, when `first` was done; keeps what was asked."""

    def __init__(self, first: Callable[[], None] = lambda: None) -> None:
        self._first = first
        self.lines: list[str] | None = None

    def __call__(self, lines: list[str]) -> tuple[bytes, BinaryIO]:
        self._first()
        self.lines = lines
        return f"{hashlib.sha256(BODY).hexdigest()} {len(BODY)}\n".encode(), io.BytesIO(BODY)


def _exchange(
    transport: Transport, script: str, opening: bytes = OPENING, reply: Reply | None = None, timeout: int = 60
) -> Staged | Failure:
    """Give the end of an act that a script plays."""
    plan = Plan("app", "/srv/app", "dist", (), ())
    run = Run(plan, Task("r-1", Verb.APPLY, "r2"), Program(""), lambda: 0.0, lambda _: False, lambda _: None)
    act = Stage("app", "/srv/app", "r2", "d", None, 1, "r-1", attributes=1, sums=1, timeout=timeout)
    return Caller(run, Played(transport, script)).exchange(act, opening, reply or Asked(), most=len(OPENING))


def _failure(got: Staged | Failure) -> tuple[str, bool]:
    assert isinstance(got, Failure)
    return got.code, got.unknown


def test_three_megabytes_each_way_arrive_whole(host: SshTransport) -> None:
    asked = Asked()
    assert _exchange(host, HONEST, reply=asked) == STAGED
    assert asked.lines == LINES


def test_a_host_that_needs_nothing_leaves_the_opening_unread(host: SshTransport) -> None:
    asked = Asked()
    got = _exchange(host, 'echo "$token"; echo already=yes; echo end=ok', OPENING * 4, asked)
    assert (got, asked.lines) == (Staged(already=True, bytes=0), None)


def test_a_host_that_fails_before_it_has_read_all_tells_why(host: SshTransport) -> None:
    script = 'echo "$token"; head -c 10000 >/dev/null; echo code=disk-full; echo detail=full; echo end=failed; exit 1'
    got = _exchange(host, script, OPENING * 4)
    assert isinstance(got, Failure)
    assert (got.code, got.detail, got.status, got.unknown) == ("disk-full", "full", 1, False)


def test_a_host_that_fails_before_it_has_read_the_reply_tells_why(host: SshTransport) -> None:
    script = 'echo "$token"; echo send=yes; read -r sum size; echo code=unpack; echo end=failed; exit 1'
    assert _failure(_exchange(host, script, SMALL)) == ("unpack", False)


@pytest.mark.parametrize(
    ("script", "opening"),
    [
        ('echo "$token"; exec sleep 20', OPENING * 4),
        ('echo "$token"; echo send=yes; exec sleep 20', SMALL),
        ('echo "$token"; exec sleep 20', SMALL),
        ("head -c 8000000 /dev/zero; cat >/dev/null; exec sleep 20", OPENING * 4),
        ('echo "$token"; echo send=yes; head -c 8000000 /dev/zero; exec sleep 20', OPENING * 4),
    ],
    ids=["reads no opening", "reads no reply", "prints nothing", "prints before it reads", "prints and never reads"],
)
def test_a_host_that_hangs_is_given_up_when_its_time_is_over(host: SshTransport, script: str, opening: bytes) -> None:
    got = _exchange(host, script, opening, timeout=SOON)
    assert isinstance(got, Failure)
    assert (got.code in {NO_ANSWER, TRUNCATED}, got.unknown) == (True, True)
    assert "its time limit passed" in got.detail
    assert host.run("echo alive", timeout=30).stdout == b"alive\n"


@pytest.mark.parametrize("script", ["yes", 'echo "$token"; yes', "tr '\\0' x </dev/zero"])
def test_a_host_that_prints_for_ever_is_given_up_at_once(host: SshTransport, script: str) -> None:
    assert _failure(_exchange(host, script, SMALL)) == (MALFORMED, False)
    assert host.run("echo alive", timeout=30).stdout == b"alive\n"


def test_a_host_whose_question_makes_no_sense_is_left_without_a_reply(host: SshTransport) -> None:
    def refuse(_lines: list[str]) -> tuple[bytes, BinaryIO]:
        raise ValueError("it asks for the moon")

    left = 'echo "$token"; echo send=yes; cat >"$HOME/got"; echo ended >"$HOME/ended"'
    got = _exchange(host, left, SMALL, refuse)
    assert got == Failure(MALFORMED, "it asks for the moon")
    seen = host.run('while [ ! -e "$HOME/ended" ]; do sleep 0.05; done; cat "$HOME/got"', timeout=60)
    assert seen.stdout == SMALL


@pytest.mark.parametrize(
    ("script", "code"),
    [("kill -9 $$", NO_ANSWER), ('echo "$token"; kill -9 $$', TRUNCATED), (HONEST + "kill -9 $$", "")],
    ids=["at once", "before the question", "after the answer"],
)
def test_a_program_that_a_signal_ends_has_an_unknown_end_unless_it_has_told_it(
    host: SshTransport, script: str, code: str
) -> None:
    got = _exchange(host, script)
    assert got == STAGED if not code else _failure(got) == (code, True)


def test_a_connection_that_breaks_after_the_question_leaves_the_end_unknown(fleet: Fleet) -> None:
    server = fleet.sshd()
    transport = fleet.connected(server.host())
    cut = Asked(lambda: server.signal_sessions(signal.SIGKILL))
    assert _failure(_exchange(transport, HONEST, reply=cut)) == (TRUNCATED, True)
    transport.connect()
    assert _exchange(transport, HONEST) == STAGED
