"""Readers of addresses: where a host is, what its socket listens on, the hops on the way, the URL of its health."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from deployer.plan.model import Jump
from deployer.plan.wrong import WrongError, describe

ADDRESS = "{address}"
"""Stands in a health URL for the host's address."""

_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?"
)
_LISTEN = re.compile(r"(?:(?P<v4>[0-9.]+):|\[(?P<v6>[^\]]+)\]:)?(?P<port>[0-9]+)")
_JUMP = re.compile(r"(?:(?P<user>[^@\s:/]+)@)?(?:\[(?P<v6>[^\]]+)\]|(?P<name>[^@:\[\]]+))(?::(?P<port>[0-9]+))?")
_TCP_CHECK = re.compile(r"tcp://\{address\}:[0-9]+")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_UNIX_URL = re.compile(r"unix:(?P<socket>/[^:\s{}]+):(?P<path>/[^\s{}]*)")
_PORTS = {"http": 80, "https": 443}
_URL_PATH = re.compile(r"/[^\s{}#]*")
_UNIX_SOCKET = re.compile(r"/[^\s\x00-\x1f]+")


def read_address(value: object) -> str:
    """Read a host's address: a name, an IPv4 or an IPv6 address, without user and port."""
    if not isinstance(value, str) or not _is_address(value):
        remedy = "user and port have keys of their own; IPv6 stands without brackets"
        raise WrongError(f"expected a name, an IPv4 or an IPv6 address, got {describe(value)}", remedy)
    return value


def read_listen(value: object) -> str:
    """Read what the socket listens on: address:port, or a unix path. A port alone is every address, `[::]:port`."""
    if isinstance(value, str) and _UNIX_SOCKET.fullmatch(value):
        return value
    form = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if form is None or not _listens(form):
        remedy = "a name cannot be listened on: write its address, like 127.0.0.1:8080"
        raise WrongError(f"expected 127.0.0.1:8080, [::1]:8080, 8080 or /run/app.sock, got {describe(value)}", remedy)
    _check_port(form["port"], "127.0.0.1:8080")
    return form.group() if form["v4"] or form["v6"] else f"[::]:{form['port']}"


def read_jump(value: object) -> Jump:
    """Read one hop: [user@]address[:port], an IPv6 address in brackets."""
    form = _JUMP.fullmatch(value) if isinstance(value, str) else None
    if form is None or not _hops(form):
        remedy = "an IPv6 address stands in brackets: user@[2001:db8::1]:22"
        raise WrongError(f"expected user@host:port, got {describe(value)}", remedy)
    port = form["port"] or "22"
    _check_port(port, "user@host:22")
    return Jump(form["v6"] or form["name"], form["user"] or "", int(port))


def read_url(value: object) -> str:
    """Read a health URL: http(s)://address[:port]/path, where `{address}` may stand, or unix:/path.sock:/path."""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        raise WrongError(f"expected a URL, got {describe(value)}")
    if value.startswith("unix:"):
        if not _UNIX_URL.fullmatch(value):
            raise WrongError(f"expected unix:/path.sock:/path, got {value!r}")
    else:
        _check_http(value)
    return value


def read_check(value: object) -> str:
    """Read a load balancer's check: http(s)://{address}[:port]/path, or tcp://{address}:port, which only connects."""
    tcp = _TCP_CHECK.fullmatch(value) if isinstance(value, str) else None
    if tcp is not None:
        check_port(tcp.group(), "tcp://{address}:8080")
        return tcp.group()
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise WrongError(f"expected http://{ADDRESS}:port/path or tcp://{ADDRESS}:port, got {describe(value)}")
    url = read_url(value)
    if urlsplit(url.replace(ADDRESS, "address")).hostname != "address" or ADDRESS not in url:
        remedy = f"write {ADDRESS} where the host's address belongs"
        raise WrongError(f"asked from here, this URL is the same for every host: {url!r}", remedy)
    return url


def read_url_path(value: object) -> str:
    """Read a path with its query, as it stands in a request."""
    if not isinstance(value, str) or not _URL_PATH.fullmatch(value):
        raise WrongError(f"expected a path such as /report?days=30, got {describe(value)}")
    return value


def port_of(url: str) -> int:
    """Give the port that an http, https or tcp URL names, or else means."""
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme, _PORTS["http"])


def check_port(url: str, example: str) -> None:
    """Refuse the port of a URL that is out of range; `example` is a URL as it should be. WrongError."""
    port = re.split("[/?#]", url.partition("://")[2])[0].rpartition(":")[2]
    if re.fullmatch("[0-9]+", port):
        _check_port(port, example)


def _check_port(port: str, example: str) -> None:
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise WrongError(f"expected a port from 1 to 65535, got {port!r}", f"write {example}, for example")


def at_host(url: str, address: str) -> str:
    """Give a URL with the host's address filled in; an IPv6 address gets its brackets."""
    return url.replace(ADDRESS, f"[{address}]" if ":" in address else address)


def _check_http(url: str) -> None:
    if f"[{ADDRESS}]" in url:
        raise WrongError(f"expected {ADDRESS} without brackets, got {url!r}", "IPv6 addresses get theirs by themselves")
    plain = url.replace(ADDRESS, "address")
    if "{" in plain or "}" in plain:
        raise WrongError(f"expected no placeholder but {ADDRESS}, got {url!r}")
    check_port(plain, "http://127.0.0.1:8080/healthz")
    try:
        parts = urlsplit(plain)
        sound = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        sound = False
    else:
        if parts.username is not None:
            raise WrongError("expected a URL without user and password", "send them as a header, from a variable")
    if not sound:
        raise WrongError(f"expected http://address:port/path (or https), or unix:/path.sock:/path, got {url!r}")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return bool(_NAME.fullmatch(text)) and not text.rstrip(".").rpartition(".")[2].isdigit()
    return True


def _listens(form: re.Match[str]) -> bool:
    try:
        if form["v4"]:
            IPv4Address(form["v4"])
        if form["v6"]:
            IPv6Address(form["v6"])
    except AddressValueError:
        return False
    return True


def _hops(form: re.Match[str]) -> bool:
    return ":" in form["v6"] and _is_address(form["v6"]) if form["v6"] else _is_address(form["name"])
