"""What a fleet writes down before it exists, so that a later process can find it, use it, or clean up after a crash."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fleet.system import Process

STATE = Path("/run/sockdeploy-fleet")
RECORD = "record.json"


@dataclass(frozen=True, slots=True)
class HostRecord:
    """One host of a fleet: its name, Debian suite, IPv4 address, and the base tree under its overlay."""

    name: str
    suite: str
    address: str
    base: str


@dataclass(frozen=True, slots=True)
class Record:
    """One fleet: who owns it (None: kept until `down`), since when (Unix seconds), which subnet, which hosts."""

    name: str
    subnet: int
    owner: Process | None
    boot: str
    since: float
    hosts: tuple[HostRecord, ...]

    @property
    def folder(self) -> Path:
        """The fleet's folder: record, keys, known_hosts, logs, and the disks of its hosts."""
        return STATE / self.name

    def abandoned(self) -> bool:
        """True when its owner is gone, or the machine was booted since."""
        return self.boot != boot_id() or (self.owner is not None and not self.owner.alive())

    def write(self) -> None:
        """Write it to its folder by rename, so that nobody reads half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f".{RECORD}"
        fresh.write_text(json.dumps(asdict(self), indent=1))
        fresh.rename(self.folder / RECORD)


def boot_id() -> str:
    """Changes with every boot of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def new_record(name: str, subnet: int, owner: Process | None, hosts: tuple[HostRecord, ...]) -> Record:
    """A record of now."""
    return Record(name, subnet, owner, boot_id(), time.time(), hosts)


def read_record(folder: Path) -> Record | None:
    """The record in a fleet's folder; None when there is none."""
    try:
        raw = json.loads((folder / RECORD).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    owner = Process(**raw["owner"]) if raw["owner"] else None
    hosts = tuple(HostRecord(**host) for host in raw["hosts"])
    return Record(raw["name"], raw["subnet"], owner, raw["boot"], raw["since"], hosts)


def all_records() -> list[Record]:
    """Every fleet this machine knows of, up or abandoned, by name."""
    if not STATE.is_dir():
        return []
    return [record for folder in sorted(STATE.iterdir()) if (record := read_record(folder))]
