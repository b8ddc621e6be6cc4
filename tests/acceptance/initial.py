"""Services on the fleet deployed by the files that `sockdeploy init` writes, as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.deployment import QUICK_HEALTH, Deployment
from tests.cli import sockdeploy
from tests.fleet import Fleet, Host
from tests.fleet.site import Site

PACKAGES = ("haproxy",)
"""What hosts of a wrapped service need."""

OWN_PORT = 3000


def begun(site: Site, fleet: Fleet, hosts: Sequence[Host], *words: str) -> Deployment:
    """Have init write the files of a site into its folder, and make a deployment of its plan.

    Over its plan is laid how to log in, how long a host must be good, that all hosts change at once, and the artifact.
    """
    site.folder.mkdir(exist_ok=True)
    inventory = ",".join(f"{host.name}={host.address}" for host in hosts)
    ended = sockdeploy("init", "--service", site.service, "--hosts", inventory, "--folder", site.folder, *words)
    assert ended.code == 0, ended.err
    app = Deployment(site, fleet, list(hosts), site.folder)
    app.changes = _plan(site.folder, app)
    return app


def _plan(folder: Path, app: Deployment) -> dict[str, Any]:
    keys: dict[str, Any] = yaml.safe_load((folder / "plan.yml").read_text())
    del keys["artifact"]  # which release it is changes
    keys["gates"]["health"].update(QUICK_HEALTH)
    return {**keys, "ssh": app.ssh(), "waves": [{"name": "all", "hosts": "rest", "max_parallel": 4}]}


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A service that listens by itself, behind HAProxy."""

    app: Deployment

    @classmethod
    def begin(cls, site: Site, fleet: Fleet) -> "Wrapped":
        """Have init write its files, for every host of a fleet."""
        words = ["--kind", "binary", "--run", "/usr/bin/python3 -B service.py"]
        words += ["--listen", site.listen, "--wrap", f"127.0.0.1:{OWN_PORT}"]
        return cls(begun(site, fleet, fleet.hosts, *words))

    @property
    def proxy(self) -> str:
        """The unit of its proxy."""
        return f"{self.app.site.service}-proxy.service"

    def clean(self) -> None:
        """Leave nothing of it on any host; the proxy stops with its socket."""
        self.app.clean()
        for host in self.app.hosts:
            host.sh(f"rm -f /etc/systemd/system/{self.proxy} && systemctl daemon-reload")
