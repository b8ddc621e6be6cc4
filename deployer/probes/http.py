"""Asking a URL over a stream that reaches the host: one GET, a wall-clock limit, a bounded body, no redirects."""

import io
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import SplitResult, urlsplit

from deployer.gates.flaws import Flaw
from deployer.plan.addresses import port_of
from deployer.probes import tls
from deployer.probes.answer import BODY_LIMIT, HttpAnswer
from deployer.transport.base import Stream, TransportError, TransportFailure

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

Headers = tuple[tuple[str, str], ...]


class Curl(Protocol):
    """Something that has curl on the host ask."""

    def ask(
        self, url: str, headers: Headers, timeout: float, limit: int | None = None, ca_file: str | None = None
    ) -> HttpAnswer:
        """Ask `url`, within `timeout` seconds."""


Connect = Callable[[str, int, float], Stream]
"""Opens a stream to an address and a port, within so many seconds."""


def ask(
    url: str,
    headers: Headers,
    timeout: float,
    connect: Connect,
    limit: int = BODY_LIMIT,
    ca_file: str | None = None,
) -> HttpAnswer:
    """Ask `url` over what `connect(address, port, seconds)` opens; the whole takes at most `timeout` seconds.

    At most `limit` bytes of the body are read; with https the certificate is checked (`ca_file`: the authorities to
    trust). Never raises for anything the service does. TransportError FORWARDING and LOST come through: they are no
    answer of the service.
    """
    began = time.monotonic()
    try:
        stream = connect(urlsplit(url).hostname or "", port_of(url), timeout)
    except TransportError as error:
        if error.failure is not TransportFailure.NO_CONNECTION:
            raise
        return _without(Flaw.NO_CONNECTION, "no connection (refused or unreachable)", began, timeout)
    except OSError as error:
        refused = Flaw.REFUSED if isinstance(error, ConnectionRefusedError) else Flaw.NO_CONNECTION
        return _without(refused, f"no connection ({error.strerror or error})", began, timeout)
    try:
        stream = secured(stream, url, headers, began + timeout - time.monotonic(), ca_file)
        answer = _exchange(_Limited(stream, began + timeout), urlsplit(url), headers, limit)
        return replace(answer, seconds=time.monotonic() - began)
    except TimeoutError:
        return _without(Flaw.TIMEOUT, f"no answer within {timeout:g} s", began, timeout)
    except ssl.SSLError as error:
        return _without(tls.flaw_of(error), f"no TLS connection ({tls.words_of(error)})", began, timeout)
    except (OSError, EOFError, HTTPException, ValueError, OverflowError) as error:  # also of sizes that are none
        return _without(Flaw.CUT, f"the answer broke off ({type(error).__name__})", began, timeout)
    finally:
        stream.close()


def secured(stream: Stream, url: str, headers: Headers, seconds: float, ca_file: str | None) -> Stream:
    """Give the stream that a URL is asked over: with https TLS inside it, made within `seconds`.

    OSError when that is not possible; ssl.SSLError when the certificate or the other side's TLS is why.
    """
    if not url.startswith("https:"):
        return stream
    return tls.TlsStream(stream, tls.context(ca_file), tls.name_of(url, headers), seconds)


def _without(miss: Flaw, error: str, began: float, timeout: float) -> HttpAnswer:
    """Give the end of a request that got no answer; one that took all its time was too late, whatever else it was."""
    seconds = time.monotonic() - began
    return HttpAnswer(error=error, seconds=seconds, miss=Flaw.TIMEOUT if seconds >= timeout else miss)


def ask_again(stream: Stream, url: str, headers: Headers, timeout: float) -> bool:
    """Ask over an open stream, and leave it open; say whether the service does, too.

    OSError, EOFError or HTTPException when the stream ended before the whole answer had come.
    """
    response = _asked(_Limited(stream, time.monotonic() + timeout), urlsplit(url), headers, "keep-alive")
    response.read(BODY_LIMIT)
    return not response.will_close and not response.length


def _exchange(limited: "_Limited", parts: SplitResult, headers: Headers, limit: int) -> HttpAnswer:
    response = _asked(limited, parts, headers, "close")
    body = response.read(limit)
    if response.length and len(body) < limit:  # a bounded read does not mind a body that was cut
        raise EOFError
    found = tuple((name.lower(), value) for name, value in response.getheaders())
    return HttpAnswer(response.status, found, body)


def _asked(limited: "_Limited", parts: SplitResult, headers: Headers, keep: str) -> HTTPResponse:
    connection = HTTPConnection(parts.hostname or "", port_of(parts.geturl()))
    connection.default_port = port_of(f"{parts.scheme}://")  # which the Host header leaves out
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
