"""A small service for tests that exposes metrics in the Prometheus text format, on the socket that systemd passes.

It answers every path with the id in the file RELEASE, and /metrics with http_requests_total{code,path} (paths other
than /, /healthz and /metrics are "other"), http_request_duration_seconds by bucket, and worker_queue_depth. The file
MODE has words that say how well it does so:

ok | errors=SHARE (of requests for all but /healthz and /metrics, evenly) | time=SECONDS (of each such request, 0.02)
leak=RATE (the queue grows by so much a second) | crash=SECONDS (after its start) | start=COUNT (where counters begin)
log=SECONDS (after its start it logs a listen that failed) | pad=KIB (of comments on the page)
page=none | page=html | page=empty | page=other | page=hang | page=workers (each answer is another worker's)
"""

import contextlib
import itertools
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path

FIRST_FD = 3
PATIENCE = 5  # seconds for a request to come
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
TEXT = "text/plain; version=0.0.4"
OWN = ("/healthz", "/metrics")


def text(name: str, otherwise: str = "") -> str:
    """What a file of the release says."""
    return Path(name).read_text().strip() if Path(name).exists() else otherwise


RELEASE = text("RELEASE", "none")
KNOBS = dict(word.partition("=")[::2] for word in text("MODE", "ok").split())
BEGAN = time.monotonic()


def knob(name: str, otherwise: float) -> float:
    """A number of MODE."""
    return float(KNOBS.get(name) or otherwise)


class Numbers:
    """Everything that is counted, by all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked = 0
        self.owed = 0.0
        self.requests: Counter[tuple[int, str]] = Counter({(200, "/"): int(knob("start", 0))})
        self.buckets: Counter[float] = Counter()
        self.count = 0
        self.sum = 0.0

    def status(self) -> int:
        """The status of the next request: errors come evenly, so that short tests see their share."""
        with self.lock:
            self.owed += knob("errors", 0)
            if self.owed < 1:
                return 200
            self.owed -= 1
            return 500

    def done(self, status: int, path: str, seconds: float) -> None:
        """Count a request."""
        with self.lock:
            self.requests[status, path if path in {"/", *OWN} else "other"] += 1
            if path in OWN:
                return
            self.count += 1
            self.sum += seconds
            for le in BUCKETS:
                self.buckets[le] += seconds <= le

    def page(self) -> str:
        """Write the metrics."""
        with self.lock:
            lines = ["# HELP http_requests_total Requests.", "# TYPE http_requests_total counter"]
            named = sorted(self.requests.items())
            lines += [f'http_requests_total{{code="{code}",path="{path}"}} {n}' for (code, path), n in named]
            lines.append("# TYPE http_request_duration_seconds histogram")
            name = "http_request_duration_seconds"
            lines += [f'{name}_bucket{{le="{le}"}} {self.buckets[le]}' for le in BUCKETS]
            lines += [f'{name}_bucket{{le="+Inf"}} {self.count}', f"{name}_count {self.count}"]
            lines.append(f"{name}_sum {self.sum}")
            depth = 3 + knob("leak", 0) * (time.monotonic() - BEGAN)
            lines += ["# TYPE worker_queue_depth gauge", f"worker_queue_depth {depth:.1f}", ""]
        return "\n".join(lines)


NUMBERS = Numbers()
WORKERS = itertools.cycle("19")


def metrics() -> tuple[int, str, str]:
    """Status, type and body of the metrics page."""
    page = KNOBS.get("page", "")
    if page == "hang":
        time.sleep(3600)
    body = NUMBERS.page() + "# just a comment as long as any\n" * int(32 * knob("pad", 0))
    if page == "workers":
        body = body.replace('path="/"} ', f'path="/"}} {next(WORKERS)}')
    return {
        "none": (404, "text/plain", "not found"),
        "html": (200, "text/html", "<!DOCTYPE html><title>Hello</title>"),
        "empty": (200, TEXT, ""),
        "other": (200, TEXT, body.replace("http_requests_total", "http_request_count_total")),
    }.get(page, (200, TEXT, body))


def answer(path: str) -> tuple[int, str, str]:
    """Status, type and body of the answer to a request."""
    if path == "/metrics":
        return metrics()
    status = 200 if path in OWN else NUMBERS.status()
    if path not in OWN:
        time.sleep(knob("time", 0.02))
    return status, "application/json", json.dumps({"release": RELEASE, "status": status, "pid": os.getpid()})


def serve(connection: socket.socket) -> None:
    """Answer one request and close."""
    with connection, contextlib.suppress(OSError):
        connection.settimeout(PATIENCE)
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(8192)
            if not piece:
                return
            request += piece
        began, path = time.monotonic(), request.split(b" ", 2)[1].decode().partition("?")[0]
        status, kind, body = answer(path)
        NUMBERS.done(status, path, time.monotonic() - began)
        head = [f"HTTP/1.1 {status} Status", f"Content-Type: {kind}", f"X-Release: {RELEASE}"]
        head += [f"Content-Length: {len(body.encode())}", "Connection: close", "", ""]
        connection.sendall("\r\n".join(head).encode() + body.encode())


def later() -> None:
    """What happens after a while."""
    if "log" in KNOBS:
        time.sleep(knob("log", 0))
        print("second listener: bind failed: Address already in use", file=sys.stderr, flush=True)
    if "crash" in KNOBS:
        time.sleep(knob("crash", 0))
        os._exit(1)


def notify(words: str) -> None:
    """Tell systemd (sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(words.encode(), "\0" + address[1:] if address.startswith("@") else address)


def main() -> None:
    """Accept until SIGTERM, then finish what was accepted; the signal only wakes the loop: nothing is lost."""
    port = os.environ.get("PORT")
    listener = socket.create_server(("127.0.0.1", int(port))) if port else socket.socket(fileno=FIRST_FD)
    listener.setblocking(False)
    stop, wake = socket.socketpair()
    signal.signal(signal.SIGTERM, lambda *_: wake.send(b"."))
    notify("READY=1")
    threading.Thread(target=later, daemon=True).start()
    while stop not in select.select([listener, stop], [], [])[0]:
        with contextlib.suppress(BlockingIOError):
            connection, _ = listener.accept()
            connection.setblocking(True)
            threading.Thread(target=serve, args=[connection]).start()


if __name__ == "__main__":
    main()
