"""Which host keys are trusted: the lines of a known_hosts file, plain and hashed, as OpenSSH reads them (sshd(8))."""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from deployer.transport.base import TransportError, TransportFailure

_REVOKED = "@revoked"
_AUTHORITY = "@cert-authority"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public host key: its type (`ssh-ed25519`) and its blob as sent on the wire."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`, as ssh-keygen prints it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def line(self, name: str) -> str:
        """The known_hosts line that trusts this key for `name`."""
        return f"{name} {self.type} {base64.b64encode(self.blob).decode()}"

    def __str__(self) -> str:
        return f"{self.type} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One readable line: where it stands (`known_hosts line 3`), its marker (or empty), its host patterns, its key."""

    where: str
    marker: str
    patterns: str
    key: HostKey

    def matches(self, name: str) -> bool:
        """Whether the line speaks of `name`, which is `host` or `[host]:port`."""
        if self.patterns.startswith("|1|"):
            return _hash_matches(self.patterns, name)
        patterns = self.patterns.lower().split(",")
        refused = any(_glob(pattern[1:], name) for pattern in patterns if pattern.startswith("!"))
        return not refused and any(_glob(pattern, name) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """All readable lines of one known_hosts, the lines that were not (as warnings), and where it came from."""

    entries: tuple[Entry, ...] = ()
    warnings: tuple[str, ...] = ()
    source: str = "known_hosts"

    def types(self, host: str, port: int) -> tuple[str, ...]:
        """The key types known for a host, in the file's order: what to ask it for first."""
        return tuple(dict.fromkeys(entry.key.type for entry in self._plain(host, port)))

    def check(self, host: str, port: int, key: HostKey) -> None:
        """Do nothing when `key` is the host's. TransportError(HOST_KEY) when it is unknown, another one or revoked."""
        names = names_of(host, port)
        for entry in self.entries:
            if entry.marker == _REVOKED and entry.key == key and any(map(entry.matches, names)):
                raise self._revoked(host, port, entry)
        expected = self._plain(host, port)
        if any(entry.key == key for entry in expected):
            return
        raise self._changed(host, port, key, expected) if expected else self._unknown(host, port, key)

    def _plain(self, host: str, port: int) -> tuple[Entry, ...]:
        for name in names_of(host, port):
            found = tuple(entry for entry in self.entries if not entry.marker and entry.matches(name))
            if found:
                return found
        return ()

    def _revoked(self, host: str, port: int, entry: Entry) -> TransportError:
        return TransportError(
            TransportFailure.HOST_KEY,
            f"{host} port {port} showed the host key {entry.key}, revoked by {entry.where}",
            "do not connect to this host before its owner has given it a new key",
        )

    def _changed(self, host: str, port: int, key: HostKey, expected: tuple[Entry, ...]) -> TransportError:
        wanted = ", ".join(f"{entry.key} ({entry.where})" for entry in expected)
        return TransportError(
            TransportFailure.HOST_KEY,
            f"{host} port {port} showed another host key than the known one: expected {wanted}, got {key}",
            "either somebody stands between you and the host, or it was reinstalled; if its owner confirms the new "
            f"fingerprint, replace that line by:\n{key.line(names_of(host, port)[0])}",
        )

    def _unknown(self, host: str, port: int, key: HostKey) -> TransportError:
        names = names_of(host, port)
        signed = any(entry.marker == _AUTHORITY and any(map(entry.matches, names)) for entry in self.entries)
        note = "; its @cert-authority line is not used: host certificates are not supported yet" if signed else ""
        return TransportError(
            TransportFailure.HOST_KEY,
            f"{host} port {port} showed the host key {key}, and no line of {self.source} is for this host, "
            f"so nothing was expected{note}",
            f"compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub there), then add "
            f"this line (`{keyscan(host, port)}` prints all of them):\n{key.line(names[0])}",
        )


def names_of(host: str, port: int) -> tuple[str, ...]:
    """Under which names a host is looked up, best first: `[host]:port` before `host` where the port is not 22."""
    host = host.lower()
    return (host,) if port == 22 else (f"[{host}]:{port}", host)


def keyscan(host: str, port: int) -> str:
    """The ssh-keyscan command that prints a host's lines."""
    return f"ssh-keyscan {host}" if port == 22 else f"ssh-keyscan -p {port} {host}"


def parse(text: str, source: str = "known_hosts") -> KnownHosts:
    """Read a known_hosts. An unreadable line costs that line and a warning, never the file."""
    entries: list[Entry] = []
    warnings: list[str] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            entries.append(_entry(f"{source} line {number}", words))
        except ValueError as error:
            warnings.append(f"{source} line {number} is left out: {error}")
    return KnownHosts(tuple(entries), tuple(warnings), source)


def joined(files: Sequence[KnownHosts]) -> KnownHosts:
    """Give several known_hosts as one: a host's line may stand in any of them."""
    entries = tuple(entry for known in files for entry in known.entries)
    warnings = tuple(warning for known in files for warning in known.warnings)
    return KnownHosts(entries, warnings, " or ".join(known.source for known in files))


def _entry(where: str, words: list[str]) -> Entry:
    marker = words.pop(0) if words[0].startswith("@") else ""
    if marker not in {"", _REVOKED, _AUTHORITY}:
        raise ValueError(f"unknown marker {marker!r}; expected @revoked or @cert-authority")
    if len(words) < 3:
        raise ValueError("expected three fields: host names, key type, key")
    patterns, kind, encoded = words[:3]
    if patterns.startswith("|"):
        _salt_and_hash(patterns)
    return Entry(where, marker, patterns, HostKey(kind, _blob(kind, encoded)))


def _blob(kind: str, encoded: str) -> bytes:
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError("the key is not base64") from None
    length = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + length] != kind.encode():
        raise ValueError(f"the key is not of the type {kind!r} that the line names")
    return blob


def _salt_and_hash(field: str) -> tuple[bytes, bytes]:
    match = re.fullmatch(r"\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)", field)
    if not match:
        raise ValueError("the hashed host name is not of the form |1|salt|hash")
    try:
        return base64.b64decode(match[1], validate=True), base64.b64decode(match[2], validate=True)
    except binascii.Error:
        raise ValueError("the hashed host name is not base64") from None


def _hash_matches(field: str, name: str) -> bool:
    salt, wanted = _salt_and_hash(field)
    return hmac.compare_digest(hmac.new(salt, name.encode(), "sha1").digest(), wanted)


def _glob(pattern: str, name: str) -> bool:
    # Only * and ? are wild in known_hosts: a bracket is part of `[host]:port`, not a set of characters.
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))
