"""One host as a machine: its disk (an overlay), its PID 1 (systemd under systemd-nspawn), commands run inside it."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.cgroup import Group
from tests.fleet.network import Network
from tests.fleet.system import FleetError, mounts_under, run, wait_until

# Joins its control groups ($0 is no argument), then runs systemd-nspawn again whenever the host rebooted (status 133).
SUPERVISE = """
while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done
shift
while :; do status=0; "$@" || status=$?; [ "$status" = 133 ] || exit "$status"; done
"""
NSPAWN = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=read-only", "--boot"]
NSPAWN += ["--resolv-conf=off", "--timezone=off", "--link-journal=no"]
NSPAWN_ENVIRONMENT = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_LOCK": "0"}
PROPAGATE = Path("/run/systemd/nspawn/propagate")
BOOTING = ("", "offline", "unknown", "initializing", "starting")


@dataclass(frozen=True, slots=True)
class Machine:
    """A systemd host. It holds no state of its own: everything is in files, so any process can use it at any time."""

    fleet: str
    folder: Path
    name: str
    number: int
    suite: str
    base: Path
    network: Network

    @property
    def address(self) -> str:
        """IPv4 address on the fleet's bridge."""
        return self.network.address(self.number)

    @property
    def namespace(self) -> str:
        """The name of its network namespace and control group, unique on the machine."""
        return f"{self.fleet}-{self.name}"

    @property
    def group(self) -> Group:
        """Its control group."""
        return Group(self.namespace)

    @property
    def log(self) -> Path:
        """What the console printed."""
        return self.folder / f"{self.name}.log"

    @property
    def root(self) -> Path:
        """The mounted root folder, as seen from outside (absolute links in it lead astray)."""
        return self.folder / "disk" / self.name / "root"

    def mount(self) -> None:
        """Mount the overlay: the base below, this host's own writes above."""
        layers = {layer: self.root.with_name(layer) for layer in ("root", "upper", "work")}
        for path in layers.values():
            path.mkdir(parents=True, exist_ok=True)
        options = f"lowerdir={self.base},upperdir={layers['upper']},workdir={layers['work']}"
        run(["mount", "-t", "overlay", self.namespace, "-o", options, str(self.root)])

    def start(self) -> None:
        """Start systemd on the mounted root, without waiting for it."""
        if self.group.populated():
            raise FleetError(f"{self.name} runs already")
        self.group.create()
        nspawn = [*NSPAWN, f"--directory={self.root}", f"--machine={self.namespace}", f"--hostname={self.name}"]
        nspawn += [f"--network-namespace-path=/run/netns/{self.namespace}"]
        supervise = ["setsid", "--fork", "/bin/sh", "-ec", SUPERVISE, "supervise", *map(str, self.group.folders), "--"]
        with self.log.open("ab") as log:
            environment, null = os.environ | NSPAWN_ENVIRONMENT, subprocess.DEVNULL
            subprocess.run([*supervise, *nspawn], stdin=null, stdout=log, stderr=log, env=environment, check=True)
        wait_until(self.group.populated, f"{self.name} was not started", 20, every=0.002)

    def up(self) -> bool:
        """True while the host has a PID 1."""
        return self.group.init() is not None

    def enter(self, user: str = "root") -> list[str]:
        """The words before a command that make it run inside the host, from / and with a plain environment."""
        init = self.group.init()
        if init is None:
            raise FleetError(f"{self.name} is not running")
        inside = ["nsenter", f"--target={init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        inside += ["env", "-i", "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        return inside if user == "root" else [*inside, "runuser", "-u", user, "--"]

    def run(
        self,
        command: str | Sequence[str],
        *,
        user: str = "root",
        stdin: bytes = b"",
        timeout: float = 60,
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run argv, or a text for sh, inside the host through its namespaces (no SSH); an exit status never raises."""
        argv = [*self.enter(user), *(["sh", "-c", command] if isinstance(command, str) else command)]
        return subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=timeout)

    def sh(self, script: str, *, user: str = "root", check: bool = True, timeout: float = 60) -> str:
        """Run a script for sh inside the host and give its stdout; FleetError with both streams when it fails."""
        done = self.run(script, user=user, timeout=timeout)
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if check and done.returncode != 0:
            raise FleetError(f"on {self.name}: {script}\nfailed ({done.returncode}):\n{out}{err}".rstrip())
        return out

    def exec(self, argv: Sequence[str], user: str = "root") -> int:
        """Run argv on this terminal inside the host; its exit status."""
        return subprocess.run([*self.enter(user), *argv], check=False).returncode

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until every unit has started; FleetError with all that is known otherwise."""
        try:
            wait_until(self._booted, f"{self.name} did not come up", seconds)
            self._refuse_failed_units()
        except FleetError as error:
            raise FleetError(f"{error}\n{self.evidence()}") from error

    def evidence(self) -> str:
        """The end of console and journal, for messages about a host that misbehaves."""
        console = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "(none)"
        journal = self.sh("journalctl -b --no-pager -n 30", check=False) if self.up() else "(not running)"
        return f"--- console of {self.name}\n{console}\n--- journal of {self.name}\n{journal}"

    def poweroff(self, seconds: float = 30) -> None:
        """Shut the host down in order; its disk stays."""
        self.run(["systemctl", "--no-block", "poweroff"])
        wait_until(lambda: not self.group.populated(), f"{self.name} did not power off", seconds)

    def pull_plug(self) -> None:
        """Stop the host at once, nothing told, nothing flushed; its disk stays."""
        self.group.remove()

    def boot(self) -> None:
        """Start a host that is off, and wait until it is ready."""
        self.start()
        self.wait_ready()

    def reboot(self) -> None:
        """Restart the host in order, and wait until it is ready again."""
        before = self.group.init()
        self.run(["systemctl", "--no-block", "reboot"])
        wait_until(lambda: self.group.init() not in {before, None}, f"{self.name} did not restart", 30)
        self.wait_ready()

    def remove(self) -> None:
        """Stop it and take disk, wire and control group away; no error for what is gone already."""
        self.group.remove()
        for point in mounts_under(self.root):
            run(["umount", "--lazy", str(point)], check=False)
        self.network.unplug(self.number, self.namespace)
        run(["rm", "-rf", "--one-file-system", str(PROPAGATE / self.namespace)])

    def _refuse_failed_units(self) -> None:
        if failed := self.sh("systemctl --failed --no-legend --plain"):
            raise FleetError(f"{self.name} came up with failed units:\n{failed}")

    def _booted(self) -> bool:
        """True when systemd has finished booting, well or not; FleetError when the host has died."""
        if not self.group.populated():
            raise FleetError(f"{self.name} died while it booted")
        return self.up() and self.sh("systemctl is-system-running", check=False).strip() not in BOOTING
