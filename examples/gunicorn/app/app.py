"""A WSGI application. gunicorn finds the socket that systemd passes, says when it is ready, and drains on SIGTERM."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

# sockdeploy writes the release's id beside the program; read once, it says what this process runs.
RELEASE = Path("RELEASE").read_text().strip() if Path("RELEASE").exists() else "unknown"

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def application(environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    """Say hello, and at /healthz which release this is."""
    match environ["PATH_INFO"]:
        case "/healthz":
            status, kind, text = "200 OK", "application/json", json.dumps({"release": RELEASE})
        case "/":
            status, kind, text = "200 OK", "text/plain; charset=utf-8", f"hello from release {RELEASE}\n"
        case _:
            status, kind, text = "404 Not Found", "text/plain; charset=utf-8", "there is only / and /healthz\n"
    body = text.encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
