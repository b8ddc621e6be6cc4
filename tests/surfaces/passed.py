"""A service started as systemd starts it behind a socket: descriptor 3, LISTEN_PID, and a socket to say READY on.

It runs in a base tree of the fleet, whose programs it needs, and on this machine's loopback.
"""

import contextlib
import http.client
import json
import os
import shlex
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# `folder` becomes /srv of `base`; the socket, handed over as stdin, becomes descriptor 3. Mounts end with the process.
SCRIPT = """
set -e
for each in proc dev tmp; do mount --rbind /$each {base}/$each; done
mount --bind {folder} {base}/srv
exec 3<&0 </dev/null
exec chroot {base} env -i PATH=/usr/sbin:/usr/bin NOTIFY_SOCKET=@{notify} LISTEN_FDS=1 \
    sh -c 'cd /srv && LISTEN_PID=$$ exec "$@"' sh {argv}
"""


@dataclass(frozen=True, slots=True)
class PassedSocket:
    """A listening socket, held open here as PID 1 holds it, and the base tree that services run in."""

    listener: socket.socket
    base: Path

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        port: int = self.listener.getsockname()[1]
        return port

    @contextlib.contextmanager
    def service(self, folder: Path, argv: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run `argv` in `folder` on the socket, from READY=1 on; its end is waited for."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind("")
            ear.settimeout(30)
            command = self._command(folder, argv, ear.getsockname())
            with subprocess.Popen(command, stdin=self.listener.fileno()) as process:
                try:
                    while b"READY=1" not in ear.recv(4096).split(b"\n"):
                        pass
                    yield process
                finally:
                    process.terminate()
                    process.wait(30)

    def ask(self, path: str) -> tuple[int, str]:
        """Status and body of one request over a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def release(self) -> str:
        """The release that /healthz names; whatever else it answers is an error."""
        status, body = self.ask("/healthz")
        if status != 200:
            raise AssertionError(f"/healthz answered {status}: {body}")
        return str(json.loads(body)["release"])

    def _command(self, folder: Path, argv: str, notify: bytes) -> list[str]:
        script = SCRIPT.format(
            base=shlex.quote(str(self.base)),
            folder=shlex.quote(str(folder)),
            notify=notify.decode().removeprefix("\0"),
            argv=argv,
        )
        return ["unshare", "--mount", "sh", "-c", script]


@contextlib.contextmanager
def passed_socket(base: Path) -> Iterator[PassedSocket]:
    """A socket on a free port of loopback, non-blocking as the examples' units ask for."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        os.set_blocking(listener.fileno(), False)
        yield PassedSocket(listener, base)
