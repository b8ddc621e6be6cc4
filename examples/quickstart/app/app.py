"""A web service of one file, standard library only, that serves on the socket systemd passes to it.

Try it: systemd-socket-activate --listen 127.0.0.1:8080 python3 app.py
"""

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PASSED = 3  # the first descriptor that systemd passes
# sockdeploy writes the release's id beside the program; read once, it says what this process runs.
RELEASE = Path("RELEASE").read_text().strip() if Path("RELEASE").exists() else "unknown"


class Hello(BaseHTTPRequestHandler):
    """Says hello, and at /healthz which release it is. Whoever is answered is answered by a service that is ready."""

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(200, "application/json", json.dumps({"release": RELEASE}))
        elif self.path == "/":
            self.answer(200, "text/plain; charset=utf-8", f"hello from release {RELEASE}\n")
        else:
            self.answer(404, "text/plain; charset=utf-8", "there is only / and /healthz\n")

    def answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Accepts on the passed socket; closing it waits for the requests under way."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("", 0), Hello, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=PASSED)


def notify(state: str) -> None:
    """Tell systemd; without it, tell nobody."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)


def main() -> None:
    """Serve until SIGTERM, then finish what was accepted. What still waits in the queue is for the next process."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        sys.exit("no socket was passed: start me from hello.socket, or with systemd-socket-activate")
    with Server() as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        notify("READY=1")
        server.serve_forever(poll_interval=0.1)


main()
