"""Private keys as paramiko wants them: from text, whatever tool wrote it, or from an agent."""

import io
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from paramiko.agent import AgentSSH
from paramiko.auth_strategy import AuthSource, AuthStrategy, InMemoryPrivateKey

from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.credentials import Given, read
from deployer.transport.known_hosts import HostKey

_Loaded = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_AGENT_PATIENCE = 10.0
"""How long an agent may take to answer, in seconds: a person may have to touch a token."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key to log in with, and where it came from."""

    key: paramiko.PKey
    origin: str

    def __str__(self) -> str:
        return f"{HostKey(self.key.get_name(), self.key.asbytes())} from {self.origin}"


class KeyOffer(AuthStrategy):
    """Offers the keys one after the other and nothing else: no password, no question, no file looked up."""

    def __init__(self, user: str, identities: tuple[Identity, ...]) -> None:
        super().__init__(paramiko.SSHConfig())
        self._user = user
        self._identities = identities

    def get_sources(self) -> Iterator[AuthSource]:
        """Give each key as something paramiko can try."""
        for identity in self._identities:
            yield InMemoryPrivateKey(self._user, identity.key)


def load(given: Given, passphrase: Given | None, because: str = "") -> Identity:
    """Read a private key (OpenSSH, PEM or PKCS#8; RSA, ECDSA or Ed25519). TransportError(KEY) when it cannot be.

    `because` goes on after "no passphrase was given", and says why.
    """
    text = mended(read(given, TransportFailure.KEY))
    return Identity(_as_paramiko(_open(text.encode(), given, passphrase, because), given), given.origin)


def is_encrypted(given: Given) -> bool:
    """Whether a private key can only be read with a passphrase. TransportError(KEY) when it is no key at all."""
    return _unlocked(mended(read(given, TransportFailure.KEY)).encode(), None, given) is None


def mended(text: str) -> str:
    """Undo what forms and secret stores do to a key: CRLF line ends, blanks around, a missing final newline."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(line.strip() for line in lines) + "\n"


def _open(data: bytes, given: Given, passphrase: Given | None, because: str) -> _Loaded:
    plain = _unlocked(data, None, given)
    if plain is not None:
        return plain
    if passphrase is None:
        raise TransportError(
            TransportFailure.KEY,
            f"the private key from {given.origin} is encrypted, and no passphrase was given{because}",
            "give it in SOCKDEPLOY_SSH_KEY_PASSPHRASE, in the action's input ssh-key-passphrase, "
            "or in the variable that ssh.passphrase_env names",
        )
    opened = _unlocked(data, read(passphrase, TransportFailure.KEY).encode(), given)
    if opened is None:
        raise TransportError(
            TransportFailure.KEY,
            f"the passphrase from {passphrase.origin} does not open the private key from {given.origin}",
            f"correct {passphrase.origin} (`ssh-keygen -y -f KEY` asks for it and tells whether it fits)",
        )
    return opened


def _unlocked(data: bytes, passphrase: bytes | None, given: Given) -> _Loaded | None:
    """Give the key, or None when the passphrase is missing or wrong. An unencrypted key needs none."""
    loaders = serialization.load_ssh_private_key if b"BEGIN OPENSSH" in data else serialization.load_pem_private_key
    try:
        key = loaders(data, passphrase)
    except TypeError:  # encrypted and no passphrase given
        return None
    except UnsupportedAlgorithm as error:
        raise _unusable(given, f"is of an unknown kind: {error}") from None
    except ValueError:
        if passphrase is not None:  # that it is a key is known by then: only the passphrase can be wrong
            return None
        raise _no_key(data, given) from None
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise _unusable(given, "is neither RSA, ECDSA nor Ed25519")
    return key


def _no_key(data: bytes, given: Given) -> TransportError:
    public = data.startswith((b"ssh-", b"ecdsa-", b"sk-"))
    what = "a public key, the half that goes to the hosts" if public else "no private key that can be read"
    return TransportError(
        TransportFailure.KEY,
        f"{given.origin} holds {what}",
        "give the whole file that ssh-keygen wrote, from -----BEGIN to -----END included",
    )


def _unusable(given: Given, what: str) -> TransportError:
    return TransportError(
        TransportFailure.KEY, f"the private key from {given.origin} {what}", "make one with ssh-keygen -t ed25519"
    )


def _as_paramiko(key: _Loaded, given: Given) -> paramiko.PKey:
    kind: type[paramiko.PKey]
    match key:
        case rsa.RSAPrivateKey():
            kind = paramiko.RSAKey
        case ec.EllipticCurvePrivateKey():
            kind = paramiko.ECDSAKey
        case _:
            kind = paramiko.Ed25519Key
    # OpenSSH's own format is the only one that paramiko reads for every type: the key is written so, in memory.
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()
    try:
        return kind.from_private_key(io.StringIO(text))
    except (paramiko.SSHException, ValueError) as error:
        raise _unusable(given, f"cannot be used: {error}") from None


class Agent(AgentSSH):
    """The keys of an ssh-agent at a socket's path. Signs for several connections at once, one request at a time."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._one_at_a_time = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_AGENT_PATIENCE)
        try:
            self._socket.connect(path)
            self._connect(self._socket)  # type: ignore[attr-defined]  # the stubs leave out what subclasses call
        except (OSError, paramiko.SSHException) as error:
            self._socket.close()
            raise TransportError(
                TransportFailure.KEY,
                f"the agent at SSH_AUTH_SOCK ({path}) does not answer: {error}",
                "start it again (eval $(ssh-agent); ssh-add), or give a private key",
            ) from None

    def _send_message(self, message: paramiko.Message) -> tuple[int, paramiko.Message]:
        # The agent's answers carry no number: two threads asking at once would read each other's.
        with self._one_at_a_time:
            answer: tuple[int, paramiko.Message] = super()._send_message(message)  # type: ignore[misc]  # not in the stubs
            return answer

    def identities(self) -> tuple[Identity, ...]:
        """Give the agent's keys, in its order."""
        return tuple(Identity(key, "the agent") for key in self.get_keys())

    def close(self) -> None:
        """Close the connection to the agent."""
        self._socket.close()


def agent_at(path: str) -> Agent | None:
    """Open the agent at a socket's path; None when there is no such path (a variable left over)."""
    return Agent(path) if path and os.path.exists(path) else None  # noqa: PTH110  a socket, not a file
