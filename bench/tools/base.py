"""What every measured tool can do, and what a deploy needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.fleet import Fleet, Host
from tests.fleet.site import Site

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a tool deploys: a service of its own on every host.

    `content` is the release's folder on this machine, `folder` the tool's own for what it writes, `user` who logs in
    (root, or deploy with sudo).
    """

    fleet: Fleet
    site: Site
    content: Path
    folder: Path
    user: str

    @property
    def hosts(self) -> Sequence[Host]:
        """Where to."""
        return self.fleet.hosts

    @property
    def variables(self) -> dict[str, str]:
        """What the other tools' files are given: one word each."""
        return {
            "SERVICE": self.site.service, "ROOT": self.site.root, "URL": self.site.local_url,
            "CONTENT": str(self.content), "WORK": str(self.folder), "SSH_USER": self.user,
            "SUDO": "" if self.user == "root" else "sudo -n", "SSH_CONFIG": str(self.fleet.ssh_config),
            "KEY": str(self.fleet.key), "KNOWN_HOSTS": str(self.fleet.known_hosts),
            "HOSTS": " ".join(host.name for host in self.hosts), "INSTALL": str(FILES / "install.sh"),
        }  # fmt: skip


def packing(*words: str) -> list[str]:
    """A command line that first packs the release, as a tool that takes an archive needs it, and then runs `words`."""
    return ["sh", "-c", 'tar -C "$CONTENT" -cf "$WORK/release.tar" . && exec "$@"', "pack", *words]


class Tool(Protocol):
    """A tool with its way to deploy."""

    @property
    def name(self) -> str:
        """As the table names it."""
        ...

    def prepare(self, stage: Stage) -> None:
        """Write what a user has in a repository before deploying; not measured."""
        ...

    def command(self, stage: Stage, release: str) -> tuple[list[str], dict[str, str]]:
        """The command line that deploys `release` and ends when every host has answered, and its environment."""
        ...
