"""One service on one host of the fleet, driven act by act: what a rollout does, without the rollout."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from deployer.host import acts
from deployer.host.facts import Failure
from deployer.host.inspection import Inspection
from deployer.host.listeners import kernel_forms
from deployer.host.preflight import Wanted, refusals
from deployer.host.receipts import Activation, Pruned
from deployer.host.unitfile import UnitFile
from deployer.host.words import history_line
from tests.fleet.host import Host
from tests.fleet.site import Site
from tests.host.door import Artifact, Door


@dataclass(frozen=True, slots=True)
class Stand:
    """A site on a host and the user who deploys it."""

    host: Host
    site: Site
    user: str = "deploy"

    @property
    def door(self) -> Door:
        """The way to the host."""
        return Door(self.host, self.user)

    @property
    def socket(self) -> str:
        """The socket unit's name."""
        return f"{self.site.service}.socket"

    @property
    def unit(self) -> str:
        """The service unit's name."""
        return f"{self.site.service}.service"

    @property
    def listeners(self) -> tuple[str, ...]:
        """Where it listens, in kernel form."""
        return kernel_forms([self.site.listen])

    @property
    def units(self) -> tuple[UnitFile, ...]:
        """Its sample units, as a plan brings them."""
        return tuple(UnitFile(name, text) for name, text in self.site.units().items())

    def artifact(self, release: str, mode: str = "ok") -> Artifact:
        """Make a release and pack it."""
        folder = self.site.release(release, mode)
        return Artifact.of({path.name: path.read_bytes() for path in sorted(folder.iterdir())})

    def inspect(
        self, release: str | None = None, digest: str | None = None, *, units: tuple[UnitFile, ...] = ()
    ) -> Inspection:
        """Look at everything; this also brings the program along."""
        return self.door.do(acts.Inspect(self.site.service, self.site.root, self.socket, release, digest, None, units))

    def codes(self, **wanted: object) -> set[str]:
        """Inspect, and give the codes of what speaks against a rollout."""
        whole = Wanted(self.site.service, self.site.root, self.socket, **wanted)  # type: ignore[arg-type]  # plain words
        found = self.inspect(whole.release, whole.digest, units=whole.units)
        return {finding.code for finding in refusals(found, whole)}

    def stage(self, release: str, mode: str = "ok", **more: object) -> str:
        """Stage a release; give its digest."""
        packed = self.artifact(release, mode)
        self.door.do(packed.stage(self.site.service, self.site.root, release, **more), packed.stream)
        return packed.digest

    def activation(
        self, release: str, *, units: tuple[UnitFile, ...] = (), guard: bool = True, timeout: int = 15
    ) -> acts.Activate:
        """Give the act that makes a release live."""
        return acts.Activate(
            self.site.service,
            self.site.root,
            release,
            "r-" + release,
            self.socket,
            self.listeners,
            "v1",
            units,
            guard,
            timeout=timeout,
        )

    def activate(self, release: str, *, units: tuple[UnitFile, ...] = ()) -> Activation:
        """Make a release live; that must end well."""
        return self.door.do(self.activation(release, units=units))

    def confirm(self, release: str, keep: int | None = None) -> bool:
        """Confirm it; whether there is something to prune then."""
        line = history_line(release=release, outcome="confirmed")
        act = acts.Confirm(
            self.site.service, self.site.root, release, "r-" + release, self.socket, self.listeners, line, keep
        )
        return self.door.do(act)

    def try_revert(self) -> Activation | Failure:
        """Revert the host."""
        line = history_line(outcome="reverted")
        act = acts.Revert(self.site.service, self.site.root, "r", self.socket, self.listeners, line, 15)
        return self.door.attempt(act)

    def revert(self) -> Activation:
        """Revert the host; that must end well."""
        got = self.try_revert()
        assert isinstance(got, Activation), got
        return got

    def unstage(self, release: str) -> bool:
        """Remove a staged release."""
        return self.door.do(acts.Unstage(self.site.service, self.site.root, release))

    def prune(self, keep: int) -> Pruned:
        """Remove old releases."""
        return self.door.do(acts.Prune(self.site.service, self.site.root, keep))

    def deploy(self, release: str) -> None:
        """Stage, activate with units, confirm."""
        self.inspect()
        self.stage(release)
        self.activate(release, units=self.units)
        self.confirm(release)

    @contextlib.contextmanager
    def without(self, tool: str) -> Iterator[None]:
        """Have a host where a tool cannot be run."""
        self.host.sh(f"mount --bind /dev/null /usr/bin/{tool}")
        try:
            yield
        finally:
            self.host.sh(f"umount /usr/bin/{tool}")

    def current(self) -> str:
        """What `current` says."""
        return self.host.sh(f"readlink {self.site.root}/current", check=False).strip()

    def answers(self) -> str:
        """What the service answers on the host."""
        return self.host.sh(f"curl -s -m 5 {self.site.local_url}", check=False)

    def guarded(self) -> bool:
        """Whether the guard's drop-ins are on the host."""
        return "zz-sockdeploy-guard" in self.host.sh(f"find /run/systemd/system -path '*{self.site.service}*'")

    def trace(self) -> str:
        """Everything of the site that is on the host, apart from what sockdeploy remembers."""
        name = self.site.service
        return self.host.sh(
            f"find /etc/systemd /run/systemd/system /srv -path '*{name}*' | sort; ss -Hltn 'sport = :{self.site.port}'"
        )
