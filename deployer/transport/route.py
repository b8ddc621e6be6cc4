"""The way to a host: where to dial, as whom, and through which bastions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An sshd to log in to. `via` is the bastion before it; `known_as` its name in known_hosts, where that differs.

    `identities` are paths of private keys that an ssh_config names for it, `known_hosts` those of its known hosts: ()
    where it says `UserKnownHostsFile none`, None where it says nothing.
    """

    address: str
    user: str
    port: int = 22
    known_as: str = ""
    identities: tuple[str, ...] = ()
    via: "Endpoint | None" = None
    known_hosts: tuple[str, ...] | None = None

    @property
    def hops(self) -> "tuple[Endpoint, ...]":
        """Itself and every bastion on the way, the outermost last."""
        return (self, *(self.via.hops if self.via else ()))

    @property
    def name(self) -> str:
        """The name its host key is looked up under."""
        return self.known_as or self.address

    def __str__(self) -> str:
        return f"{self.address} port {self.port}"
