"""Readers of the answers: text as it is typed, to values. WrongError says what was expected."""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from deployer.plan import addresses, paths, scalars
from deployer.plan.wrong import WrongError, describe

LOOPBACK = "127.0.0.1"


class Kind(StrEnum):
    """What takes the socket's connections: how the command line looks and when systemd calls it started."""

    GUNICORN = "gunicorn"
    UVICORN = "uvicorn"
    NODE = "node"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Address:
    """Where something listens: an IP address without brackets, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ip_address(self.host).is_loopback

    @property
    def asked(self) -> "Address":
        """Where the host itself asks it: on loopback when it listens on every address."""
        every = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - told apart, not listened on
        return Address(every.get(self.host, self.host), self.port)


def read_service(text: str) -> str:
    """Read a service's name."""
    if "@" in text:
        raise WrongError(f"expected a name without @, got {text!r}", "write the unit of one instance, then rename it")
    return scalars.read_service(text)


def read_run(text: str) -> str:
    """Read a command line, which no shell will see."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise WrongError(f"expected a command line whose quotes are closed, got {text!r}") from None
    if not words or not text.isprintable() or text != text.strip() or text.endswith("\\") or ";" in words:
        raise WrongError(f"expected one command with its arguments, got {describe(text)}", "no shell reads it")
    if not re.match(r"[A-Za-z0-9._/]", text):
        raise WrongError(f"expected a command line to begin with a program or a file, got {text!r}")
    return text


def read_hosts(text: str) -> tuple[tuple[str, str], ...]:
    """Read NAME=ADDRESS, or an address alone, with commas between them."""
    hosts: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, address = item.rpartition("=")
        address = addresses.read_address(address)
        name = scalars.read_host_name(name or address)
        if name in hosts or address in hosts.values():
            raise WrongError(f"{item} stands here a second time", "one host has one name and one address")
        hosts[name] = address
    if not hosts:
        raise WrongError("expected a host, got nothing", "write web-1=10.0.0.11,web-2=10.0.0.12")
    return tuple(hosts.items())


def read_listen(text: str) -> Address:
    """Read where a socket listens: an address and a port."""
    listen = addresses.read_listen(text)
    if listen.startswith("/"):
        remedy = f"write {LOOPBACK}:8080, and change ListenStream= and the plan afterwards"
        raise WrongError(f"expected an address and a port, got the path {text!r}", remedy)
    host, _, port = listen.rpartition(":")
    return Address(host.strip("[]"), int(port))


def read_wrap(text: str) -> Address | None:
    """Read where the service listens by itself; nothing: it takes systemd's socket."""
    if not text:
        return None
    listen = read_listen(text)
    if not listen.loopback:
        message = f"expected an address of loopback, got {text!r}: clients must not come past HAProxy"
        raise WrongError(message, f"write {LOOPBACK}:{listen.port}")
    return listen


def read_health(text: str) -> str:
    """Read the path of the health URL."""
    if not text.startswith("/"):
        raise WrongError(f"expected a path like /healthz, got {text!r}")
    addresses.read_url(f"http://{LOOPBACK}{text}")
    return text


def read_user(text: str) -> str:
    """Read user or user:group; nothing: an account that systemd makes up."""
    return scalars.read_owner(text if ":" in text else f"{text}:{text}") if text else ""


def read_login(text: str) -> str:
    """Read who logs in."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", text):
        raise WrongError(f"expected a user's name, got {describe(text)}")
    return text


def read_shared(text: str) -> tuple[str, ...]:
    """Read what outlives a release, with commas between; with a / at the end a folder."""
    entries = tuple(paths.read_shared(part.strip()) for part in text.split(",") if part.strip())
    if odd := [entry for entry in entries if re.search(r"[\s%\"'\\]", entry)]:
        raise WrongError(f"expected a path without spaces, quotes and %, got {odd[0]!r}")
    return entries


def read_artifact(text: str) -> str:
    """Read the path of what is rolled out."""
    if not text.isprintable():
        raise WrongError(f"expected one line, got {text!r}")
    return scalars.read_text(text)
