"""What every transport can do, and what comes back. The rest of the program knows these names and no SSH library."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol


class TransportFailure(StrEnum):
    """Why a connection could not be made or used."""

    UNREACHABLE = "unreachable"      # no route, refused, timed out, closed before a login
    HOST_KEY = "host-key"            # unknown or wrong host key
    AUTHENTICATION = "authentication"  # the host refused the user's keys; never retried
    KEY = "key"                      # the private key cannot be read (wrong passphrase, not a key)
    CONFIGURATION = "configuration"  # known_hosts or ssh_config cannot be used
    FORWARDING = "forwarding"        # sshd forbids forwarding (open failure code 1)
    NO_CONNECTION = "no-connection"  # a forwarded open failed (code 2): refused or unreachable
    LOST = "lost"                    # the connection broke in the middle


class TransportError(Exception):
    """A connection that could not be made or used: which kind, in words, and what to do."""

    def __init__(self, failure: TransportFailure, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a command. `status` None: unknown (no exit status, connection lost, time limit); never success."""

    status: int | None
    stdout: bytes = b""
    stderr: bytes = b""
    reason: str = ""

    @property
    def ok(self) -> bool:
        """The command ended with status 0."""
        return self.status == 0

    @property
    def unknown(self) -> bool:
        """Whether it ran to its end is not known: look at the host, never repeat blindly."""
        return self.status is None


class Process(Protocol):
    """A long command: lines come out as they are printed, lines go in. Safe for a reader and a writer thread."""

    def lines(self) -> Iterator[str]:
        """Give each line of standard output, without its end, until the command ends or the connection is lost."""
        ...

    def send(self, line: str) -> None:
        """Write one line to standard input. TransportError(LOST) when the connection is gone."""
        ...

    def feed(self, source: BinaryIO, *, last: bool = False) -> None:
        """Write a file to standard input, and end it after the `last`. Ends quietly when nobody reads any more."""
        ...

    def limited(self, seconds: float) -> AbstractContextManager[None]:
        """Bound what happens inside by a wall-clock time; then the command is given up, and its result is unknown."""
        ...

    def close(self) -> None:
        """End standard input and the channel; harmless when already closed."""
        ...

    def result(self) -> Result:
        """Give the end of the command, after `lines` ran dry. `stdout` is empty here."""
        ...


class Stream(Protocol):
    """A byte stream to an address as the host sees it. Reads and writes raise TimeoutError or OSError like a socket."""

    def sendall(self, data: bytes) -> None:
        """Write all of `data`."""
        ...

    def recv(self, size: int) -> bytes:
        """Read up to `size` bytes; empty at the end."""
        ...

    def settimeout(self, seconds: float) -> None:
        """Bound each read and write."""
        ...

    def close(self) -> None:
        """Close the stream."""
        ...


class Transport(Protocol):
    """One connection to one host, with several channels on it. All methods are safe to call from several threads."""

    @property
    def user(self) -> str:
        """Whom it logs in as."""
        ...

    def connect(self) -> None:
        """Open the connection, with retries. TransportError when that is not possible. Harmless when connected."""
        ...

    def run(self, command: str, *, stdin: bytes | BinaryIO = b"", timeout: float) -> Result:
        """Run a command line to its end, feeding it `stdin` in pieces and then end of file.

        `command` goes to the user's login shell as it is: build it with `host.command` only. A file is read from its
        start. Never raises for what the host does: a lost connection or a passed `timeout` (seconds) is an unknown
        Result.
        """
        ...

    def start(self, command: str) -> Process:
        """Start a long command. TransportError(LOST) when the connection is gone."""
        ...

    def forward(self, address: str, port: int, *, timeout: float) -> Stream:
        """Open a byte stream from the host to address:port. TransportError FORWARDING, NO_CONNECTION or LOST."""
        ...

    def close(self) -> None:
        """Close the connection and every channel; harmless when already closed."""
        ...
