"""The SSH protocol below a connection: quick algorithms, a peer that falls silent is noticed, no line in any log."""

import logging
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, cast

import paramiko
from paramiko.common import MSG_CHANNEL_CLOSE, cMSG_GLOBAL_REQUEST
from paramiko.packet import Packetizer

from deployer.clock import Clock

KEEPALIVE = 15.0
"""The host is asked for a sign of life when nothing was heard of it for so many seconds."""

SILENCE = 30.0
"""A host that was asked and has not sent a byte for so many seconds is lost, whatever its kernel acknowledges."""

_POLL = 1.0
"""How often the reading thread looks up from its socket, in seconds; hundreds of them share one process."""

_UNACKNOWLEDGED = 30_000
"""Milliseconds that sent bytes may stay unacknowledged before the kernel gives the connection up."""

_MIN_RTT = 148
"""Where Linux tells the shortest round trip of a connection: bytes into its struct tcp_info, 32 bits, microseconds."""

# The quickest of those that every OpenSSH in use offers.
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
_DIGESTS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-256")
_EXCHANGES = ("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256")

# paramiko logs tracebacks of what it then raises; the errors are translated and told by us.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)


class _Listener(Packetizer):
    """Remembers when the peer was last heard."""

    def __init__(self, clock: Clock, sock: socket.socket) -> None:
        super().__init__(sock)
        self._clock = clock
        self.heard = clock.now()
        self.asked: float | None = None

    def read_message(self) -> tuple[int, paramiko.Message]:
        message = super().read_message()
        self.heard = self._clock.now()
        self.asked = None
        return message


_REFUSED = 2
"""The protocol's code of an open that failed; sshd uses it for MaxSessions too."""


class _Ordered:
    """A channel's way to its wire, which sends nothing after the channel's close.

    paramiko makes messages under a channel's lock and sends them outside it: an end of file made by one thread may come
    after the close sent by another. To sshd it then names no channel, and it ends the whole connection (seen).
    """

    def __init__(self, wire: "Wire") -> None:
        self._wire = wire
        self._order = threading.Lock()
        self._over = False

    def __getattr__(self, name: str) -> Any:  # whatever else a channel asks of its transport
        return getattr(self._wire, name)

    def _send_user_message(self, message: paramiko.Message) -> None:
        with self._order:
            if not self._over:
                self._over = message.asbytes()[0] == MSG_CHANNEL_CLOSE
                self._wire._send_user_message(message)  # type: ignore[attr-defined]  # noqa: SLF001 - the stubs lack it


class Wire(paramiko.Transport):
    """paramiko's transport over a connected socket, or over a channel of a bastion's wire."""

    def __init__(self, sock: socket.socket, clock: Clock, host_key_types: Iterable[str]) -> None:
        _watch(sock)
        self._clock = clock
        super().__init__(sock, packetizer_class=self._listener)  # type: ignore[arg-type]  # any callable will do
        sock.settimeout(_POLL)
        self.farewell = ""
        options = self.get_security_options()
        options.kex = _first(_EXCHANGES, options.kex)
        options.ciphers = _first(_CIPHERS, options.ciphers)
        options.digests = _first(_DIGESTS, options.digests)
        options.key_types = _first(_signatures(host_key_types), options.key_types)
        # paramiko's own keepalive counts from what was sent last, and wants no answer: it would never notice a frozen
        # host. Ours is called whenever the reading thread looks up, and decides by what was heard.
        self.packetizer.set_keepalive(_POLL / 2, self._ask_for_life)

    @property
    def silent(self) -> bool:
        """Whether the peer was asked for a sign of life and gave none."""
        asked = self._listening.asked
        return asked is not None and self._clock.now() - asked > SILENCE

    @property
    def round_trip(self) -> float | None:
        """The shortest way there and back that the kernel has seen, in seconds; None when it does not say."""
        if isinstance(self.sock, paramiko.Channel) or sys.platform != "linux":
            return None
        told = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _MIN_RTT + 4)
        return int.from_bytes(told[_MIN_RTT:], sys.byteorder) / 1e6 if len(told) == _MIN_RTT + 4 else None

    def open_channel(self, *args: Any, **more: Any) -> paramiko.Channel:
        """Open a channel that says nothing after its close. ChannelException when the peer refuses it."""
        began = self._clock.now()
        try:
            channel = super().open_channel(*args, **more)
        except paramiko.ChannelException:
            raise
        except paramiko.SSHException:
            if not self.is_active() or self._clock.now() - began >= (more.get("timeout") or 0):
                raise
            # A wire keeps one refusal at a time: of two at once, one finds no reason.
            raise paramiko.ChannelException(_REFUSED, "refused") from None
        channel.transport = cast("paramiko.Transport", _Ordered(self))
        return channel

    def close(self) -> None:
        """Close the connection; whoever waits on one of its channels is woken at once."""
        with suppress(OSError, EOFError):
            self.sock.shutdown(socket.SHUT_RDWR)
        super().close()

    def _listener(self, sock: socket.socket) -> _Listener:
        self._listening = _Listener(self._clock, sock)
        return self._listening

    def _ask_for_life(self) -> None:
        if self.silent:
            raise EOFError(f"it gave no sign of life for {SILENCE:.0f} s")
        now = self._clock.now()
        if self._listening.asked is None and now - self._listening.heard > KEEPALIVE and not self.in_kex:
            self._listening.asked = now
            request = paramiko.Message()
            request.add_byte(cMSG_GLOBAL_REQUEST)
            request.add_string("keepalive@openssh.com")
            request.add_boolean(True)  # noqa: FBT003  the protocol's "want reply"
            self.packetizer.send_message(request)

    def _parse_disconnect(self, message: paramiko.Message) -> None:
        message.get_int()
        self.farewell = message.get_text()


def _watch(sock: socket.socket | paramiko.Channel) -> None:
    if isinstance(sock, paramiko.Channel):
        return  # through a bastion, whose own wire watches the network
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED)


def _first(wanted: Iterable[str], available: Iterable[str]) -> tuple[str, ...]:
    available = tuple(available)
    chosen = [name for name in wanted if name in available]
    return (*chosen, *(name for name in available if name not in chosen))


def _signatures(key_types: Iterable[str]) -> list[str]:
    signatures: list[str] = []
    for kind in key_types:
        signatures.extend(("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,))
    return signatures
