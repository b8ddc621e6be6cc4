"""A fleet: hosts on one bridge, with their keys; boots all at once, goes away with its `with` block or its owner."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fleet.base import base_trees
from tests.fleet.host import Host
from tests.fleet.network import Network, free_network
from tests.fleet.record import STATE, HostRecord, Record, all_records, new_record, read_record
from tests.fleet.system import (
    FleetError,
    Process,
    install_missing,
    locked,
    make_key,
    raise_limits,
    remove_tree,
    require_root,
    run,
)

LOCK = STATE / "fleets.lock"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
MOST_HOSTS = 200
WIRES_CUT = (
    "{last} cannot reach {first} on port 22: something on this machine drops packets on bridge {bridge}. A container "
    "engine does so (FORWARD policy DROP, net.bridge.bridge-nf-call-iptables=1): set that sysctl to 0, "
    "or start it with --iptables=false --bridge=none"
)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Real systemd hosts by name (`web-1`, `web-2`, …), in order; see `boot` and `attach`."""

    record: Record

    @classmethod
    def boot(cls, name: str, suites: Sequence[str], *, packages: Sequence[str] = (), keep: bool = False) -> "Fleet":
        """Boot one host per entry of `suites` and wait until all are ready.

        The fleet belongs to this process: when the process is gone, the next boot of any fleet cleans it up. With
        `keep` it stays until `python3 -m tests.fleet down`. FleetError, with console and journal, when it cannot boot.
        """
        require_root()
        raise_limits()
        install_missing()
        _check(name, suites)
        bases = base_trees(suites, packages)
        with locked(LOCK):
            sweep()
            _refuse_taken(name)
            fleet = cls._reserve(name, suites, bases, keep=keep)
        fleet.start()
        return fleet

    @classmethod
    def attach(cls, name: str) -> "Fleet":
        """A fleet that is up already, booted by whichever process."""
        record = read_record(STATE / name)
        if record is None or record.abandoned():
            up = ", ".join(record.name for record in all_records() if not record.abandoned()) or "none"
            raise FleetError(f"no fleet {name!r} is up (up: {up}): `python3 -m tests.fleet up` boots one")
        return cls(record)

    @property
    def name(self) -> str:
        """The fleet's name."""
        return self.record.name

    @property
    def folder(self) -> Path:
        """Its folder; in it `key`, `key.pub`, `known_hosts`, `ssh_config` and each host's console log."""
        return self.record.folder

    @property
    def network(self) -> Network:
        """Bridge and subnet."""
        return Network(self.record.subnet)

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts, in order."""
        made = enumerate(self.record.hosts)
        return tuple(Host(self.name, self.folder, h.name, n, h.suite, Path(h.base), self.network) for n, h in made)

    @property
    def key(self) -> Path:
        """The private key that root, deploy and nosudo accept on every host."""
        return self.folder / "key"

    @property
    def known_hosts(self) -> Path:
        """Every host's own key, by address and by name, for strict checking."""
        return self.folder / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F`: the hosts by name, strict."""
        return self.folder / "ssh_config"

    def __getitem__(self, name: str) -> Host:
        """A host by name."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise FleetError(f"no host {name!r} in fleet {self.name!r}: it has {', '.join(h.name for h in self.hosts)}")

    def __iter__(self) -> Iterator[Host]:
        """The hosts, in order."""
        return iter(self.hosts)

    def __len__(self) -> int:
        """How many hosts."""
        return len(self.record.hosts)

    def __enter__(self) -> Self:
        """Itself: it is up since `boot`."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Take it down."""
        self.down()

    def down(self) -> None:
        """Stop the hosts and remove every trace; no error for what is gone already."""
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(Host.remove, self.hosts))
        self.network.remove()
        remove_tree(self.folder)

    @classmethod
    def _reserve(cls, name: str, suites: Sequence[str], bases: Mapping[str, Path], *, keep: bool) -> "Fleet":
        """Choose a network and write the record first of all: whatever happens next can be cleaned up."""
        network = free_network()
        hosts = tuple(
            HostRecord(f"web-{n + 1}", suite, network.address(n), str(bases[suite])) for n, suite in enumerate(suites)
        )
        fleet = cls(new_record(name, network.number, None if keep else Process.me(), hosts))
        fleet.record.write()
        network.create()
        return fleet

    def start(self) -> None:
        """Boot all hosts at once and wait; when one does not come up, take all down and say why. `boot` has done it."""
        try:
            self._make_disks()
            self._boot_hosts()
            self._prove_wires()
        except BaseException:
            self.down()
            raise

    def _make_disks(self) -> None:
        disk = self.folder / "disk"
        disk.mkdir()
        # An overlay's upper layer may lie on tmpfs always, on another overlay never.
        run(["mount", "-t", "tmpfs", "-o", "mode=0755,size=75%", f"fleet-{self.name}", str(disk)])
        make_key(self.key, f"fleet-{self.name}")

    def _boot_hosts(self) -> None:
        public_key = self.key.with_suffix(".pub").read_text()
        for host in self.hosts:
            host.network.plug(host.number, host.namespace)
            host.mount()
            host.furnish(public_key)
            host.start()
        self.known_hosts.write_text("".join(f"{h.address},{h.name} {h.host_key}\n" for h in self.hosts))
        self.ssh_config.write_text(_ssh_config(self))
        for host in self.hosts:
            host.wait_ready()
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(Host.prove_login, self.hosts))

    def _prove_wires(self) -> None:
        """One connection from the last host to the first: a machine's packet filter may cut host from host."""
        first, last = self.hosts[0], self.hosts[-1]
        done = last.run(["timeout", "5", "bash", "-c", f"exec 3<>/dev/tcp/{first.address}/22"])
        if done.returncode != 0:
            raise FleetError(WIRES_CUT.format(last=last.name, first=first.name, bridge=self.network.bridge))


def sweep() -> list[str]:
    """Remove every fleet whose owner is gone; their names. Call it while holding the fleets' lock."""
    abandoned = [record for record in all_records() if record.abandoned()]
    for record in abandoned:
        Fleet(record).down()
    return [record.name for record in abandoned]


def _check(name: str, suites: Sequence[str]) -> None:
    if not NAME.fullmatch(name):
        raise FleetError(f"{name!r} is no name for a fleet: expected small letters, digits and '-', at most 30")
    if not 1 <= len(suites) <= MOST_HOSTS:
        raise FleetError(f"a fleet has 1 to {MOST_HOSTS} hosts, not {len(suites)}")


def _refuse_taken(name: str) -> None:
    record = read_record(STATE / name)
    if record is not None:
        owner = f"process {record.owner.pid}" if record.owner else "kept"
        raise FleetError(
            f"fleet {name!r} is up ({owner}): another name, or `python3 -m tests.fleet down --name {name}`"
        )
    remove_tree(STATE / name)


def _ssh_config(fleet: Fleet) -> str:
    """Names for people: `ssh -F …/ssh_config web-1`."""
    hosts = "".join(f"Host {h.name}\n  HostName {h.address}\n\n" for h in fleet.hosts)
    common = (
        f"Host *\n  User root\n  IdentityFile {fleet.key}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {fleet.known_hosts}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n"
        "  KexAlgorithms curve25519-sha256\n  LogLevel ERROR\n  ConnectTimeout 10\n"
    )
    return hosts + common
