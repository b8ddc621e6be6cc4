"""The way to each host: the plan's word first, then what an ssh_config says of it, as ssh(1) would go."""

import getpass
import glob
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import paramiko

from deployer.plan.model import Host, Jump
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.route import Endpoint

_DEEPEST = 16
"""How deep Include may nest, as in ssh(1)."""

_KNOWN_CRITERIA = {"all", "final", "canonical", "host", "originalhost", "user", "localuser"}
"""What Match may ask: `exec` runs a program here, and what paramiko does not know it takes for a match."""

_LINE = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.+?)\s*")

_HOP = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@\s]+)@)?(?:\[(?P<six>[^\]\s]+)\]|(?P<host>[^:\[\]\s]+))(?::(?P<port>\d+))?"
)


class Routes:
    """Where each host and each bastion is dialled."""

    def __init__(self, config: paramiko.SSHConfig, source: str = "") -> None:
        self._config = config
        self._source = source

    @classmethod
    def read(cls, path: str | None) -> "Routes":
        """Read an ssh_config (None: there is none). TransportError(CONFIGURATION) for what cannot be honoured."""
        if path is None:
            return cls(paramiko.SSHConfig())
        text = "\n".join(_lines(Path(path).expanduser(), 0))
        try:
            return cls(paramiko.SSHConfig.from_text(text), path)
        except paramiko.SSHException as error:
            raise _cannot(path, str(error)) from None

    def endpoint(self, host: Host) -> Endpoint:
        """Give the way to a host. The plan's user, port (other than 22) and jump win over the ssh_config's."""
        return self._to(Jump(host.address, host.user, host.port), host.jump, frozenset())

    def _to(self, to: Jump, through: tuple[Jump, ...], seen: frozenset[str]) -> Endpoint:
        """Go through the hops; where there are none, through those that the ssh_config names, never twice the same."""
        said = self._lookup(to.address)
        user = to.user or said.get("user") or _local_user()
        endpoint = Endpoint(
            address=said.get("hostname", to.address),
            user=user,
            port=to.port if to.port != 22 else self._port(said),
            known_as=said.get("hostkeyalias", ""),
            identities=tuple(path for path in said.get("identityfile", ()) if path.lower() != "none"),
        )
        endpoint = replace(endpoint, known_hosts=self._known_hosts(said, to.address, endpoint))
        seen |= {to.address}
        hops = through or self._said_jumps(said, seen)
        if not hops:
            return endpoint
        last = hops[-1] if hops[-1].user else replace(hops[-1], user=self._said_user(hops[-1], user))
        return replace(endpoint, via=self._to(last, hops[:-1], seen))

    def _lookup(self, name: str) -> "paramiko.SSHConfigDict":
        try:
            said = self._config.lookup(name)
        except (paramiko.SSHException, KeyError, OSError) as error:
            raise _cannot(self._source, f"it cannot be applied to {name}: {error}") from None
        if said.get("proxycommand"):
            what = f"ProxyCommand (set for {name}) is not supported"
            raise _cannot(self._source, what, "use ProxyJump, or jump in the plan")
        return said

    def _said_jumps(self, said: "paramiko.SSHConfigDict", seen: frozenset[str]) -> tuple[Jump, ...]:
        hops = _jumps(said.get("proxyjump", "none"))
        # A `Host *` with a ProxyJump speaks of the bastion too; ssh does not send it through itself either.
        return () if any(hop.address in seen for hop in hops) else hops

    def _known_hosts(self, said: "paramiko.SSHConfigDict", name: str, endpoint: Endpoint) -> tuple[str, ...] | None:
        value: str | None = said.get("userknownhostsfile")
        if value is None or value.lower() == "none":
            return None if value is None else ()
        return tuple(os.path.expanduser(_filled(word, name, endpoint, self._source)) for word in value.split())  # noqa: PTH111  an unknown ~user stays

    def _said_user(self, hop: Jump, otherwise: str) -> str:
        return self._lookup(hop.address).get("user", otherwise)

    def _port(self, said: "paramiko.SSHConfigDict") -> int:
        port = said.get("port", "22")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise _cannot(self._source, f"Port {port!r} is not a port")
        return int(port)


