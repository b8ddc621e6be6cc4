"""A real OpenSSH server on a free port of 127.0.0.1, with its own keys, configuration and log."""

import base64
import contextlib
import getpass
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from deployer.plan.model import Host, Jump

USER = getpass.getuser()


class Sshd:
    """One sshd in `folder`. `keys` are host keys' paths, `authorized` those whose public half may log in."""

    def __init__(self, folder: Path, *, keys: list[Path], authorized: list[Path], options: tuple[str, ...]) -> None:
        folder.mkdir()
        self._folder = folder
        self._keys = keys
        self._log = folder / "log"
        self.port = _free_port()
        self._write(authorized, options)
        self._start()

    def _write(self, authorized: list[Path], options: tuple[str, ...]) -> None:
        (self._folder / "authorized").write_text("".join(key.with_suffix(".pub").read_text() for key in authorized))
        lines = [
            *options,
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            *(f"HostKey {key}" for key in self._keys),
            f"AuthorizedKeysFile {self._folder / 'authorized'}",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            f"SetEnv HOME={self._folder}",  # whatever the user's own .bashrc takes its time for is not tested here
            "LogLevel VERBOSE",
        ]
        (self._folder / "config").write_text("\n".join(lines) + "\n")

    def _start(self) -> None:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        command = ["/usr/sbin/sshd", "-D", "-f", str(self._folder / "config"), "-E", str(self._log)]
        self._process = subprocess.Popen(command)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.02)
        raise AssertionError(f"sshd does not answer: {self._log.read_text()}")

    @property
    def known_hosts(self) -> str:
        """The lines that trust all of its keys."""
        return "".join(self.known_line(key) for key in self._keys)

    def known_line(self, key: Path) -> str:
        """The line that trusts one key for this server's address."""
        return f"[127.0.0.1]:{self.port} {key.with_suffix('.pub').read_text()}"

    def host(self, *jump: "Sshd", user: str = USER, name: str = "web-1") -> Host:
        """The server as a host of the inventory, behind the given servers."""
        hops = tuple(Jump("127.0.0.1", USER, hop.port) for hop in jump)
        return Host(name, "127.0.0.1", user, self.port, hops)

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text()

    @property
    def logins(self) -> int:
        """How many logins it accepted."""
        return len(re.findall(r"^Accepted publickey", self.log, re.MULTILINE))

    @property
    def executions(self) -> int:
        """How many commands it ran."""
        return len(re.findall(r"^Starting session: command", self.log, re.MULTILINE))

    def signal_sessions(self, number: signal.Signals) -> None:
        """Send a signal to the processes that serve connections, not to the listening one."""
        for pid in _children(self._process.pid):
            for below in (pid, *_children(pid)):
                if _name(below).startswith("sshd"):
                    with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
                        os.kill(below, number)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the listening process."""
        os.kill(self._process.pid, number)

    def stop(self) -> None:
        """End it and every connection; harmless when it has ended."""
        if self._process.poll() is None:
            self.signal_sessions(signal.SIGKILL)
            self._process.terminate()
            self._process.wait(timeout=5)


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", *more: str) -> Path:
    """Make a key pair and return the private half's path."""
    size = ["-b", "2048"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", "", "-f", str(path), *more]
    subprocess.run(command, check=True)
    return path


def fingerprint(key: Path) -> str:
    """The SHA256 fingerprint that ssh-keygen prints for a key."""
    printed = subprocess.run(["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True).stdout
    return printed.split()[1]


def blob(public: str) -> bytes:
    """The key itself in a line of a .pub file."""
    return base64.b64decode(public.split()[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text().split())
    return children


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
