"""Requests against one host at a fixed rate, whatever the answers do: a client does not wait for another's answer."""

import threading
import time
from collections.abc import Callable

from deployer.facts import Requests
from deployer.traffic.shot import Shot, count

MOST_AT_ONCE = 64
"""Requests under way at once, each in a thread of its own; what would be more is not sent."""

Shoot = Callable[[], Shot | None]
"""Sends one request over a connection of its own and waits for its end; None when that is not possible at all."""


class Load:
    """Sends `rate` requests a second until it is stopped. Its threads never hold up the program's end."""

    def __init__(self, shoot: Shoot, rate: float) -> None:
        self._shoot = shoot
        self._pause = 1 / rate
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._shots: list[Shot] = []
        self._under_way = 0

    def start(self) -> None:
        """Begin; harmless to call once only."""
        threading.Thread(target=self._pace, daemon=True, name="traffic").start()

    def stop(self) -> None:
        """Send nothing more, at once; what is under way still ends."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Give what is under way at most so long to end."""
        deadline = time.monotonic() + seconds
        while self._waiting() and time.monotonic() < deadline:
            time.sleep(0.01)

    def counts(self) -> tuple[Requests, ...]:
        """Count what was sent so far."""
        with self._lock:
            return count(self._shots, self._under_way)

    def _waiting(self) -> int:
        with self._lock:
            return self._under_way

    def _pace(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            # A machine that was busy does not make up for what it missed.
            due = max(due + self._pause, time.monotonic())
            if self._waiting() < MOST_AT_ONCE:
                with self._lock:
                    self._under_way += 1
                threading.Thread(target=self._send, daemon=True, name="request").start()

    def _send(self) -> None:
        ended = None
        try:
            ended = self._shoot()
        finally:
            with self._lock:
                self._under_way -= 1
                if ended is not None:
                    self._shots.append(ended)
        if ended is None:
            self.stop()
