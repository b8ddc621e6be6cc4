"""What a rollout wants of a host."""

from dataclasses import dataclass

from deployer.host.unitfile import UnitFile, file_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rollout wants of a host. `need` is the artifact's unpacked size in bytes; `socket` None: `socket: none`.

    `release` None: no release is staged or activated (status); `digest` None: it must be there already (rollback), and
    a port that is closed is no reason to refuse, because going back is how it gets opened again. `proxy` is the unit
    that takes the socket's connections for a service that cannot.

    `health` is the health URL and `balancer` the load balancer's check as they are asked for this host, "" for none;
    `outside`: health is asked from elsewhere alone. `bridge` and `rehearse`: a second instance will run for a while,
    for these reasons; `safe`: its commands may run twice. `patience` is how many seconds an activation may take.
    `migrate`: a service that holds its port by itself may be moved behind its socket. `returns`: the host
    goes to its own way back. `cover` is how many seconds a second instance may run at most, whatever becomes of the
    run that began it; 0: no limit.
    """

    service: str
    root: str
    socket: str | None
    listen: str | None = None
    release: str | None = None
    digest: str | None = None
    need: int = 0
    units: tuple[UnitFile, ...] = ()
    proxy: str | None = None
    health: str = ""
    outside: bool = False
    balancer: str = ""
    bridge: bool = False
    rehearse: bool = False
    safe: bool = False
    patience: float = 180.0
    migrate: bool = False
    returns: bool = False
    cover: int = 0

    @property
    def unit(self) -> str:
        """The service's unit name."""
        return f"{self.service}.service"

    @property
    def holder(self) -> str:
        """The unit that takes the socket's connections."""
        return self.proxy or self.unit

    @property
    def goes_back(self) -> bool:
        """Whether this is a rollback, to a release that is on the host or to its own way back."""
        return self.returns or (self.release is not None and self.digest is None)

    def text(self, unit: str) -> str | None:
        """Give the plan's text of a unit, which may be its template's; None when the plan does not bring it."""
        file = file_of(self.units, unit)
        return None if file is None else file.text
