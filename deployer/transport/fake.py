"""A transport without a network, shipped for tests: answers come from a function, what was asked is kept."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from deployer.transport.base import Process, Result, Stream, TransportError, TransportFailure

Answer = Callable[[str, bytes], Result]
"""Gives the end of a command from its command line and its whole standard input."""


class FakeProcess:
    """A long command played by a test: `say` prints a line, `end` ends it, `sent` is what it was told."""

    def __init__(self, *lines: str) -> None:
        self.sent: list[str] = []
        self.fed: list[bytes] = []
        self.limits: list[float] = []
        self.ended = False
        self.closed = False
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._result = Result(None, reason="it has not ended")
        for line in lines:
            self.say(line)

    def say(self, line: str) -> None:
        """Print a line."""
        self._lines.put(line)

    def end(self, result: Result) -> None:
        """End the command; whoever reads its lines is told after the last one."""
        self._result = result
        self._lines.put(None)

    def lines(self) -> Iterator[str]:
        """Give each line until `end` or `close`; waits for more in between."""
        while (line := self._lines.get()) is not None:
            yield line

    def send(self, line: str) -> None:
        """Keep the line in `sent`. TransportError(LOST) after `close`."""
        if self.closed:
            raise TransportError(TransportFailure.LOST, "the command takes no more input: it was closed")
        self.sent.append(line)

    def feed(self, source: BinaryIO, *, last: bool = False) -> None:
        """Keep what it was fed in `fed`, one item each time, until the last; `ended` says that it came."""
        if not (self.closed or self.ended):
            self.fed.append(source.read())
            self.ended = last

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Bound nothing, a fake waits for no host; keep the limit in `limits`."""
        self.limits.append(seconds)
        yield

    def close(self) -> None:
        """End it without an exit status, unless it has ended."""
        if not self.closed:
            self.closed = True
            self._lines.put(None)

    def result(self) -> Result:
        """Give what `end` was told, or an unknown result."""
        return self._result


class FakeTransport:
    """A host played by functions: `answer` for commands, `process` for long ones, `stream` for forwarded connections.

    `commands` holds every command line in order, `inputs` the standard input of each `run`, `connects` how often a
    connection was opened. `failure` is raised by `connect` while it is set.
    """

    user = "root"
    """Whom it logs in as."""

    def __init__(
        self,
        answer: Answer = lambda _command, _stdin: Result(0),
        *,
        process: Callable[[str], Process] = lambda _command: FakeProcess(),
        stream: Callable[[str, int], Stream] | None = None,
        failure: TransportError | None = None,
    ) -> None:
        self._answer = answer
        self._process = process
        self._stream = stream
        self._started: list[Process] = []
        self.failure = failure
        self.connected = False
        self.connects = 0
        self.commands: list[str] = []
        self.inputs: list[bytes] = []

    def lose(self) -> None:
        """Break the connection: commands are unknown from now on and long commands end, until `connect` is called."""
        self.close()

    def connect(self) -> None:
        """Open the connection, or raise `failure`."""
        if self.failure is not None:
            raise self.failure
        self.connects += not self.connected
        self.connected = True

    def run(self, command: str, *, stdin: bytes | BinaryIO = b"", timeout: float) -> Result:  # noqa: ARG002
        """Give what `answer` says; an answer may call `lose` to break the connection in the middle."""
        if not self.connected:
            return Result(None, reason="the connection was lost")
        data = stdin if isinstance(stdin, bytes) else _whole(stdin)
        self.commands.append(command)
        self.inputs.append(data)
        result = self._answer(command, data)
        return result if self.connected else Result(None, reason="the connection was lost")

    def start(self, command: str) -> Process:
        """Give what `process` says. TransportError(LOST) when not connected."""
        self._check()
        self.commands.append(command)
        process = self._process(command)
        self._started.append(process)
        return process

    def forward(self, address: str, port: int, *, timeout: float) -> Stream:  # noqa: ARG002
        """Give what `stream` says. TransportError NO_CONNECTION without one, LOST when not connected."""
        self._check()
        if self._stream is None:
            raise TransportError(TransportFailure.NO_CONNECTION, f"nothing takes connections at {address} port {port}")
        return self._stream(address, port)

    def close(self) -> None:
        """Close the connection and end every long command."""
        self.connected = False
        for process in self._started:
            process.close()

    def _check(self) -> None:
        if not self.connected:
            raise TransportError(TransportFailure.LOST, "the connection was lost")


def _whole(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
