"""A long command that is fed files: over a real sshd, with commands that read all, some, or nothing of it."""

import hashlib
import io
import signal

import pytest

from deployer.transport.base import Process, Result, TransportError, TransportFailure
from deployer.transport.ssh import SshTransport
from tests.transport.conftest import Fleet, QuickClock

EXPIRED = "its time limit passed"


def _feed(process: Process, data: bytes, *, last: bool = False) -> None:
    process.feed(io.BytesIO(data), last=last)


def test_what_is_fed_arrives_in_order_and_the_last_is_the_end(host: SshTransport) -> None:
    process = host.start("cat; echo; echo ended")
    _feed(process, b"one ")
    _feed(process, b"two ")
    process.send("three")
    _feed(process, b"four", last=True)
    assert list(process.lines()) == ["one two three", "four", "ended"]
    assert process.result() == Result(0)


def test_a_command_sees_no_end_before_the_last(host: SshTransport) -> None:
    process = host.start("read -r line; echo $line; cat")
    lines = process.lines()
    _feed(process, b"line\n")
    assert next(lines) == "line"
    _feed(process, b"rest", last=True)
    assert list(lines) == ["rest"]


def test_nothing_at_all_can_be_the_last(host: SshTransport) -> None:
    process = host.start("wc -c")
    _feed(process, b"", last=True)
    assert list(process.lines()) == ["0"]


def test_a_file_is_fed_from_where_it_stands(host: SshTransport) -> None:
    process, file = host.start("cat"), io.BytesIO(b"head and rest")
    file.seek(9)
    process.feed(file, last=True)
    assert list(process.lines()) == ["rest"]


def test_a_command_that_reads_only_some_of_it_ends_as_it_likes(host: SshTransport) -> None:
    process = host.start("head -c 10; exit 3")
    _feed(process, b"0123456789" * 800_000, last=True)
    assert list(process.lines()) == ["0123456789"]
    assert process.result() == Result(3)


def test_a_command_that_ended_before_it_was_fed_tells_how(host: SshTransport) -> None:
    process = host.start("echo early; exit 4")
    lines = process.lines()
    assert next(lines) == "early"
    for _ in range(2):
        _feed(process, b"x" * 8_000_000, last=True)
    assert (list(lines), process.result().status) == ([], 4)


def test_a_command_that_reads_late_gets_all_of_it_though_nobody_hears_it_meanwhile(host: SshTransport) -> None:
    process = host.start("sleep 1; wc -c")
    _feed(process, bytes(6 << 20), last=True)
    assert list(process.lines()) == [str(6 << 20)]


def test_a_megabyte_each_way_does_not_block_though_all_is_fed_before_a_line_is_read(host: SshTransport) -> None:
    data = b"".join(b"%063d\n" % number for number in range(16384))
    process = host.start("cat")
    _feed(process, data, last=True)
    assert "".join(f"{line}\n" for line in process.lines()).encode() == data
    assert process.result().ok


def test_a_question_longer_than_every_window_is_read_when_all_before_it_was(host: SshTransport) -> None:
    data = b"".join(b"%063d\n" % number for number in range(100_000))
    process = host.start(f"head -c {len(data)} | sort -r; echo go; sha256sum")
    _feed(process, data)
    lines = process.lines()
    asked = list(iter(lambda: next(lines), "go"))
    assert (len(asked), asked[0]) == (100_000, "99999".zfill(63))
    _feed(process, data, last=True)
    assert list(lines) == [f"{hashlib.sha256(data).hexdigest()}  -"]


def test_a_command_that_reads_nothing_is_given_up_when_its_time_is_over(host: SshTransport) -> None:
    process = host.start("exec sleep 20")
    with process.limited(1):
        _feed(process, bytes(8_000_000), last=True)
        assert list(process.lines()) == []
        assert process.result() == Result(None, reason=EXPIRED)


def test_a_command_that_prints_without_being_heard_is_given_up_when_its_time_is_over(host: SshTransport) -> None:
    process = host.start("cat; exec sleep 20")
    with process.limited(1):
        _feed(process, b"line\n" * 4_000_000, last=True)  # far more than all windows hold, here and there
        assert set(process.lines()) <= {"line", "lin", "li", "l"}
        assert process.result() == Result(None, reason=EXPIRED)


def test_a_command_that_prints_nothing_is_given_up_when_its_time_is_over(host: SshTransport) -> None:
    process = host.start("cat >/dev/null; exec sleep 20")
    with process.limited(1):
        _feed(process, b"x", last=True)
        assert list(process.lines()) == []
        assert process.result() == Result(None, reason=EXPIRED)


def test_a_limit_that_was_kept_does_nothing_later(host: SshTransport) -> None:
    process = host.start("cat; sleep 3; echo here")
    lines = process.lines()
    with process.limited(2):
        pass
    _feed(process, b"fed\n", last=True)
    assert list(lines) == ["fed", "here"]
    assert process.result().ok


def test_nothing_is_taken_after_the_last_and_nobody_waits_for_that(host: SshTransport) -> None:
    process = host.start('cat; while [ ! -e "$HOME/go" ]; do sleep 0.05; done')
    with process.limited(60):
        _feed(process, b"all", last=True)
        _feed(process, b"more")
        with pytest.raises(TransportError) as caught:
            process.send("more")
        assert host.run('touch "$HOME/go"', timeout=30).ok
        assert list(process.lines()) == ["all"]
        assert process.result().ok
    assert caught.value.failure is TransportFailure.LOST


def test_a_closed_command_is_fed_quietly(host: SshTransport) -> None:
    process = host.start("cat")
    process.close()
    _feed(process, b"x", last=True)
    assert list(process.lines()) == []


def test_a_connection_that_is_lost_while_a_command_is_fed_leaves_its_end_unknown(fleet: Fleet) -> None:
    server = fleet.sshd()
    process = fleet.connected(server.host()).start("echo ready; exec sleep 20")
    lines = process.lines()
    assert next(lines) == "ready"

    class Cutting(io.BytesIO):
        """Breaks the connection when it has given its first piece."""

        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                server.signal_sessions(signal.SIGKILL)
            return super().read(size)

    process.feed(Cutting(bytes(8_000_000)), last=True)
    assert list(lines) == []
    assert process.result() == Result(None, reason="the connection was lost")


def test_a_command_that_sshd_allows_no_session_says_so(fleet: Fleet) -> None:
    impatient = QuickClock()
    impatient.stopped = True
    transport = fleet.connected(fleet.sshd("MaxSessions 1").host(), clock=impatient)
    transport.start("cat")
    with pytest.raises(TransportError) as caught:
        transport.start("cat")
    assert caught.value.failure is TransportFailure.LOST
    assert "MaxSessions" in caught.value.message
