"""A service as many hosts have it before sockdeploy: it holds its port by itself, and nothing of it is a release."""

from dataclasses import dataclass

from tests.fleet.apps import make_release
from tests.fleet.host import Host
from tests.fleet.site import Site

UNIT = """\
[Unit]
Description={service}, as somebody wrote it years ago
After=network.target

[Service]
Type=notify
User=app
Environment=HOST={address} PORT={port}
WorkingDirectory={folder}
ExecStart=/usr/bin/python3 -B service.py
TimeoutStopSec=20

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True)
class Alone:
    """A site's service on one host, listening on the site's port with a socket of its own; it answers `old`."""

    site: Site
    host: Host

    @property
    def unit(self) -> str:
        """Its unit."""
        return f"{self.site.service}.service"

    def install(self, address: str = "0.0.0.0", port: int = 0, *, linked: bool = False, enabled: bool = True) -> None:
        """Install and start it, on the site's port or another; `linked`: it runs what root/current leads to."""
        folder = f"{self.site.root}/{'releases/old' if linked else 'by-hand'}"
        made = self.site.folder / f"alone-{self.host.name}"
        self.host.put(make_release(made, "python", "old", stamp=True), folder)
        if linked:
            self.host.sh(f"ln -sfn releases/old {self.site.root}/current")
            folder = f"{self.site.root}/current"
        text = UNIT.format(service=self.site.service, address=address, port=port or self.site.port, folder=folder)
        self.host.write(f"/etc/systemd/system/{self.unit}", text)
        enable = f"systemctl enable --quiet {self.unit}" if enabled else "true"
        self.host.sh(f"systemctl daemon-reload && {enable} && systemctl start {self.unit}")

    def standing(self) -> str:
        """All that a move changes and its undoing puts back: units, links that enable them, `current`, the listener."""
        name = self.site.service
        return self.host.sh(
            f"cd /etc/systemd/system && sha256sum {name}.*; stat -c '%n %a %U %Y' {name}.*; "
            f"find /etc/systemd/system /run/systemd/system -path '*{name}*' | sort; "
            f"systemctl show -p LoadState,ActiveState,UnitFileState,NeedDaemonReload {name}.service {name}.socket; "
            f"ls -l --time-style=+ {self.site.root}; ss -HltnpO 'sport = :{self.site.port}' | grep -c systemd",
            check=False,
        )
