"""A service of one test's own on shared hosts: a name, root folder and port that no other test has."""

import itertools
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.apps import make_release, sample_units
from tests.fleet.host import Host

_numbers = itertools.count(1)
FIRST_PORT = 20000


@dataclass(frozen=True, slots=True)
class Site:
    """One service: `kind` of test app, unit name `service`, root /srv/SERVICE, its port on every address of a host."""

    kind: str
    service: str
    port: int
    folder: Path

    @property
    def root(self) -> str:
        """The plan's `root`."""
        return f"/srv/{self.service}"

    @property
    def listen(self) -> str:
        """What its socket listens on."""
        return f"0.0.0.0:{self.port}"

    @property
    def local_url(self) -> str:
        """Its health URL as seen from the host."""
        return f"http://127.0.0.1:{self.port}/healthz"

    def url(self, host: Host) -> str:
        """Its URL as seen from this machine."""
        return f"http://{host.address}:{self.port}/"

    def urls(self, hosts: Sequence[Host]) -> dict[str, str]:
        """For `Traffic`: URLs by host name."""
        return {host.name: self.url(host) for host in hosts}

    def units(self) -> dict[str, str]:
        """Its sample units: file name -> text."""
        return sample_units(self.kind, self.service, self.root, self.listen)

    def unit_files(self) -> list[Path]:
        """The same as files on this machine, for a plan's `units`."""
        folder = self.folder / "units"
        folder.mkdir(exist_ok=True)
        for name, text in self.units().items():
            (folder / name).write_text(text)
        return sorted(folder / name for name in self.units())

    def release(self, release: str, mode: str = "ok", *, only_on: Sequence[str] = ()) -> Path:
        """A release on this machine, for a plan's `artifact`."""
        return make_release(self.folder / "releases" / release, self.kind, release, mode, only_on=only_on)

    def install(self, host: Host, release: str, mode: str = "ok") -> None:
        """Put a release live on a host by hand, as another tool would: units, releases/ID, current, service."""
        made = make_release(self.folder / "by-hand" / f"{host.name}-{release}", self.kind, release, mode, stamp=True)
        host.put(made, f"{self.root}/releases/{release}")
        for name, text in self.units().items():
            host.write(f"/etc/systemd/system/{name}", text)
        host.sh(
            f"ln -sfn releases/{shlex.quote(release)} {self.root}/current && systemctl daemon-reload && "
            f"systemctl enable --now {self.service}.socket && systemctl enable {self.service}.service && "
            f"systemctl restart {self.service}.service"
        )

    def wipe(self, host: Host) -> None:
        """Leave nothing of it on a host: units, links, drop-ins, files, and what sockdeploy keeps about it."""
        name = shlex.quote(self.service)
        units = f"{name}.socket {name}.service"
        host.sh(
            f"systemctl stop {units} 'sockdeploy-{name}-*'; systemctl disable --quiet {units}; "
            f"systemctl reset-failed {units}; rm -rf /etc/systemd/system/{name}.* /run/systemd/system/{name}.* "
            f"/run/systemd/system/sockdeploy-{name}-* {self.root} /var/lib/sockdeploy/{name}; "
            "systemctl daemon-reload",
            check=False,
        )


def new_site(folder: Path, kind: str = "gunicorn") -> Site:
    """A site with a name and port of its own in this process; its releases and units lie in `folder`."""
    number = next(_numbers)
    return Site(kind, f"app-{os.getpid()}-{number}", FIRST_PORT + number, folder)
