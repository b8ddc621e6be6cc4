"""Keys made once per run, and servers that live as long as one test or one module."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deployer.clock import Clock, SystemClock
from deployer.plan.model import Host, Ssh
from deployer.transport.credentials import Options, resolve
from deployer.transport.ssh import SshFactory, SshTransport
from tests.transport.sshd import Sshd, make_key


@dataclass(frozen=True)
class Keys:
    """Key pairs: `user` may log in everywhere, `stranger` nowhere; `host_*` are the servers'."""

    user: Path
    stranger: Path
    host_ed25519: Path
    host_ecdsa: Path
    host_rsa: Path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    return Keys(
        user=make_key(folder / "user"),
        stranger=make_key(folder / "stranger"),
        host_ed25519=make_key(folder / "host_ed25519"),
        host_ecdsa=make_key(folder / "host_ecdsa", "ecdsa"),
        host_rsa=make_key(folder / "host_rsa", "rsa"),
    )


class QuickClock:
    """Real time, `speed` times as fast; pauses are kept in `pauses`, and passed by calling `during`."""

    def __init__(self, speed: float = 1.0, during: Callable[[], None] = lambda: None) -> None:
        self._real = SystemClock()
        self._speed = speed
        self._during = during
        self.pauses: list[float] = []
        self.stopped = False

    def now(self) -> float:
        """Return seconds since the epoch, times the speed."""
        return self._real.now() * self._speed

    def sleep(self, seconds: float) -> bool:
        """Do not wait; True when `stopped` was set."""
        self.pauses.append(seconds)
        self._during()
        return self.stopped


@dataclass
class Fleet:
    """Servers, and transports to them, all closed at the end."""

    folder: Path
    keys: Keys
    servers: list[Sshd] = field(default_factory=list)
    factories: list[SshFactory] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def sshd(self, *options: str, host_keys: list[Path] | None = None, authorized: list[Path] | None = None) -> Sshd:
        """Start a server; `options` are lines of its sshd_config that win over the usual ones."""
        server = Sshd(
            self.folder / f"sshd-{len(self.servers)}",
            keys=host_keys or [self.keys.host_ed25519],
            authorized=authorized or [self.keys.user],
            options=options,
        )
        self.servers.append(server)
        return server

    def factory(
        self,
        known_hosts: str | None = None,
        *,
        key: str | None = None,
        variables: dict[str, str] | None = None,
        ssh: Ssh | None = None,
        clock: Clock | None = None,
        timeout: float = 5.0,
    ) -> SshFactory:
        """Make a factory that trusts every server started so far, with the user's key, unless told otherwise."""
        trusted = "".join(server.known_hosts for server in self.servers) if known_hosts is None else known_hosts
        options = Options(key=str(self.keys.user) if key is None else key, known_hosts=trusted)
        credentials = resolve(ssh or Ssh(), options, variables or {})
        factory = SshFactory(
            ssh or Ssh(), credentials, clock=clock or QuickClock(), warn=self.warnings.append, timeout=timeout
        )
        self.factories.append(factory)
        return factory

    def connected(self, host: Host, clock: Clock | None = None) -> SshTransport:
        """Make a transport to a host and connect it."""
        transport = self.factory(clock=clock).transport(host)
        transport.connect()
        return transport

    def close(self) -> None:
        """Close the connections, then the servers."""
        for factory in self.factories:
            factory.close()
        for server in self.servers:
            server.stop()


@pytest.fixture
def fleet(tmp_path: Path, keys: Keys) -> Iterator[Fleet]:
    with contextlib.closing(Fleet(tmp_path, keys)) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[Fleet]:
    """One server for the tests of a module that do not change it."""
    with contextlib.closing(Fleet(tmp_path_factory.mktemp("shared"), keys)) as fleet:
        fleet.sshd()
        yield fleet


@pytest.fixture
def host(shared: Fleet) -> Iterator[SshTransport]:
    """A connected transport to the module's server."""
    transport = shared.connected(shared.servers[0].host())
    yield transport
    transport.close()
