"""A small service for tests, alone or in gunicorn (`service:app`), on the socket that systemd passes.

Alone and with PORT in its environment, it listens on that port of HOST (else 127.0.0.1) by itself.

It runs in its release's folder and answers every path with the id in the file RELEASE. The file MODE says how well:
ok | fail500 | unready SECONDS (503, then well) | late500 SECONDS (well, then 500) | wrong-release ID | redirect |
hang | slow SECONDS (boots late) | exit STATUS (at once) | exit-after-ready STATUS
inward (alone only: closes on whoever asks from outside) | in-use (says so in its log, and is well)
With a file CERTIFICATE (its key in it) it speaks https, alone only.
/slow/SECONDS is answered late by `app` and `asgi` (for uvicorn and hypercorn).
On hosts that the file ONLY_ON does not name, if there is one, all is well. service.js and service.go do the same.
"""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

Receive = Callable[[], Awaitable[dict[str, str]]]
Send = Callable[[dict[str, object]], Awaitable[None]]

FIRST_FD = 3
PATIENCE = 5  # seconds for a request to come


def text(name: str, otherwise: str = "") -> str:
    """What a file of the release says."""
    return Path(name).read_text().strip() if Path(name).exists() else otherwise


RELEASE = text("RELEASE", "none")
MODE, ARGUMENT = [*text("MODE", "ok").split(), "", ""][:2]
if text("ONLY_ON") and socket.gethostname() not in text("ONLY_ON").split():
    MODE = "ok"
BEGAN = time.monotonic()


def trust() -> "ssl.SSLContext | None":
    """What https is spoken with, if it is."""
    if not Path("CERTIFICATE").exists():
        return None
    import ssl  # noqa: PLC0415 - others boot without it

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain("CERTIFICATE")
    return made


TLS = trust()


def boot() -> None:
    """What happens before the service says that it is ready."""
    if MODE == "slow":
        time.sleep(float(ARGUMENT))
    if MODE == "in-use":
        print("bind() to 127.0.0.1:9 failed (98: Address already in use)", file=sys.stderr, flush=True)
    if MODE == "exit":
        sys.exit(int(ARGUMENT or 0))


def after_ready() -> None:
    """What happens once it said so."""
    if MODE == "exit-after-ready":
        os._exit(int(ARGUMENT or 0))


def answer() -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to any request."""
    age = time.monotonic() - BEGAN
    status = 200
    headers = {"Content-Type": "application/json"}
    if MODE == "fail500" or (MODE == "late500" and age >= float(ARGUMENT)):
        status = 500
    if MODE == "unready" and age < float(ARGUMENT):
        status = 503
    if MODE == "redirect":
        status, headers["Location"] = 302, "/elsewhere"
    if MODE == "hang":
        time.sleep(3600)
    headers["X-Release"] = release = ARGUMENT if MODE == "wrong-release" else RELEASE
    body = {"release": release, "status": "ok" if status == 200 else "bad", "pid": os.getpid()}
    return status, headers, json.dumps(body).encode()


def late(path: str) -> float:
    """How many seconds the answer is to wait."""
    return float(path.removeprefix("/slow/")) if path.startswith("/slow/") else 0.0


def app(asked: dict[str, str], start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    """The service for gunicorn, which takes the socket and says READY by itself, before its workers import this."""
    time.sleep(late(asked["PATH_INFO"]))
    status, headers, body = answer()
    start_response(f"{status} Status", [*headers.items(), ("Content-Length", str(len(body)))])
    return [body]


async def asgi(scope: dict[str, str], receive: Receive, send: Send) -> None:
    """The service for uvicorn and hypercorn."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await asyncio.sleep(late(scope["path"]))
    status, headers, body = answer()
    headers["Content-Length"] = str(len(body))
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def spoken_with(connection: socket.socket) -> socket.socket:
    """The connection as it is, or with https around it."""
    return TLS.wrap_socket(connection, server_side=True) if TLS else connection


def serve(connection: socket.socket) -> None:
    """Answer one request and close."""
    connection.settimeout(PATIENCE)
    with contextlib.suppress(OSError), spoken_with(connection) as line:
        if MODE == "inward" and not line.getpeername()[0].startswith("127."):
            return
        request = b""
        while b"\r\n\r\n" not in request:
            piece = line.recv(8192)
            if not piece:
                return
            request += piece
        status, headers, body = answer()
        lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        line.sendall("\r\n".join(lines).encode() + body)


def notify(words: str) -> None:
    """Tell systemd (sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(words.encode(), "\0" + address[1:] if address.startswith("@") else address)


def main() -> None:
    """Accept until SIGTERM, then finish what was accepted; the signal only wakes the loop: nothing is lost."""
    boot()
    port = os.environ.get("PORT")
    host = os.environ.get("HOST", "127.0.0.1")
    listener = socket.create_server((host, int(port))) if port else socket.socket(fileno=FIRST_FD)
    listener.setblocking(False)
    stop, wake = socket.socketpair()
    signal.signal(signal.SIGTERM, lambda *_: wake.send(b"."))
    notify("READY=1")
    after_ready()
    while stop not in select.select([listener, stop], [], [])[0]:
        with contextlib.suppress(BlockingIOError):
            connection, _ = listener.accept()
            connection.setblocking(True)
            threading.Thread(target=serve, args=[connection]).start()


if __name__ == "__main__":
    main()
else:
    boot()
    after_ready()
