"""A connection that is kept open: how it ends is told."""

import threading
from collections.abc import Callable
from http.client import RemoteDisconnected

from deployer.facts import KeepAlive
from deployer.traffic.kept import Kept
from deployer.transport.base import Stream


class Line:
    """A stream that is over when `over` is set."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over

    def sendall(self, data: bytes) -> None: ...

    def recv(self, size: int) -> bytes:  # noqa: ARG002 - as a stream has it
        if self._over.is_set():
            return b""
        raise TimeoutError

    def settimeout(self, seconds: float) -> None: ...

    def close(self) -> None: ...


def _reaches(kept: Kept, true: Callable[[KeepAlive], bool]) -> KeepAlive:
    tick = threading.Event()
    for _ in range(2000):
        if true(kept.counts()):
            kept.stop()
            return kept.counts()
        tick.wait(0.005)
    raise AssertionError(f"never so: {kept.counts()}")


def test_a_connection_that_is_closed_between_two_requests_is_opened_again() -> None:
    lines = [threading.Event(), threading.Event()]
    opened = iter(lines)

    def ask(_stream: Stream) -> bool:
        lines[0].set()  # after its answer the first one is closed
        return True

    kept = Kept(lambda: Line(next(opened)), ask)
    kept.start()
    ended = _reaches(kept, lambda counts: counts.answered >= 2)
    assert (ended.closed, ended.cut, ended.kept) == (1, 0, True)


def test_a_connection_that_ends_during_a_request_was_cut() -> None:
    def ask(_stream: Stream) -> bool:
        raise RemoteDisconnected("")

    kept = Kept(lambda: Line(threading.Event()), ask)
    kept.start()
    assert _reaches(kept, lambda counts: counts.cut > 0).answered == 0


def test_a_service_that_keeps_no_connection_is_asked_once() -> None:
    kept = Kept(lambda: Line(threading.Event()), lambda _stream: False)
    kept.start()
    assert _reaches(kept, lambda counts: not counts.kept) == KeepAlive(1, kept=False)


def test_where_nobody_takes_connections_nothing_was_kept() -> None:
    tried = threading.Event()

    def connect() -> Stream:
        tried.set()
        raise ConnectionRefusedError

    kept = Kept(connect, lambda _stream: True)
    kept.start()
    assert tried.wait(10)
    kept.stop()
    assert kept.counts() == KeepAlive()
