"""Time, handed in: every module that needs a time or a pause takes a Clock, so that tests need no waiting."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """A source of time. Seconds everywhere."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> bool:
        """Pause; True when the pause was cut short because the clock was stopped (a cancel)."""
        ...


class SystemClock:
    """The machine's clock. `stop()` wakes every sleeper at once, so that a cancel is prompt."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Return seconds since the epoch that never go back, whatever is done to the wall clock."""
        return self._offset + time.monotonic()

    def sleep(self, seconds: float) -> bool:
        """Pause; True when `stop()` was called before or meanwhile."""
        return self._stopped.wait(seconds)

    def stop(self) -> None:
        """Wake all sleepers, now and in future."""
        self._stopped.set()
