"""One command on one channel: what goes in, what comes out, how it ended. Nothing here waits for ever."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import paramiko

from deployer.transport.base import Result, TransportError, TransportFailure
from deployer.transport.wire import Wire

PIECE = 32704
"""How much is handed to the channel at a time: one of sshd's largest packets, so that no rest is copied."""

KEPT = 1 << 20
"""How much of each output is kept, in bytes; the rest is read and dropped."""

_LOOK_UP = 5.0
"""How often a wait looks whether the host is still there, in seconds."""

_SOON = 0.02
"""How long to wait for standard output before looking at standard error; longer when both are quiet."""

LEAST_AHEAD = 256 << 10
"""So much may always be on its way, in bytes: sshd gives new credit after 96 KiB that the command has read."""

_ROOM_SOON = 0.05
"""How long to wait for credit for a whole piece while there is some for a part of it, in seconds."""

_FASTEST = 100e6
"""The speed that may be reached over any distance, in bytes per second."""

_PATIENCE = 3
"""How many pauses in a row the credit may be used up before all of it is used."""

_GONE = (paramiko.SSHException, EOFError, OSError)
"""What paramiko raises when a connection breaks under one's hands."""


class Execution:
    """A command that was begun. Close it, or read it to its end."""

    def __init__(self, wire: Wire, command: str, timeout: float) -> None:
        self._wire = wire
        self.errors = bytearray()
        self.expired = False
        self._channel = wire.open_session(timeout=timeout)
        try:
            with self.limited(timeout):
                self._channel.exec_command(command)
            self._channel.settimeout(_LOOK_UP)  # for those who write before they read
            self._held_back = self._hold_back()  # sshd gives its credit when a command begins
        except BaseException:
            self._channel.close()
            raise

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Bound what happens inside by a wall-clock time; then the channel is closed, which wakes everybody."""
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def feed(self, source: BinaryIO, *, last: bool = True) -> None:
        """Write a file to standard input, and end it after the `last`. Ends quietly when nobody reads any more."""
        with suppress(TransportError, *_GONE):
            while piece := source.read(PIECE):
                self.send(piece)
            if last:
                self._channel.shutdown_write()

    def send(self, data: bytes) -> None:
        """Write to standard input. TransportError(LOST) when that is not possible."""
        pauses = 0
        while data:
            try:
                self._wait_for_room(len(data))
                taken = self._channel.send(data)
            except TimeoutError:  # the reader's pause, which paramiko applies to both ways
                pauses += 1
                if pauses == _PATIENCE:
                    self._use_all_credit()
                if self._wire.silent:
                    self._wire.close()
            except _GONE as error:
                raise TransportError(TransportFailure.LOST, f"the command takes no more input: {error}") from None
            else:
                if not taken:
                    raise TransportError(TransportFailure.LOST, "the command takes no more input: it has its end")
                data = data[taken:]

    def pieces(self) -> Iterator[bytes]:
        """Give standard output as it comes, until it ends; standard error is collected meanwhile."""
        pause = _SOON
        while True:
            self._channel.settimeout(pause)
            try:
                piece = self._read(self._channel.recv)
            except TimeoutError:
                if self._wire.silent:
                    self._wire.close()
                # Both outputs share one window: whoever reads only the one may stop the other.
                pause = _SOON if self._collect_errors() else min(_LOOK_UP, pause * 4)
            else:
                if not piece:
                    return
                pause = _SOON
                self._channel.settimeout(_LOOK_UP)  # whoever is given it may write before he reads on
                yield piece

    def _read(self, recv: Callable[[int], bytes]) -> bytes:
        # Reading also writes: it tells the peer that there is room again, which fails on a connection that breaks.
        try:
            return recv(PIECE)
        except TimeoutError:
            raise
        except _GONE:
            self._wire.close()
            return b""

    def ended(self, stdout: bytes = b"") -> Result:
        """Give the end of the command, after `pieces` ran dry."""
        while not self._channel.status_event.wait(_LOOK_UP):
            if self._wire.silent:
                self._wire.close()
        self._collect_errors()
        status = self._channel.exit_status if self._channel.exit_status >= 0 else None
        self.close()
        return Result(status, stdout, bytes(self.errors), "" if status is not None else self._why())

    def close(self) -> None:
        """End standard input and close the channel."""
        with suppress(*_GONE):
            self._channel.close()

    def _hold_back(self) -> int:
        """Use less credit than sshd gives, but enough for the distance; give how much is left unused, in bytes.

        What a command has not read yet waits in sshd, in a buffer that grows in small steps and is copied in each: 2
        MiB of it cost the host 0.2 s of CPU (seen), and nothing gets faster.
        """
        distance = self._wire.round_trip
        if distance is None:
            return 0
        left = max(0, self._channel.out_window_size - max(LEAST_AHEAD, round(_FASTEST * distance)))
        self._channel.out_window_size -= left
        return left

    def _wait_for_room(self, size: int) -> None:
        """Rather send a whole piece in a moment than a part of it now.

        Packets are what sending costs, here and there. sshd's credit is three pieces and a small rest: sent for itself,
        that made a third more of them.
        """
        with self._channel.lock:
            if 0 < self._channel.out_window_size < size:
                self._channel.out_buffer_cv.wait(_ROOM_SOON)

    def _use_all_credit(self) -> None:
        """Trust that a server which gives no credit for so long waits for more than we sent."""
        with self._channel.lock:
            self._channel.out_window_size += self._held_back
            self._held_back = 0
            self._channel.out_buffer_cv.notify_all()

    def _expire(self) -> None:
        self.expired = True
        self.close()

    def _collect_errors(self) -> bool:
        seen = False
        while self._channel.recv_stderr_ready():
            seen = True
            piece = self._read(self._channel.recv_stderr)
            if not piece:
                break
            self.errors += piece[: max(0, KEPT - len(self.errors))]
        return seen

    def _why(self) -> str:
        if self.expired:
            return "its time limit passed"
        # sshd sends an end of file before it closes a channel; a connection that breaks does not.
        if not self._channel.eof_received:
            return "the connection was lost"
        return "it ended without an exit status, as a command does that a signal ends"
