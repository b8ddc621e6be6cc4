"""The control group of one host: it holds every process of that host and nothing else.

Hosts that shared a group would kill, count and wait for each other's services; and a group is the one sure way to find
all that a crashed run left behind: nothing in it can leave it, while pids are used again.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.system import FleetError, wait_until

MOUNT = Path("/sys/fs/cgroup")
PARENT = "sockdeploy-fleet"


@dataclass(frozen=True, slots=True)
class Group:
    """The version 2 group `sockdeploy-fleet/NAME`; with both versions, also its twin for systemd."""

    name: str

    @property
    def folder(self) -> Path:
        """The version 2 folder; FleetError on a machine without version 2."""
        for root in (MOUNT / "unified", MOUNT):
            if (root / "cgroup.controllers").exists():
                return root / PARENT / self.name
        raise FleetError(f"no version 2 control groups at {MOUNT}: mount -t cgroup2 none {MOUNT}/unified")

    @property
    def folders(self) -> list[Path]:
        """All its folders."""
        named = MOUNT / "systemd"
        return [self.folder, *([named / PARENT / self.name] if (named / "cgroup.procs").exists() else [])]

    def create(self) -> None:
        """Make it."""
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)

    def populated(self) -> bool:
        """True while any process is in it."""
        return "populated 1" in self._events()

    def init(self) -> int | None:
        """The machine's pid of the host's PID 1, while there is one; systemd-nspawn puts the host below `payload`."""
        for scope in ("payload/init.scope", "payload"):
            with contextlib.suppress(FileNotFoundError):
                for pid in (self.folder / scope / "cgroup.procs").read_text().split():
                    if _is_first_of_its_namespace(pid):
                        return int(pid)
        return None

    def freeze(self) -> None:
        """Stop every process in it where it stands."""
        self._set_frozen("1")

    def thaw(self) -> None:
        """Let frozen processes go on."""
        self._set_frozen("0")

    def remove(self) -> None:
        """SIGKILL to every process in it at once, wait until they are gone, and remove it with all below.

        A group that was killed must not be used again: the kernel kills what is cloned from it into new groups below.
        """
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "cgroup.kill").write_text("1")
            wait_until(lambda: not self.populated(), f"{self.name} did not die", 20, every=0.005)
        for top in self.folders:
            for folder, _, _ in os.walk(top, topdown=False):
                Path(folder).rmdir()

    def _set_frozen(self, wanted: str) -> None:
        (self.folder / "cgroup.freeze").write_text(wanted)
        wait_until(lambda: f"frozen {wanted}" in self._events(), f"{self.name} did not freeze or thaw", 10)

    def _events(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "cgroup.events").read_text()
        return ""


def _is_first_of_its_namespace(pid: str) -> bool:
    """True for the PID 1 of a PID namespace below this machine's."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{pid}/status").read_text()
        ids = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
        return len(ids) > 1 and ids[-1] == "1"
    return False
