"""Requests that are cut off: the library bounds each read, and an answer that drips in would go on for ever."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter


class Connections:
    """The connections of one request; whoever asked for it may end them while another thread reads."""

    def __init__(self) -> None:
        self._known: list[Any] = []
        self._ended = False
        self._noting = threading.Lock()

    def within(self, seconds: float, work: Callable[[], None]) -> None:
        """Do what uses these connections; after `seconds` they are ended, and nobody waits any longer."""
        working = threading.Thread(target=work, daemon=True)
        working.start()
        working.join(seconds)
        with self._noting:
            self._ended = True
            for each in self._known:
                _end(each)

    def note(self, connected: Any) -> None:
        """Know one more socket."""
        with self._noting:
            self._known.append(connected)
            if self._ended:
                _end(connected)


def _end(connected: Any) -> None:
    # The plain socket's own way: that of TLS pulls the rug from under who reads.
    if isinstance(connected, socket.socket):
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)


class Noting(HTTPAdapter):
    """Makes connections as ever, and has them noted."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        super().__init__()

    def get_connection_with_tls_context(self, *asked: Any, **more: Any) -> Any:
        """Give the pool that a request takes its connection from."""
        pool: Any = super().get_connection_with_tls_context(*asked, **more)
        pool.ConnectionCls = _noting(pool.ConnectionCls, self._connections)
        return pool


def _noting(made: Any, connections: Connections) -> Any:
    class Connection(made):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            connections.note(self.sock)

    return Connection


def session(connections: Connections) -> Session:
    """Give a session whose connections are noted."""
    made = Session()
    for scheme in ("http://", "https://"):
        made.mount(scheme, Noting(connections))
    return made
