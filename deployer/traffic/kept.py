"""A connection that is kept open over an activation, as load balancers keep them; it is closed in order, or cut."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException

from deployer.facts import KeepAlive
from deployer.transport.base import Stream, TransportError

PAUSE = 0.5
"""Seconds between two requests."""

LOOK = 0.01
"""Seconds in which a stream that has ended says so."""

ENDED = (OSError, EOFError, HTTPException)

Connect = Callable[[], Stream]
Ask = Callable[[Stream], bool]
"""Sends one request and takes its whole answer; False when the service does not keep connections."""


class Kept:
    """Asks over one connection at a time until it is stopped."""

    def __init__(self, connect: Connect, ask: Ask) -> None:
        self._connect = connect
        self._ask = ask
        self._stop = threading.Event()
        self._answered = self._closed = self._cut = 0
        self._kept = True

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, daemon=True, name="kept connection").start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def counts(self) -> KeepAlive:
        """Count what became of it so far."""
        return KeepAlive(self._answered, self._closed, self._cut, self._kept)

    def _run(self) -> None:
        while self._kept and not self._stop.is_set():
            with suppress(OSError, TransportError):  # nobody takes connections now
                self._converse(self._connect())
            self._stop.wait(PAUSE)

    def _converse(self, stream: Stream) -> None:
        """Ask until the connection ends."""
        try:
            while not self._stop.is_set():
                if _over(stream):
                    self._closed += 1
                    return
                self._kept = self._ask(stream)
                self._answered += 1
                if not self._kept:
                    return
                self._stop.wait(PAUSE)
        except ENDED:
            self._cut += 1
        finally:
            stream.close()


def _over(stream: Stream) -> bool:
    """Say whether the other side has ended a stream on which nothing is awaited."""
    stream.settimeout(LOOK)
    try:
        return stream.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
