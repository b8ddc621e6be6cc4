"""The fake transport that other tests build on behaves like the real one."""

import io

import pytest

from deployer.transport.base import Result, Transport, TransportError, TransportFailure
from deployer.transport.fake import FakeProcess, FakeTransport


def _answer(command: str, stdin: bytes) -> Result:
    return Result(0, stdin.upper()) if command == "upper" else Result(127)


def test_it_answers_and_keeps_what_was_asked() -> None:
    fake = FakeTransport(_answer)
    host: Transport = fake
    host.connect()
    file = io.BytesIO(b"-abc")
    file.read(2)
    assert host.run("upper", stdin=b"text", timeout=1).stdout == b"TEXT"
    assert host.run("upper", stdin=file, timeout=1).stdout == b"-ABC"
    assert host.run("other", timeout=1).status == 127
    assert (fake.commands, fake.inputs) == (["upper", "upper", "other"], [b"text", b"-abc", b""])


def test_connect_is_counted_once_while_connected() -> None:
    fake = FakeTransport()
    fake.connect()
    fake.connect()
    fake.lose()
    fake.connect()
    assert fake.connects == 2


def test_a_failure_is_raised_by_connect() -> None:
    fake = FakeTransport(failure=TransportError(TransportFailure.UNREACHABLE, "no route"))
    with pytest.raises(TransportError, match="no route"):
        fake.connect()
    assert fake.run("true", timeout=1).unknown


def test_a_connection_lost_in_the_middle_of_a_command_is_unknown() -> None:
    def answer(_command: str, _stdin: bytes) -> Result:
        fake.lose()
        return Result(0)

    fake = FakeTransport(answer)
    fake.connect()
    assert fake.run("true", timeout=1).unknown


def test_a_lost_connection_ends_long_commands_and_refuses_new_ones() -> None:
    fake = FakeTransport(process=lambda _command: FakeProcess("ready"))
    fake.connect()
    process = fake.start("observe")
    process.send("beat")
    fake.lose()
    assert list(process.lines()) == ["ready"]
    assert process.result().unknown
    for use in (lambda: fake.start("x"), lambda: fake.forward("a", 1, timeout=1), lambda: process.send("y")):
        with pytest.raises(TransportError) as caught:
            use()
        assert caught.value.failure is TransportFailure.LOST


def test_a_long_command_ends_with_what_the_test_says() -> None:
    process = FakeProcess("one")
    process.say("two")
    process.send("told")
    process.end(Result(3))
    assert (list(process.lines()), process.sent, process.result()) == (["one", "two"], ["told"], Result(3))


def test_a_forward_without_a_stream_is_no_connection() -> None:
    fake = FakeTransport()
    fake.connect()
    with pytest.raises(TransportError) as caught:
        fake.forward("127.0.0.1", 80, timeout=1)
    assert caught.value.failure is TransportFailure.NO_CONNECTION


def test_a_long_command_keeps_what_it_is_fed_until_the_last_or_its_close() -> None:
    process = FakeProcess()
    for data, last in ((b"one", False), (b"two", True), (b"late", True)):
        with process.limited(5):
            process.feed(io.BytesIO(data), last=last)
    assert (process.fed, process.ended, process.limits) == ([b"one", b"two"], True, [5, 5, 5])
    closed = FakeProcess()
    closed.close()
    closed.feed(io.BytesIO(b"x"), last=True)
    assert (closed.fed, closed.ended) == ([], False)
