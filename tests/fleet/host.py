"""A host of the fleet as tests use it: files, units, sshd, and the faults of `faults.py`."""

import os
import re
import shlex
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from tests.fleet import recipe
from tests.fleet.faults import FaultyMachine
from tests.fleet.system import FleetError, make_key, run

EXECUTION = re.compile(r"^Starting session: ", re.MULTILINE)
CONNECTION = re.compile(r"^Accepted publickey for ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SshCounts:
    """What sshd saw: logins, and commands, subsystems or shells started on them."""

    connections: int
    executions: int


@dataclass(frozen=True, slots=True)
class Host(FaultyMachine):
    """A real systemd host with root, deploy (sudo) and nosudo, all reachable with the fleet's key."""

    def furnish(self, public_key: str) -> None:
        """Give the mounted disk what is its own: machine id, host key, and the key that may log in."""
        (self.root / "etc/machine-id").write_text(uuid.uuid4().hex + "\n")
        (self.root / "etc/hostname").write_text(self.name + "\n")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        make_key(self.root / "etc/ssh/ssh_host_ed25519_key", self.name)
        for home in recipe.SSH_USERS.values():
            folder = self.root / home.lstrip("/") / ".ssh"
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / "authorized_keys").write_text(public_key)
            owner = folder.parent.stat()
            for path in (folder, folder / "authorized_keys"):
                os.chown(path, owner.st_uid, owner.st_gid)

    def ssh(self, user: str = "root") -> list[str]:
        """The words of an OpenSSH command line that logs in here: the fleet's key, strict, no question asked."""
        return ["ssh", "-F", str(self.folder / "ssh_config"), "-o", "BatchMode=yes", f"{user}@{self.name}"]

    def prove_login(self) -> None:
        """Log in once through the wire, as tests will; FleetError with the host's evidence when that fails."""
        try:
            run([*self.ssh(), "true"], timeout=30)
        except FleetError as error:
            raise FleetError(f"{error}\n{self.evidence()}") from error

    @property
    def host_key(self) -> str:
        """The public host key, `type base64`, as known_hosts wants it."""
        return " ".join((self.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text().split()[:2])

    def read(self, path: str) -> str:
        """The text of a file on the host."""
        return self.sh(f"cat -- {shlex.quote(path)}")

    def write(self, path: str, content: str | bytes, *, mode: int = 0o644) -> None:
        """Write a file on the host, with its folders."""
        data = content.encode() if isinstance(content, str) else content
        quoted = shlex.quote(path)
        script = f'mkdir -p -- "$(dirname -- {quoted})" && cat >{quoted} && chmod {mode:o} {quoted}'
        self._feed(script, data, path)

    def put(self, source: Path, path: str) -> None:
        """Copy a folder's content, or one file, of this machine to `path` on the host; owned by root there."""
        quoted = shlex.quote(path)
        if source.is_file():
            self.write(path, source.read_bytes(), mode=source.stat().st_mode & 0o777)
            return
        tar = ["tar", "-C", str(source), "--owner=0", "--group=0", "-cf", "-", "."]
        archive = subprocess.run(tar, stdout=subprocess.PIPE, check=True).stdout
        self._feed(f"mkdir -p {quoted} && tar -C {quoted} -xf -", archive, path)

    def exists(self, path: str) -> bool:
        """True when `path` is there (a dangling link is there)."""
        return self.run(["sh", "-c", 'test -e "$0" || test -L "$0"', path]).returncode == 0

    def systemctl(self, *words: str, check: bool = True) -> str:
        """Run systemctl on the host; its stdout."""
        return self.sh(shlex.join(["systemctl", "--no-pager", *words]), check=check)

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        """Properties of a unit as systemd prints them."""
        lines = self.systemctl("show", unit, *(f"--property={name}" for name in properties)).splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def journal(self, unit: str, lines: int = 50) -> str:
        """The last messages of a unit."""
        return self.sh(shlex.join(["journalctl", "--no-pager", "-o", "cat", "-u", unit, "-n", str(lines)]))

    def ssh_mark(self) -> str:
        """A mark in the journal: what sshd saw since then is what `ssh_counts` counts."""
        shown = self.sh("journalctl --sync; journalctl --no-pager -n 0 --show-cursor")
        return shown.split("-- cursor: ", 1)[1].strip()

    def ssh_counts(self, since: str) -> SshCounts:
        """Connections and executions that sshd logged since an `ssh_mark`."""
        by_sshd = ["_COMM=sshd", "+", "_COMM=sshd-session"]
        argv = ["journalctl", "--no-pager", "-o", "cat", "--after-cursor", since, *by_sshd]
        text = self.sh(f"journalctl --sync; {shlex.join(argv)}")
        return SshCounts(len(CONNECTION.findall(text)), len(EXECUTION.findall(text)))

    def _feed(self, script: str, data: bytes, path: str) -> None:
        done = self.run(script, stdin=data)
        if done.returncode != 0:
            raise FleetError(f"on {self.name}: could not write {path}: {done.stderr.decode(errors='replace').strip()}")
