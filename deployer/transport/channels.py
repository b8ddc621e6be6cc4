"""What a long command and a forwarded connection look like to those who know no SSH."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

import paramiko

from deployer.transport.base import Result
from deployer.transport.execution import Execution

LONGEST_LINE = 64 << 10
"""A longer line of a long command is given in pieces of this size, in bytes."""


class SshProcess:
    """A long command on its own channel; one thread may read while another writes."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def lines(self) -> Iterator[str]:
        """Give each line of standard output until the command ends or the connection is lost."""
        rest = b""
        for piece in self._execution.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
            if len(rest) > LONGEST_LINE:
                yield rest.decode(errors="replace")
                rest = b""
        if rest:
            yield rest.decode(errors="replace")

    def send(self, line: str) -> None:
        """Write one line to standard input. TransportError(LOST) when the connection is gone."""
        self._execution.send(line.encode() + b"\n")

    def feed(self, source: BinaryIO, *, last: bool = False) -> None:
        """Write a file to standard input, and end it after the `last`. Ends quietly when nobody reads any more."""
        self._execution.feed(source, last=last)

    def limited(self, seconds: float) -> AbstractContextManager[None]:
        """Bound what happens inside by a wall-clock time."""
        return self._execution.limited(seconds)

    def close(self) -> None:
        """End standard input and the channel."""
        self._execution.close()

    def result(self) -> Result:
        """Give the end of the command, after `lines` ran dry."""
        return self._execution.ended()


class ChannelStream:
    """A channel that behaves like a socket: what paramiko raises becomes an OSError."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def sendall(self, data: bytes) -> None:
        """Write all of `data`."""
        try:
            self._channel.sendall(data)
        except (paramiko.SSHException, EOFError) as error:
            raise ConnectionResetError(str(error)) from None

    def recv(self, size: int) -> bytes:
        """Read up to `size` bytes; empty at the end."""
        try:
            return self._channel.recv(size)
        except (paramiko.SSHException, EOFError) as error:
            raise ConnectionResetError(str(error)) from None

    def settimeout(self, seconds: float) -> None:
        """Bound each read and write."""
        self._channel.settimeout(seconds)

    def close(self) -> None:
        """Close the stream."""
        try:
            self._channel.close()
        except (paramiko.SSHException, EOFError, OSError):
            return
