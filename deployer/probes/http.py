"""Asking a URL over a stream that reaches the host: one GET, a wall-clock limit, a bounded body, no redirects."""

import io
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, cast
from urllib.parse import SplitResult, urlsplit

from deployer.probes.answer import BODY_LIMIT, HttpAnswer, Miss
from deployer.transport.base import Stream, TransportError, TransportFailure

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

Headers = tuple[tuple[str, str], ...]


def ask(url: str, headers: Headers, timeout: float, connect: Callable[[str, int, float], Stream]) -> HttpAnswer:
    """Ask `url` over what `connect(address, port, seconds)` opens; the whole takes at most `timeout` seconds.

    Never raises for anything the service does. TransportError FORWARDING and LOST come through: they are no answer of
    the service.
    """
    began = time.monotonic()
    parts = urlsplit(url)
    try:
        stream = connect(parts.hostname or "", parts.port or 80, timeout)
    except TransportError as error:
        if error.failure is not TransportFailure.NO_CONNECTION:
            raise
        return _without(Miss.REFUSED, "no connection (refused or unreachable)", began, timeout)
    except OSError as error:
        return _without(Miss.REFUSED, f"no connection ({error.strerror or error})", began, timeout)
    try:
        return _exchange(_Limited(stream, began + timeout), parts, headers, began)
    except TimeoutError:
        return _without(Miss.LATE, f"no answer within {timeout:g} s", began, timeout)
    except (OSError, EOFError, HTTPException) as error:
        return _without(Miss.CUT, f"the answer broke off ({type(error).__name__})", began, timeout)
    finally:
        stream.close()


def _without(miss: Miss, error: str, began: float, timeout: float) -> HttpAnswer:
    """Give the end of a request that got no answer; one that took all its time was too late, whatever else it was."""
    seconds = time.monotonic() - began
    return HttpAnswer(error=error, seconds=seconds, miss=Miss.LATE if seconds >= timeout else miss)


def ask_again(stream: Stream, url: str, headers: Headers, timeout: float) -> bool:
    """Ask over an open stream, and leave it open; say whether the service does, too.

    OSError, EOFError or HTTPException when the stream ended before the whole answer had come.
    """
    response = _asked(_Limited(stream, time.monotonic() + timeout), urlsplit(url), headers, "keep-alive")
    response.read(BODY_LIMIT)
    return not response.will_close and not response.length


def _exchange(limited: "_Limited", parts: SplitResult, headers: Headers, began: float) -> HttpAnswer:
    response = _asked(limited, parts, headers, "close")
    body = response.read(BODY_LIMIT)
    if response.length and len(body) < BODY_LIMIT:  # a bounded read does not mind a body that was cut
        raise EOFError
    found = tuple((name.lower(), value) for name, value in response.getheaders())
    return HttpAnswer(response.status, found, body, time.monotonic() - began)


def _asked(limited: "_Limited", parts: SplitResult, headers: Headers, keep: str) -> HTTPResponse:
    connection = HTTPConnection(parts.hostname or "", parts.port or 80)
    connection.sock = cast("socket.socket", limited)  # it sends and makes files like one, and no more is asked of it
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.putrequest("GET", path, skip_host=any(name.lower() == "host" for name, _ in headers))
    for name, value in (*headers, ("Connection", keep), ("User-Agent", "sockdeploy")):
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


class _Limited:
    """A stream with the face of a socket that gives up at a moment of the monotonic clock, however bytes drip."""

    def __init__(self, stream: Stream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def remaining(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def sendall(self, data: bytes) -> None:
        self._stream.settimeout(self.remaining())
        self._stream.sendall(data)

    def recv(self, size: int) -> bytes:
        self._stream.settimeout(self.remaining())
        return self._stream.recv(size)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Stay open: a connection lets go of its socket while its answer is still being read."""


class _Incoming(io.RawIOBase):
    """What comes in, as a file."""

    def __init__(self, limited: _Limited) -> None:
        super().__init__()
        self._limited = limited

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        data = self._limited.recv(len(view))
        view[: len(data)] = data
        return len(data)
