"""TLS over a stream that reaches the service: the certificate is checked, and what is wrong with it is told apart."""

import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

from deployer.gates.flaws import Flaw
from deployer.transport.base import Stream

_PIECE = 16384

# OpenSSL's numbers of what is wrong with a certificate (X509_V_ERR_…).
_EXPIRED = {9, 10}
_ANOTHER_NAME = {62, 63, 64}

T = TypeVar("T")


@cache
def context(ca_file: str | None) -> ssl.SSLContext:
    """Give the settings that trust the authorities of a file, or the system's. ssl.SSLError when it cannot be used."""
    try:
        made = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ssl.SSLError(0, f"{ca_file} cannot be used: {error.strerror or error}") from error
    # Newer Pythons refuse certificates of private authorities that curl and older ones take.
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def name_of(url: str, headers: tuple[tuple[str, str], ...]) -> str:
    """Give the name that a certificate must have: the Host header's, else the URL's."""
    given = next((value for key, value in headers if key.lower() == "host"), None)
    return urlsplit(url if given is None else f"//{given}").hostname or ""


def flaw_of(error: ssl.SSLError) -> Flaw:
    """Give the class of what went wrong while a TLS connection was made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return flaw_of_code(error.verify_code)
    return Flaw.CUT if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) else Flaw.TLS_OTHER


def words_of(error: ssl.SSLError) -> str:
    """Give the library's own words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    reason = getattr(error, "reason", None)  # one that was not raised by OpenSSL has none
    return (reason.replace("_", " ").lower() if reason else error.strerror) or type(error).__name__


def flaw_of_code(code: int) -> Flaw:
    """Give the class of what OpenSSL has against a certificate."""
    if code in _EXPIRED:
        return Flaw.TLS_EXPIRED
    return Flaw.TLS_NAME if code in _ANOTHER_NAME else Flaw.TLS_UNTRUSTED


class TlsStream:
    """A stream inside a stream. `settimeout` bounds each whole read or write, however many it takes underneath."""

    def __init__(self, stream: Stream, trust: ssl.SSLContext, name: str, seconds: float) -> None:
        """Make the connection within `seconds`. OSError (ssl.SSLError, TimeoutError) when that is not possible."""
        self._stream = stream
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._came, self._goes, server_hostname=name)
        self.settimeout(seconds)
        self._do(self._tls.do_handshake)

    def settimeout(self, seconds: float) -> None:
        """Bound each read and write."""
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def sendall(self, data: bytes) -> None:
        """Write all of `data`."""
        self._deadline = time.monotonic() + self._seconds
        while data:
            data = data[self._do(lambda rest=data: self._tls.write(rest)) :]  # type: ignore[misc]

    def recv(self, size: int) -> bytes:
        """Read up to `size` bytes; empty at the end."""
        self._deadline = time.monotonic() + self._seconds
        try:
            return self._do(lambda: self._tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # whether all has come is seen by what it says of its length

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def _do(self, act: Callable[[], T]) -> T:
        while True:
            try:
                done = act()
            except ssl.SSLWantReadError:
                self._send()
                self._receive()
            except ssl.SSLError:
                self._send()  # the other side is told why
                raise
            else:
                self._send()
                return done

    def _send(self) -> None:
        if waiting := self._goes.read():
            self._stream.settimeout(self._left())
            self._stream.sendall(waiting)

    def _receive(self) -> None:
        self._stream.settimeout(self._left())
        if data := self._stream.recv(_PIECE):
            self._came.write(data)
        else:
            self._came.write_eof()

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
