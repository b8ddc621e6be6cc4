"""Until when nobody took connections: systemd may call a service up that does not accept yet."""

from collections.abc import Callable
from dataclasses import replace

from deployer.host.receipts import Times

BY_ITSELF = 0.3
"""Seconds by which the first answer may be later though systemd is right: so rarely is asked, and so long it takes."""


class Gap:
    """Notes good answers, and says by the host's clock when the first of a new process came.

    Under a bridge somebody else answers meanwhile: then nothing is known but systemd's word.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ahead: float | None = None
        self._answers: list[float] = []

    def begin(self, uptime: float) -> None:
        """Note what the host's clock says just now, in seconds since it booted."""
        self._ahead = self._now() - uptime

    def answered(self) -> None:
        """Note that a request was answered well just now; any thread may say so."""
        self._answers.append(self._now())

    def until_answered(self, times: Times) -> Times:
        """Give the times with the service `up` when it first answered, where that was later than systemd's word."""
        if self._ahead is None or not 0 < times.starting <= times.up:
            return times
        first = min((at - self._ahead for at in self._answers if at - self._ahead > times.starting), default=0.0)
        return replace(times, up=first) if first > times.up + BY_ITSELF else times
