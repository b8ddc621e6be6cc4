"""A service of one connection at a time on loopback that answers with bytes of the test's choice."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Service:
    """What listens: its port, and the requests it has had."""

    port: int
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its health URL."""
        return f"{self.scheme}://127.0.0.1:{self.port}/healthz?full=1"


@contextmanager
def serving(pieces: Sequence[bytes], pause: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    """Answer every request with the pieces, `pause` seconds between them, and close; with `tls` by https."""
    with socket.create_server(("127.0.0.1", 0)) as plain:
        listener = tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) if tls else plain
        service = Service(listener.getsockname()[1], "https" if tls else "http")
        threading.Thread(target=_serve, args=(listener, service, pieces, pause), daemon=True).start()
        yield service


def _serve(listener: socket.socket, service: Service, pieces: Sequence[bytes], pause: float) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        try:
            with connection:
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                service.requests.append(connection.recv(65536))
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
                if isinstance(connection, ssl.SSLSocket):
                    connection.unwrap().close()
        except OSError:
            continue


@contextmanager
def dripping() -> Iterator[tuple[str, threading.Event]]:
    """Answer one request with a body without end, in drips; the event says that whoever asked has hung up."""
    hung_up = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while True:
                connection.sendall(b"x")
                time.sleep(0.02)
        hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", hung_up


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Open a stream as a transport would."""
    return socket.create_connection((address, port), seconds)


def response(status: str, body: str, *headers: str) -> bytes:
    """Give a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()
