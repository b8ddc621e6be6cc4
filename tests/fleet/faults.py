"""Faults that can be made on a real host, and their way back. `mend` ends all of them."""

import contextlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from tests.fleet.machine import Machine
from tests.fleet.system import FleetError, run

OWN_SSHD_CONFIG = "/etc/ssh/sshd_config.d/00-chosen.conf"
MARK = "/run/fleet-faults"

# The content stays visible: it is copied onto a file system that then has `$3` KiB left.
FULL_DISK = """
set -e
mkdir -p "$1" "$2"
used=$(du -sk "$1" | cut -f1)
mount -t tmpfs -o "mode=$(stat -c %a "$1"),uid=$(stat -c %u "$1"),gid=$(stat -c %g "$1")" fault "$2"
cp -a "$1/." "$2/"
mount -o "remount,size=$((used + $3 + 4))k" "$2"
left=$(df -k --output=avail "$2" | tail -1)
[ "$left" -le "$3" ] || head -c "$(((left - $3) * 1024))" /dev/zero >"$2/.filler" || :
mount --move "$2" "$1" 2>/dev/null || { mount --bind "$2" "$1"; umount "$2"; }
"""


@dataclass(frozen=True, slots=True)
class FaultyMachine(Machine):
    """A machine that can be cut off, starved, frozen and slowed down."""

    def partition(self) -> None:
        """Drop every packet from and to the host, silently, as a broken route does; its processes live on."""
        self.network.mute(self.number)

    def link_down(self) -> None:
        """Pull the network cable: whoever connects soon learns that there is no way."""
        run(["ip", "link", "set", self.network.veth(self.number), "down"])

    def heal(self) -> None:
        """End `partition`, `link_down` and `thin_link`."""
        veth = self.network.veth(self.number)
        self.network.unmute(self.number)
        run(["ip", "link", "set", veth, "up"], check=False)
        run(["tc", "qdisc", "delete", "dev", veth, "root"], check=False)

    def thin_link(self, kbit: int) -> None:
        """Let at most `kbit` kilobits per second through to the host."""
        tbf = ["tbf", "rate", f"{kbit}kbit", "burst", "32kb", "latency", "200ms"]
        run(["tc", "qdisc", "replace", "dev", self.network.veth(self.number), "root", *tbf])

    def freeze(self) -> None:
        """Stop every process of the host where it stands; its kernel goes on accepting connections."""
        self.group.freeze()

    def thaw(self) -> None:
        """Let them go on."""
        self.group.thaw()

    def full_disk(self, path: str, *, free_kib: int = 0) -> None:
        """Leave `free_kib` KiB on the file system below a folder; what the folder holds stays readable."""
        aside = f"/run/fleet-disk/{path.strip('/').replace('/', '-')}"
        self._fault(["sh", "-c", FULL_DISK, "full-disk", path, aside, str(free_kib)], path)

    def read_only(self, path: str) -> None:
        """Make a folder and all below it read-only."""
        quoted = shlex.quote(path)
        self._fault(["sh", "-c", f"mount --bind {quoted} {quoted} && mount -o remount,ro,bind {quoted}"], path)

    def mend_disk(self, path: str) -> None:
        """End `full_disk` or `read_only` of a folder; what was written meanwhile on a full disk is gone."""
        self.sh(f"umount -l {shlex.quote(path)}")

    def sshd_config(self, text: str) -> None:
        """Put `text` before all other settings of sshd and reload it; an empty text takes it back."""
        own = shlex.quote(OWN_SSHD_CONFIG)
        self.sh(f"printf '%s\\n' {shlex.quote(text)} >{own}" if text else f"rm -f {own}")
        self.sh("sshd -t && systemctl reload ssh.service")

    def mend(self) -> None:
        """End every fault; boots the host if it is off."""
        self.heal()
        if not self.group.populated():
            self.boot()
        self.thaw()
        faults = self.sh(f"cat {MARK} 2>/dev/null || :").splitlines()
        for path in reversed(faults):
            with contextlib.suppress(FleetError):
                self.mend_disk(path)
        self.sh(f"rm -f {MARK}; systemctl is-active -q ssh.service || systemctl start ssh.service")
        if self.run(["test", "-e", OWN_SSHD_CONFIG]).returncode == 0:
            self.sshd_config("")

    def _fault(self, argv: list[str], path: str) -> None:
        done = self.run(argv)
        if done.returncode != 0:
            raise FleetError(f"on {self.name}: no fault at {path}: {done.stderr.decode(errors='replace').strip()}")
        self.sh(f"printf '%s\\n' {shlex.quote(path)} >>{MARK}")


# What the command line offers: name -> (act, what it wants besides the host).
FAULTS: dict[str, Callable[[FaultyMachine, list[str]], None]] = {
    "partition": lambda host, _: host.partition(),
    "link-down": lambda host, _: host.link_down(),
    "thin-link": lambda host, words: host.thin_link(int(words[0])),
    "freeze": lambda host, _: host.freeze(),
    "full-disk": lambda host, words: host.full_disk(words[0]),
    "read-only": lambda host, words: host.read_only(words[0]),
    "pull-plug": lambda host, _: host.pull_plug(),
    "poweroff": lambda host, _: host.poweroff(),
    "boot": lambda host, _: host.boot(),
    "reboot": lambda host, _: host.reboot(),
    "mend": lambda host, _: host.mend(),
}
