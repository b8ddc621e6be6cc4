"""A server on loopback that answers queries as a test wants, also badly, and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from deployer.readings import Unmeasured


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; `delay` seconds late."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0


Pairs = Sequence[tuple[dict[str, str], str]]


def vector(*pairs: tuple[dict[str, str], str], **more: object) -> Reply:
    """Answer with series and their values; `more` stands beside the data: warnings, infos."""
    result = [{"metric": metric, "value": [1700000000.123, value]} for metric, value in pairs]
    return reply({"status": "success", "data": {"resultType": "vector", "result": result}, **more})


def reply(answer: object, status: int = 200) -> Reply:
    """Answer with JSON."""
    return Reply(json.dumps(answer).encode(), status, (("Content-Type", "application/json"),))


def refused(status: int, message: str) -> Reply:
    """Answer as Prometheus does to a query it refuses."""
    return reply({"status": "error", "errorType": "bad_data", "error": message}, status)


@dataclass(slots=True)
class Stub:
    """What listens. `answer` says what a query gets."""

    url: str
    answer: Callable[[str], Reply]
    queries: list[str] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def stub(answer: Callable[[str], Reply]) -> Iterator[Stub]:
    """Listen for queries."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            made.requests.append((f"{self.command} {self.path}", {k.lower(): v for k, v in self.headers.items()}))
            made.queries += form["query"]
            given = made.answer(form["query"][0])
            time.sleep(given.delay)
            self.send_response(given.status)
            for name, value in (*given.headers, ("Content-Length", str(len(given.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever asked did not wait."""

    with Server(("127.0.0.1", 0), Handler) as server:
        made = Stub(f"http://127.0.0.1:{server.server_address[1]}", answer)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        server.shutdown()


def unmeasured(found: object) -> Unmeasured:
    """See that it could not be measured."""
    assert isinstance(found, Unmeasured), found
    assert found.message
    assert found.remedy
    return found
