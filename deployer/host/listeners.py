"""Where a socket unit listens: from systemd's Listen= text to the form the kernel shows, and who holds it."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Listener:
    """An address of a socket unit. `form` is the kernel form, `inode` 0 when nothing listens, `held`: by PID 1.

    `beside` names the socket unit where it is not the plan's.
    """

    address: str
    form: str
    inode: int
    held: bool
    beside: str = ""

    @property
    def told(self) -> str:
        """What the host program is told of it."""
        return f"{self.beside}={self.form}" if self.beside else self.form


def kernel_forms(addresses: Iterable[str]) -> tuple[str, ...]:
    """Turn stream addresses (`127.0.0.1:80`, `[::1]:80`, `80`, `/run/x.sock`, `@name`) into the host program's form.

    The form is `tcp:HEX:PORT`, `tcp6:HEX:PORT` as /proc/net prints them (on little-endian machines), or `unix:PATH`.
    What is no stream address the kernel lists (datagram, FIFO, vsock) is left out. A ` (Stream)` at the end, as
    `systemctl show` adds, is fine.
    """
    return tuple(form for form in map(kernel_form, addresses) if form)


def kernel_form(address: str) -> str:
    """Give one address in kernel form; empty when it has none."""
    address, _, kind = address.strip().partition(" (")
    if kind and not kind.startswith("Stream"):
        return ""
    if address.startswith(("/", "@")):
        return f"unix:{address}"
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        return ""
    return _tcp(host.strip("[]").partition("%")[0] or "::", int(port))


def find_listeners(listen: Iterable[str], listening: Iterable[str], held: str) -> tuple[Listener, ...]:
    """Find the sockets of a socket unit's addresses, and whether PID 1 holds them.

    `listening` are lines of `ss -ltne`, or of /proc/net/{tcp,tcp6,unix} with their table's name in front, `held` the
    inodes of all sockets of PID 1, each in brackets.
    """
    found_inodes = dict(_listening(listening))
    ours = inodes(held)
    found = []
    for address in listen:
        if form := kernel_form(address):
            inode = found_inodes.get(form, 0)
            found.append(Listener(address.partition(" (")[0], form, inode, inode in ours))
    return tuple(found)


def listening_alone(listening: Iterable[str], used: frozenset[int], held: str) -> tuple[str, ...]:
    """Give in kernel form where a service listens with sockets of its own (`used`): those that PID 1 does not hold."""
    alone = used - inodes(held)
    return tuple(form for form, inode in _listening(listening) if inode in alone)


def listening_others(listening: Iterable[str], used: frozenset[int]) -> tuple[str, ...]:
    """Give in kernel form where anybody but the service listens, whose sockets are `used`."""
    return tuple(form for form, inode in _listening(listening) if inode not in used)


def clash(wanted: str, other: str) -> bool:
    """Say whether nobody can listen at `wanted` while somebody does at `other`; both are in kernel form.

    An IPv6 socket on every address takes IPv4 too, unless it is told not to: that is asked of the wanted one alone.
    """
    (kind, address, port), (other_kind, other_address, other_port) = _parts(wanted), _parts(other)
    if kind == other_kind == "unix" or port != other_port:
        return wanted == other
    wide = _is_wide(address)
    if kind != other_kind:
        return kind == "tcp6" and wide
    return wide or _is_wide(other_address) or address == other_address


def address_of(form: str) -> str:
    """Give the address that stands behind a kernel form."""
    kind, address, port = _parts(form)
    if kind == "unix":
        return address
    words = bytes.fromhex(address)
    packed = b"".join(words[start : start + 4][::-1] for start in range(0, len(words), 4))
    ip = ipaddress.ip_address(packed)
    return f"[{ip}]:{int(port, 16)}" if ip.version == 6 else f"{ip}:{int(port, 16)}"


def inodes(text: str) -> frozenset[int]:
    """Read inodes that stand in brackets."""
    return frozenset(int(number) for number in re.findall(r"\[(\d{1,20})\]", text))


def _parts(form: str) -> tuple[str, str, str]:
    """Split a kernel form into its kind, address and port; a unix socket has no port."""
    kind, _, rest = form.partition(":")
    address, _, port = (rest, "", "") if kind == "unix" else rest.partition(":")
    return kind, address, port


def _is_wide(address: str) -> bool:
    return set(address) == {"0"}


def _tcp(host: str, port: int) -> str:
    try:
        packed = ipaddress.ip_address(host).packed
    except ValueError:
        return ""
    words = [packed[start : start + 4][::-1].hex().upper() for start in range(0, len(packed), 4)]
    return f"tcp{'6' if len(words) == 4 else ''}:{''.join(words)}:{port:04X}"


def _listening(lines: Iterable[str]) -> Iterable[tuple[str, int]]:
    for line in lines:
        kind, *columns = line.split() or [""]
        if kind == "LISTEN" and (found := _by_ss(columns)):
            yield found
        elif kind in {"tcp", "tcp6"} and len(columns) > 9 and columns[3] == _LISTENING and _is_inode(columns[9]):
            yield f"{kind}:{columns[1]}", int(columns[9])
        elif kind == "unix" and len(columns) > 7 and columns[5] == "01" and _is_inode(columns[6]):
            yield f"unix:{' '.join(columns[7:])}", int(columns[6])


def _by_ss(columns: list[str]) -> tuple[str, int] | None:
    """Read `queue limit address peer … ino:INODE …`; an address `*` is IPv6 that takes IPv4 too, `%` names a device."""
    host, _, port = columns[2].rpartition(":") if len(columns) > 2 else ("", "", "")
    form = kernel_form(f"{host.strip('[*').replace(']', '')}:{port}")
    inode = next((word.removeprefix("ino:") for word in columns[3:] if word.startswith("ino:")), "")
    return (form, int(inode)) if form and _is_inode(inode) else None


def _is_inode(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20
