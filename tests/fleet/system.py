"""The machine that fleets run on: commands, missing packages, processes and mounts. Everything here needs root."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast


class FleetError(Exception):
    """A fleet could not do what was asked; the message says why and what to do."""


# command -> the Debian package that brings it.
TOOLS = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "nft": "nftables",
    "nsenter": "util-linux",
    "mount": "mount",
}
# Kernel limits, raised where lower: every systemd holds several inotify instances, and the usual limit is 128.
LIMITS = {"fs/inotify/max_user_instances": 8192, "fs/inotify/max_user_watches": 524288}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def run(argv: Sequence[str], *, stdin: str | None = None, check: bool = True, timeout: float = 600) -> str:
    """Run `argv` on this machine and give its stdout; FleetError with both streams when it fails."""
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=timeout)
    if check and done.returncode != 0:
        raise FleetError(f"{' '.join(argv)} failed ({done.returncode}):\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def require_root() -> None:
    """FleetError unless this process is root."""
    if os.geteuid() != 0:
        raise FleetError("a fleet needs root (overlay mounts, network namespaces, systemd-nspawn): run this as root")


def raise_limits(limits: Mapping[str, int] = LIMITS, folder: Path = Path("/proc/sys")) -> None:
    """Raise each kernel limit to at least what is asked; until the next boot of this machine."""
    for name, least in limits.items():
        if int((folder / name).read_text()) < least:
            (folder / name).write_text(str(least))


def install_missing(tools: Mapping[str, str] = TOOLS) -> None:
    """Install with apt-get what `tools` (command -> package) this machine lacks."""
    missing = sorted({package for tool, package in tools.items() if shutil.which(tool) is None})
    if not KEYRING.exists():
        missing.append("debian-archive-keyring")
    if missing:
        apt_install(missing)


def apt_install(packages: Sequence[str]) -> None:
    """apt-get install `packages`, waiting for another apt; no questions asked."""
    if shutil.which("apt-get") is None:
        raise FleetError(f"no apt-get here (a fleet needs Debian or Ubuntu): install {', '.join(packages)} by hand")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    with locked(Path("/run/sockdeploy-fleet/apt.lock")):
        run([*apt, "update"])
        run([*apt, "install", "--no-install-recommends", *packages], timeout=1200)


def make_key(path: Path, comment: str) -> None:
    """A new ed25519 key pair without a passphrase: `path` and `path`.pub."""
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive flock(2) on `path`, waiting for whoever has it; a dead holder frees it by itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine for sure: its pid, and when the kernel started it (ticks since boot)."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has `pid` now, or None."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        return cls.parse(stat)

    @classmethod
    def parse(cls, stat: str) -> "Process | None":
        """From /proc/PID/stat: fields 1 and 22, where field 2, in parentheses, may hold anything; None for a zombie."""
        fields = stat.rpartition(")")[2].split()
        if len(fields) < 20 or fields[0] in "ZX":
            return None
        return cls(int(stat.split(" ", 1)[0]), int(fields[19]))

    @classmethod
    def me(cls) -> "Process":
        """This process."""
        return cast("Process", cls.of(os.getpid()))

    def alive(self) -> bool:
        """True while this very process runs (another one with the same pid is not it)."""
        return Process.of(self.pid) == self


def wait_until(true: Callable[[], bool], what: str, seconds: float, *, every: float = 0.05) -> None:
    """Ask until `true()`; FleetError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise FleetError(f"{what}: not within {seconds:g} s")
        time.sleep(every)


def mounts_under(path: Path) -> list[Path]:
    """Mount points at or below `path`, innermost first."""
    points = [line.split()[4].replace("\\040", " ") for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    inside = [Path(point) for point in points if Path(point).is_relative_to(path)]
    return inside[::-1]


def remove_tree(path: Path) -> None:
    """Unmount everything at or below `path`, then delete it; never crosses into what is still mounted."""
    for point in mounts_under(path):
        run(["umount", "--lazy", str(point)], check=False)
    if left := mounts_under(path):
        raise FleetError(f"still mounted, so nothing was deleted: {', '.join(map(str, left))}")
    run(["rm", "-rf", "--one-file-system", "--", str(path)])
