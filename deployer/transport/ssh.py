"""Hosts over SSH: one connection per host for the whole rollout, several channels on it, bastions shared."""

import io
import threading
from collections.abc import Callable
from typing import BinaryIO

import paramiko

from deployer.clock import Clock
from deployer.plan.model import Host, Ssh
from deployer.transport.base import Process, Result, Stream, TransportError, TransportFailure
from deployer.transport.channels import ChannelStream, SshProcess
from deployer.transport.credentials import Credentials
from deployer.transport.execution import KEPT, Execution
from deployer.transport.keyring import Keyring
from deployer.transport.link import Dial, Link
from deployer.transport.pool import Bastions
from deployer.transport.retry import with_retries
from deployer.transport.route import Endpoint
from deployer.transport.ssh_config import Routes
from deployer.transport.trust import Trust
from deployer.transport.wire import Wire

_OPENING = 30.0
"""How long sshd may take to open a channel for a long command, in seconds."""

_BUSY = 0.2
"""How long to wait before asking again for a session that sshd refused, in seconds."""

_NO_SESSION = "sshd allows no more commands at once on this connection (MaxSessions)"


class SshFactory:
    """Gives every host its transport; known hosts, keys, ssh_config and bastions are read and opened once.

    TransportError KEY or CONFIGURATION from the start when a key, known_hosts or ssh_config cannot be used.
    `warn` is called with a sentence for each thing left out. `timeout` bounds each step of connecting, in seconds.
    """

    def __init__(
        self, ssh: Ssh, credentials: Credentials, *, clock: Clock, warn: Callable[[str], None], timeout: float = 10.0
    ) -> None:
        self._trust = Trust(credentials, warn)
        self._clock = clock
        self._routes = Routes.read(ssh.config)
        self._keyring = Keyring(credentials, warn)
        self._bastions = Bastions(Dial(self._trust, clock, timeout), self._keyring)
        self._transports: list[SshTransport] = []

    def transport(self, host: Host) -> "SshTransport":
        """Give the transport of a host, not yet connected. TransportError(CONFIGURATION): its ssh_config is no use."""
        endpoint = self._routes.endpoint(host)
        for hop in endpoint.hops:  # what is wrong with a known_hosts is told before anything is dialled
            self._trust.of(hop)
        transport = SshTransport(endpoint, self._bastions, self._clock)
        self._transports.append(transport)
        return transport

    def close(self) -> None:
        """Close every transport, every bastion and the agent."""
        for transport in self._transports:
            transport.close()
        self._bastions.close()
        self._keyring.close()


class SshTransport:
    """One SSH connection to one host, opened by `connect` and shared by every channel."""

    def __init__(self, endpoint: Endpoint, bastions: Bastions, clock: Clock) -> None:
        self._endpoint = endpoint
        self._bastions = bastions
        self._clock = clock
        self._link: Link | None = None
        self._connecting = threading.Lock()

    @property
    def user(self) -> str:
        """Whom it logs in as."""
        return self._endpoint.user

    def connect(self) -> None:
        """Open the connection, with retries where the network failed. Harmless when it stands."""
        with self._connecting:
            if self._link is None or not self._link.alive:
                self.close()
                self._link = with_retries(lambda: self._bastions.dial(self._endpoint), self._clock)

    def run(self, command: str, *, stdin: bytes | BinaryIO = b"", timeout: float) -> Result:
        """Run a command line to its end; unknown when the connection is lost or `timeout` seconds pass."""
        try:
            execution = self._begun(command, timeout)
        except TransportError as error:
            return Result(None, reason=error.message)
        except paramiko.ChannelException:
            return Result(None, reason=_NO_SESSION)
        except (EOFError, OSError):
            return Result(None, reason="the connection was lost")
        except paramiko.SSHException as error:
            return Result(None, reason=f"the command could not be started: {error}")
        with execution.limited(timeout):
            feeder = threading.Thread(target=execution.feed, args=(_rewound(stdin),), daemon=True)
            feeder.start()
            output = bytearray()
            for piece in execution.pieces():
                output += piece[: max(0, KEPT - len(output))]
            result = execution.ended(bytes(output))
            feeder.join()
        return result

    def start(self, command: str) -> Process:
        """Start a long command. TransportError(LOST) when that is not possible."""
        try:
            return SshProcess(self._begun(command, _OPENING))
        except paramiko.ChannelException:
            raise TransportError(TransportFailure.LOST, _NO_SESSION) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(error) from None

    def forward(self, address: str, port: int, *, timeout: float) -> Stream:
        """Open a byte stream from the host to address:port. TransportError FORWARDING, NO_CONNECTION or LOST."""
        wire = self._wire()
        try:
            channel = wire.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=timeout)
        except paramiko.ChannelException as error:
            raise self._not_forwarded(error.code, address, port) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            if wire.is_active():  # the host has not said no, only nothing
                raise self._not_forwarded(2, address, port) from None
            raise self._lost(error) from None
        channel.settimeout(timeout)
        return ChannelStream(channel)

    def close(self) -> None:
        """Close the connection and every channel; harmless when already closed."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _begun(self, command: str, timeout: float) -> Execution:
        deadline = self._clock.now() + timeout
        while True:
            try:
                return Execution(self._wire(), command, timeout)
            except paramiko.ChannelException:
                # sshd has as many sessions as it allows (MaxSessions); nothing was run, so asking again does no harm.
                if self._clock.now() >= deadline or self._clock.sleep(_BUSY):
                    raise

    def _wire(self) -> Wire:
        link = self._link
        if link is None or not link.alive:
            what = "is not open" if link is None else "was lost"
            raise TransportError(TransportFailure.LOST, f"the connection to {self._endpoint} {what}")
        return link.wire

    def _lost(self, error: Exception) -> TransportError:
        return TransportError(TransportFailure.LOST, f"the connection to {self._endpoint} was lost: {error}")

    def _not_forwarded(self, code: int, address: str, port: int) -> TransportError:
        if code == 1:
            return TransportError(
                TransportFailure.FORWARDING,
                f"sshd on {self._endpoint} does not allow a forwarded connection to {address} port {port}",
                "set AllowTcpForwarding to yes or local for this user, or install curl on the host",
            )
        return TransportError(
            TransportFailure.NO_CONNECTION, f"nothing takes connections at {address} port {port} on {self._endpoint}"
        )


def _rewound(source: bytes | BinaryIO) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    source.seek(0)
    return source
