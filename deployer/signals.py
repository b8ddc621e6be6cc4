"""SIGINT, SIGTERM and SIGHUP: what asks us to stop, also as a container's PID 1, which they would not end by themselves."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from deployer.errors import ExitCode

Handler = Callable[[int, FrameType | None], object]

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def meant(number: int) -> signal.Signals:
    """Give the signal that one stands for: a terminal that goes away means SIGTERM."""
    return signal.SIGINT if number == signal.SIGINT else signal.SIGTERM


def end_at_once(number: int, _frame: FrameType | None = None) -> None:
    """End this process with 130 or 143 and do nothing else: threads that wait for a host would hold up any other end."""
    os._exit(ExitCode.INTERRUPTED if meant(number) == signal.SIGINT else ExitCode.TERMINATED)


def cancelled(number: int, _frame: FrameType | None) -> None:
    """Say that no rollout is under way, and end at once: looking at hosts leaves nothing half done."""
    os.write(2, b"cancelled; no rollout was under way, nothing was changed\n")
    end_at_once(number)


@contextmanager
def heard_by(handler: Handler) -> Iterator[None]:
    """Have `handler` hear the signals. One that we were started to ignore (nohup, a shell's background) stays ignored."""
    kept = {each: signal.getsignal(each) for each in _STOPPING if signal.getsignal(each) != signal.SIG_IGN}
    for number in kept:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, former in kept.items():
            signal.signal(number, former)
