"""One authenticated connection: fabric's Connection with strict host keys, and every way it can fail put into words."""

import contextlib
import socket
from dataclasses import dataclass

import paramiko
from fabric import Config, Connection
from paramiko.auth_strategy import AuthFailure
from paramiko.ssh_exception import IncompatiblePeer

from deployer.clock import Clock
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.keys import Identity, KeyOffer
from deployer.transport.known_hosts import HostKey, KnownHosts
from deployer.transport.route import Endpoint
from deployer.transport.trust import Trust
from deployer.transport.wire import Wire


class Link:
    """An open, authenticated connection to an endpoint."""

    def __init__(self, connection: Connection, wire: Wire) -> None:
        self._connection = connection
        self.wire = wire

    @property
    def alive(self) -> bool:
        """Whether the connection still stands."""
        return self.wire.is_active() and not self.wire.silent

    @property
    def gateway(self) -> Connection:
        """The fabric Connection, for connections that go through this one."""
        return self._connection

    def close(self) -> None:
        """Close the connection and every channel on it."""
        self.wire.close()
        self._connection.client.close()


@dataclass(frozen=True, slots=True)
class Dial:
    """How connections are opened: which host keys are trusted, and how long each step may take (seconds)."""

    trust: Trust
    clock: Clock
    timeout: float = 10.0

    def open(self, endpoint: Endpoint, identities: tuple[Identity, ...], bastion: Link | None) -> Link:
        """Connect once and log in. TransportError for everything that can go wrong."""
        attempt = _Attempt(self, endpoint, identities)
        try:
            return attempt.made(bastion)
        except BaseException:
            attempt.give_up()
            raise


class _HostKeyCheck(paramiko.MissingHostKeyPolicy):
    """paramiko's client is given no known hosts of its own, so it asks here about every host."""

    def __init__(self, known: KnownHosts, endpoint: Endpoint) -> None:
        self._known = known
        self._endpoint = endpoint

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        self._known.check(self._endpoint.name, self._endpoint.port, HostKey(key.get_name(), key.asbytes()))


class _Attempt:
    """One attempt to connect, with what must be closed when it fails."""

    def __init__(self, dial: Dial, endpoint: Endpoint, identities: tuple[Identity, ...]) -> None:
        self._dial = dial
        self._endpoint = endpoint
        self._identities = identities
        self._socket: socket.socket | None = None
        self._wire: Wire | None = None
        self._connection: Connection | None = None
        self._begun = dial.clock.now()

    def made(self, bastion: Link | None) -> Link:
        """Connect, check the host key, log in."""
        if bastion is None:
            self._socket = self._dialled()
        self._connection = self._prepared(bastion)
        try:
            self._connection.open()
        except AuthFailure as failure:
            raise self._refused(failure) from None
        except paramiko.ChannelException as error:
            raise self._not_forwarded(error) from None
        except IncompatiblePeer as error:
            raise TransportError(
                TransportFailure.CONFIGURATION, f"{self._endpoint} speaks an SSH that is not understood: {error}"
            ) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._cut_off(error) from None
        if self._wire is None or not self._wire.is_authenticated():
            raise self._wants_more()
        return Link(self._connection, self._wire)

    def give_up(self) -> None:
        """Close whatever was opened."""
        for opened in (self._wire, self._connection and self._connection.client, self._socket):
            if opened is not None:
                with contextlib.suppress(OSError, EOFError):
                    opened.close()

    def _dialled(self) -> socket.socket:
        try:
            return socket.create_connection((self._endpoint.address, self._endpoint.port), timeout=self._dial.timeout)
        except socket.gaierror as error:
            raise self._unreachable(f"the name cannot be resolved: {error.strerror}") from None
        except TimeoutError:
            raise self._unreachable(f"no answer within {self._dial.timeout:g} s") from None
        except OSError as error:
            raise self._unreachable(error.strerror or str(error)) from None

    def _prepared(self, bastion: Link | None) -> Connection:
        connection = Connection(
            host=self._endpoint.address,
            user=self._endpoint.user,
            port=self._endpoint.port,
            # An empty ssh_config and `lazy`: fabric reads no file of its own accord.
            config=Config(ssh_config=paramiko.SSHConfig(), lazy=True),
            gateway=bastion.gateway if bastion else None,
            connect_kwargs={
                "sock": self._socket,
                "transport_factory": self._wired,
                "auth_strategy": KeyOffer(self._endpoint.user, self._identities),
                "timeout": self._dial.timeout,
                "banner_timeout": self._dial.timeout,
                "auth_timeout": self._dial.timeout,
                "channel_timeout": self._dial.timeout,
            },
        )
        # fabric's client starts with AutoAddPolicy: it is replaced before anything is connected.
        connection.client.set_missing_host_key_policy(
            _HostKeyCheck(self._dial.trust.of(self._endpoint), self._endpoint)
        )
        return connection

    def _wired(self, sock: socket.socket, **_: object) -> Wire:
        types = self._dial.trust.of(self._endpoint).types(self._endpoint.name, self._endpoint.port)
        self._wire = Wire(sock, self._dial.clock, types)
        self._wire.handshake_timeout = self._dial.timeout
        return self._wire

    def _unreachable(self, reason: str) -> TransportError:
        return TransportError(
            TransportFailure.UNREACHABLE,
            f"{self._endpoint} cannot be reached: {reason}",
            "check the address and port, that sshd runs there, and that no firewall stands between",
        )

    def _cut_off(self, error: Exception) -> TransportError:
        told = self._wire.farewell if self._wire else ""
        reason = told or str(error) or "it closed the connection before a login"
        return TransportError(
            TransportFailure.UNREACHABLE,
            f"{self._endpoint} answered, but SSH did not come about: {reason}",
            "sshd may limit how many connections may start at once (MaxStartups, PerSourcePenalties), or be overloaded",
        )

    def _not_forwarded(self, error: paramiko.ChannelException) -> TransportError:
        bastion = self._endpoint.via
        if error.code == 1:
            return TransportError(
                TransportFailure.FORWARDING,
                f"the bastion {bastion} does not allow connections to {self._endpoint}",
                "its sshd needs AllowTcpForwarding yes (or local), and no PermitOpen that leaves this host out",
            )
        return self._unreachable(f"the bastion {bastion} could not connect to it")

    def _refused(self, failure: AuthFailure) -> TransportError:
        alive = self._wire is not None and self._wire.is_active()
        told = self._wire.farewell if self._wire else ""
        if alive and self._dial.clock.now() - self._begun >= self._dial.timeout:
            return self._unreachable(f"no answer to the login within {self._dial.timeout:g} s")
        if not alive and not told and len(failure.result) < 2:
            return self._cut_off(EOFError())
        user = self._endpoint.user
        tried = "\n".join(f"    {identity}" for identity in self._identities[: len(failure.result)])
        return TransportError(
            TransportFailure.AUTHENTICATION,
            f"{self._endpoint} refused the login as {user}{f', saying {told!r}' if told else ''}; tried:\n{tried}",
            f"add the public half of the key to ~{user}/.ssh/authorized_keys there, or correct ssh.user in the plan"
            + (", or give one key instead of a whole agent" if len(self._identities) > 1 else ""),
        )

    def _wants_more(self) -> TransportError:
        return TransportError(
            TransportFailure.AUTHENTICATION,
            f"{self._endpoint} took the key of {self._endpoint.user} and wants a password or a second factor too",
            "let sshd accept a key alone for this user: AuthenticationMethods publickey",
        )
