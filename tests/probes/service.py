"""A service of one connection at a time on loopback that answers with bytes of the test's choice."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Service:
    """What listens: its port, and the requests it has had."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its health URL."""
        return f"http://127.0.0.1:{self.port}/healthz?full=1"


@contextmanager
def serving(pieces: Sequence[bytes], pause: float = 0.0) -> Iterator[Service]:
    """Answer every request with the pieces, `pause` seconds between them, and close."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = Service(listener.getsockname()[1])
        threading.Thread(target=_serve, args=(listener, service, pieces, pause), daemon=True).start()
        yield service


def _serve(listener: socket.socket, service: Service, pieces: Sequence[bytes], pause: float) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            service.requests.append(connection.recv(65536))
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:
                continue


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Open a stream as a transport would."""
    return socket.create_connection((address, port), seconds)


def response(status: str, body: str, *headers: str) -> bytes:
    """Give a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()
