"""One service that every host runs in its own way: gunicorn, node, a compiled program; each release holds them all."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fleet import Host
from tests.fleet.apps.releases import FILES, GUNICORN
from tests.fleet.site import Site
from tests.fleet.system import apt_install, run

SOURCE = Path(__file__).parent / "service.c"
BINARY = "service"
PYTHON_AND_NODE = ("service.py", "service.js")


@dataclass(frozen=True, slots=True)
class Mixture:
    """A site whose hosts run `kinds` (host name -> gunicorn, node or binary) of the same releases."""

    site: Site
    kinds: Mapping[str, str]

    def release(self, release: str) -> Path:
        """A release with every program in it."""
        return self._complete(self.site.release(release))

    def install(self, hosts: Sequence[Host], release: str) -> None:
        """Have a release live on every host, as another tool left it, each with its own kind of unit."""
        made = self.release(f"{release}-by-hand")
        (made / "RELEASE").write_text(f"{release}\n")
        for host in hosts:
            self._install(host, made, release)

    def _install(self, host: Host, made: Path, release: str) -> None:
        site, kind = self.site, self.kinds[host.name]
        host.put(made, f"{site.root}/releases/{release}")
        for name, text in replace(site, kind="gunicorn" if kind == "binary" else kind).units().items():
            host.write(f"/etc/systemd/system/{name}", self._unit(text) if kind == "binary" else text)
        host.sh(
            f"ln -sfn releases/{release} {site.root}/current && systemctl daemon-reload && "
            f"systemctl enable --now {site.service}.socket && systemctl enable --now {site.service}.service"
        )

    def _unit(self, text: str) -> str:
        """The same unit for the compiled program, which has nothing to say to systemd."""
        return text.replace(GUNICORN, f"{self.site.root}/current/{BINARY}").replace("Type=notify", "Type=exec")

    def _complete(self, folder: Path) -> Path:
        for name in PYTHON_AND_NODE:
            shutil.copy(FILES / name, folder / name)
        shutil.copy(_compiled(self.site.folder / BINARY), folder / BINARY)
        return folder


def _compiled(path: Path) -> Path:
    """The compiled program, made once; without a compiler on this machine one is installed first."""
    if not path.exists():
        if shutil.which("cc") is None or not Path("/usr/include/stdio.h").exists():
            apt_install(["gcc", "libc6-dev"])
        # Static: the hosts' libraries are those of other suites.
        run(["cc", "-Wall", "-Wextra", "-O1", "-static", "-o", str(path), str(SOURCE)])
    return path