def _lines(path: Path, depth: int) -> list[str]:
    """The lines of an ssh_config with every Include replaced by what it includes."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _cannot(str(path), f"it cannot be read: {error}") from None
    lines: list[str] = []
    block = ""
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        key, value = (match[1].lower(), match[2]) if match else ("", "")
        where = f"{path}:{number}"
        if key == "match":
            _check_match(value, where)
        if key in {"host", "match"}:
            block = line
        if key == "userknownhostsfile":
            lines.append(f"{key} {' '.join(_paths(value, where))}")
        elif key != "include":
            lines.append(line)
        elif block:
            raise _cannot(where, "Include in a Host or Match block is not supported", "move it above the first Host")
        else:
            # What follows belongs to every host again, whatever block the included file ended in.
            lines += [*_included(value, path, where, depth), "Host *"]
    return lines


def _included(value: str, path: Path, where: str, depth: int) -> list[str]:
    if depth == _DEEPEST:
        raise _cannot(where, f"Include is nested deeper than {_DEEPEST} files")
    lines: list[str] = []
    for word in value.replace('"', " ").split():
        pattern = path.parent / Path(word).expanduser()  # an absolute path stands alone
        for found in sorted(glob.glob(str(pattern))):  # noqa: PTH207  the pattern may be absolute
            lines += [*_lines(Path(found), depth + 1), "Host *"]
    return lines


def _paths(value: str, where: str) -> Iterator[str]:
    """Give the paths that a line names, out of their quotes: paramiko takes the outermost for a pair."""
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise _cannot(where, f"it cannot be read: {error}") from None
    for word in takewhile(lambda word: not word.startswith("#"), words):
        if re.search(r"\s", word):
            raise _cannot(where, f"a path with a blank in it is not supported: {word!r}", "rename it")
        yield word


def _filled(path: str, name: str, endpoint: Endpoint, where: str) -> str:
    """Fill in what a path of known hosts leaves open, of the tokens in ssh_config(5) those that say where we go."""

    def value(match: re.Match[str]) -> str:
        known = {
            "%%": "%", "%d": os.path.expanduser("~"), "%h": endpoint.address, "%k": endpoint.known_as or name,  # noqa: PTH111
            "%n": name, "%p": str(endpoint.port), "%r": endpoint.user,
        }  # fmt: skip
        if match[0] not in known:
            what = f"{match[0]} in UserKnownHostsFile {path} is not supported"
            raise _cannot(where, what, f"use {', '.join(known)}, or write the path out")
        return known[match[0]]

    return re.sub(r"%.?|\$\{", value, path)


def _check_match(value: str, where: str) -> None:
    words = iter(value.split())
    for word in words:
        criterion = word.lower().lstrip("!").split("=")[0]
        if criterion not in _KNOWN_CRITERIA:
            raise _cannot(where, f"Match {criterion} is not supported", f"use {', '.join(sorted(_KNOWN_CRITERIA))}")
        if criterion not in {"all", "final", "canonical"}:
            next(words, None)


def _jumps(value: str) -> tuple[Jump, ...]:
    if value.lower() == "none":
        return ()
    return tuple(_jump(word.strip()) for word in value.split(","))


def _jump(word: str) -> Jump:
    match = _HOP.fullmatch(word)
    if not match:
        raise _cannot("ProxyJump", f"{word!r} is not of the form user@host:port")
    return Jump(match["six"] or match["host"], match["user"] or "", int(match["port"] or 22))


def _local_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise _cannot("ssh.user", "it is not set, and the user here has no name", "set it in the plan") from None


def _cannot(where: str, what: str, remedy: str = "") -> TransportError:
    return TransportError(TransportFailure.CONFIGURATION, f"{where}: {what}", remedy)
