"""Releases of the test services, and units for them as the runbook wants them."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.base import cache_folder
from tests.fleet.system import install_missing

FILES = Path(__file__).parent / "files"

GUNICORN = "/usr/bin/gunicorn --workers 2 --worker-tmp-dir /dev/shm --graceful-timeout 20 service:app"

# kind -> (file of a release, Type= of its unit, command, run in the release's folder)
KINDS = {
    "python": ("service.py", "notify", "/usr/bin/python3 -B service.py"),
    "gunicorn": ("service.py", "notify", GUNICORN),
    "node": ("service.js", "exec", "/usr/bin/node service.js"),
}

# The same for hosts that have more than every fleet's: kind -> packages.
PACKAGES = {"metered": (), "gthread": (), "uvicorn": ("uvicorn",), "hypercorn": ("python3-hypercorn",), "go": ()}
MORE_KINDS = {
    "metered": ("metered.py", "notify", "/usr/bin/python3 -B metered.py"),
    "gthread": ("service.py", "notify", f"/usr/bin/gunicorn --threads 8 {GUNICORN.partition(' ')[2]}"),
    "uvicorn": ("service.py", "exec", "/usr/bin/uvicorn --fd 3 --log-level warning service:asgi"),
    "hypercorn": (
        "service.py",
        "exec",
        "/usr/bin/python3 -m hypercorn --bind fd://3 --graceful-timeout 20 service:asgi",
    ),
    "go": ("service.go", "notify", "{root}/current/service"),
}
_KINDS = KINDS | MORE_KINDS


def make_release(
    folder: Path, kind: str, release: str, mode: str = "ok", *, only_on: Sequence[str] = (), stamp: bool = False
) -> Path:
    """Write a release of a service into a new folder and give the folder.

    kind: of KINDS or MORE_KINDS. mode: what it does, see files/service.py; `only_on` names the hosts where it does
    so (it is well elsewhere). It answers with what the file RELEASE says: staging writes it, or `stamp` does here.
    """
    folder.mkdir(parents=True)
    name = _KINDS[kind][0]
    if name.endswith(".go"):
        _build(FILES / name, folder / name.removesuffix(".go"))
    else:
        (folder / name).write_bytes((FILES / name).read_bytes())
    (folder / "BUILD").write_text(f"{release}\n")
    (folder / "MODE").write_text(f"{mode}\n")
    if only_on:
        (folder / "ONLY_ON").write_text("\n".join(only_on) + "\n")
    if stamp:
        (folder / "RELEASE").write_text(f"{release}\n")
    return folder


def sample_units(kind: str, service: str, root: str, listen: str) -> dict[str, str]:
    """The texts of SERVICE.socket and SERVICE.service by file name; `listen` is a ListenStream=."""
    _, ready, command = _KINDS[kind]
    return {
        f"{service}.socket": SOCKET.format(service=service, listen=listen),
        f"{service}.service": SERVICE.format(
            service=service, root=root, ready=ready, command=command.format(root=root)
        ),
    }


def _build(source: Path, binary: Path) -> None:
    """Compile a Go program; what was compiled before is kept in the cache."""
    install_missing({"go": "golang-go"})
    variables = {"GOCACHE": str(cache_folder() / "go/cache"), "GO111MODULE": "off", "CGO_ENABLED": "0"}
    argv = ["go", "build", "-o", str(binary), str(source)]
    subprocess.run(argv, env={**os.environ, **variables}, check=True)


SOCKET = """\
[Unit]
Description={service}: the port, held while the service is replaced

[Socket]
ListenStream={listen}
NoDelay=true
ReusePort=false

[Install]
WantedBy=sockets.target
"""

SERVICE = """\
[Unit]
Description={service}
Requires={service}.socket
After=network.target {service}.socket

[Service]
Type={ready}
NonBlocking=true
User=app
WorkingDirectory={root}/current
ExecStart={command}
Restart=on-failure
RestartSec=2
TimeoutStopSec=30
KillMode=mixed
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ProtectHome=true

[Install]
WantedBy=multi-user.target
"""
