"""One request that takes long, sent before the switch: whether the old process finishes what it has begun."""

import threading

from deployer.facts import SlowRequest
from deployer.traffic.load import Shoot

OPEN = "open"


class Slow:
    """Sends one request and keeps what became of it."""

    def __init__(self, shoot: Shoot) -> None:
        self._shoot = shoot
        self._ended = SlowRequest(OPEN)

    def start(self) -> None:
        """Send it."""
        threading.Thread(target=self._run, daemon=True, name="slow request").start()

    def fate(self) -> SlowRequest:
        """Say what became of it so far."""
        return self._ended

    def _run(self) -> None:
        ended = self._shoot()
        if ended is not None:
            self._ended = SlowRequest(ended.fate.value, ended.release, round(ended.seconds, 3))
