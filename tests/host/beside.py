"""A second instance beside a stand's live one: begin, peek, dismiss, and what must not change meanwhile."""

import json
from dataclasses import dataclass

from deployer.host.copy import Kind, copies, copy_name, privates
from deployer.host.facts import Failure
from deployer.host.receipts import Second
from deployer.host.second import Begin, Dismiss, Peek
from deployer.host.wanted import Wanted
from tests.host.stand import Stand


@dataclass(frozen=True, slots=True)
class Beside:
    """Runs `release` beside what is live on the stand."""

    stand: Stand
    kind: Kind = Kind.BRIDGE
    release: str = "v2"
    cover: int = 0

    @property
    def unit(self) -> str:
        """The copy's unit name."""
        return f"{copy_name(self.kind, self.stand.site.service)}.service"

    def attempt(self, *, timeout: int = 15) -> Second | Failure:
        """Start it; give how it started, or why not."""
        stand, site = self.stand, self.stand.site
        found = stand.inspect()
        wanted = Wanted(site.service, site.root, stand.socket, release=self.release, cover=self.cover)
        private = privates(found, wanted) if self.kind is Kind.REHEARSAL else ()
        units = copies(self.kind, found, wanted)
        return stand.door.attempt(
            Begin(
                site.service, site.root, self.release, self.kind, units, private, stand.socket, stand.listeners, timeout
            )
        )

    def begin(self) -> Second:
        """Start it; that must end well."""
        got = self.attempt()
        assert isinstance(got, Second), f"{got.code}: {got.detail}\n{got.journal}"
        return got

    def peek(self) -> Second:
        """Look at it."""
        return self.stand.door.do(Peek(self.stand.site.service, self.kind))

    def dismiss(self, kind: str = "", *, timeout: int = 15) -> Second:
        """Stop it."""
        stand = self.stand
        act = Dismiss(stand.site.service, kind or self.kind, stand.socket, stand.listeners, timeout)
        return stand.door.do(act)

    def state(self) -> dict[str, str]:
        """What nobody may touch while it runs: the live run, and its listener."""
        shown = self.stand.host.show(self.stand.unit, "MainPID", "InvocationID")
        return shown | {"inode": self.stand.inspect().inode}

    def held(self) -> set[str]:
        """The sockets that the copy's main process has open."""
        pid = self.peek().look.pid
        return set(self.stand.host.sh(f"readlink /proc/{pid}/fd/* | grep ^socket", check=False).split())

    def answering(self, url: str = "", count: int = 30) -> set[str]:
        """Which releases answer, asked in parallel."""
        url = url or self.stand.site.local_url
        text = self.stand.host.sh(f"curl -s -m 5 -Z --parallel-max {count} '{url}?[1-{count}]'")
        return {json.loads("{" + piece + "}")["release"] for piece in text.strip("{}").split("}{")}

    def left(self) -> str:
        """Everything of a copy that is on the host."""
        name = self.unit.removesuffix(f"-{self.kind}.service")
        return self.stand.host.sh(
            f"ls -d /run/systemd/system/{name}* /run/sockdeploy-rehearsal; "
            f"systemctl list-units --all --plain --no-legend '{name}*'",
            check=False,
        )
