"""SIGINT, SIGTERM and SIGHUP: what asks us to stop, also as a container's PID 1, which has no defaults to end it."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployer.errors import ExitCode

Handler = Callable[[int], object]
"""Is told the signal's number, in a thread of its own."""

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def meant(number: int) -> signal.Signals:
    """Give the signal that one stands for: a terminal that goes away means SIGTERM."""
    return signal.SIGINT if number == signal.SIGINT else signal.SIGTERM


_ends_too: set[Callable[[], object]] = set()


@contextmanager
def ending_too(end: Callable[[], object]) -> Iterator[None]:
    """Have `end` called when this process ends at once meanwhile: what it started would go on without it."""
    _ends_too.add(end)
    try:
        yield
    finally:
        _ends_too.discard(end)


def end_at_once(number: int) -> None:
    """End this process with 130 or 143: threads that wait for a host would hold up any other end."""
    for end in tuple(_ends_too):
        end()
    os._exit(ExitCode.INTERRUPTED if meant(number) == signal.SIGINT else ExitCode.TERMINATED)


def cancelled(number: int) -> None:
    """Say that no rollout is under way, and end at once: looking at hosts leaves nothing half done."""
    os.write(2, b"cancelled; no rollout was under way, nothing was changed\n")
    end_at_once(number)


@contextmanager
def heard_by(handler: Handler) -> Iterator[None]:
    """Have `handler` told of the signals; for the main thread alone, as Python wants it. May be nested.

    One that we were started to ignore (nohup, a shell's background) stays ignored. A thread listens, since Python runs
    handlers in the main thread only: one that comes just before it waits for a lock would wait as long.
    """
    ear, mouth = socket.socketpair()
    mouth.settimeout(0)
    kept = {each: signal.getsignal(each) for each in _STOPPING if signal.getsignal(each) != signal.SIG_IGN}
    with ear, mouth:
        thread = threading.Thread(target=_listen, args=(ear, handler), daemon=True, name="signals")
        thread.start()
        former = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        for number in kept:
            signal.signal(number, _heard)
        try:
            yield
        finally:
            for number, restored in kept.items():
                signal.signal(number, restored)
            signal.set_wakeup_fd(former)
            mouth.shutdown(socket.SHUT_WR)
            thread.join()


def _heard(_number: int, _frame: object) -> None:
    """Do nothing: Python has told the listener already."""


def _listen(ear: socket.socket, handler: Handler) -> None:
    while number := ear.recv(1):
        handler(number[0])
