"""What a .socket file asks for, compared with the live socket: the options that need a new socket to take effect.

systemd drops a listening socket whose address changed when it reads its unit files again, and keeps one whose other
options changed as it is: either way the file and the port would no longer agree.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from deployer.host.facts import Facts
from deployer.host.listeners import kernel_form
from deployer.host.unitfile import Settings, UnitFile, file_of

_UNITS = {
    "us": 1, "ms": 1_000, "s": 1_000_000, "sec": 1_000_000, "second": 1_000_000, "seconds": 1_000_000,
    "m": 60_000_000, "min": 60_000_000, "minute": 60_000_000, "minutes": 60_000_000,
    "h": 3_600_000_000, "hr": 3_600_000_000, "hour": 3_600_000_000, "hours": 3_600_000_000,
}  # fmt: skip
_TYPE_OF_SERVICE = {"low-delay": "16", "throughput": "8", "reliability": "4", "low-cost": "2"}
_ENDLESS = {"128", "4096", "2147483647", "4294967295"}  # what releases of systemd and kernels call the default backlog


@dataclass(frozen=True, slots=True)
class Difference:
    """An option of a .socket file whose value is not the live socket's."""

    option: str
    file: str
    live: str


def differences(name: str, texts: Iterable[str], live: Facts) -> tuple[Difference, ...]:
    """Compare the texts of socket unit `name` (fragment, then drop-ins) with what `systemctl show` says of it."""
    settings = Settings.read(name, texts)
    found = [_addresses(settings, live)]
    found += [option.compare(settings, live) for option in _OPTIONS]
    return tuple(difference for difference in found if difference is not None)


def listen_addresses(units: Iterable[UnitFile], socket: str) -> tuple[str, ...]:
    """Give the stream addresses that the plan's file of `socket` asks for; empty when the plan has none."""
    file = file_of(units, socket)
    return Settings.read(socket, [file.text] if file else []).many("Socket", "ListenStream")


def microseconds(text: str) -> str:
    """Normalise a time span of systemd (`5`, `1min 30s`, `100ms`) to microseconds; what is none stays as it is."""
    total = 0.0
    rest = text.strip()
    for number, unit in re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*", rest):
        if unit and unit not in _UNITS:
            return text
        total += float(number) * _UNITS[unit or "s"]
    return str(round(total)) if rest[:1].isdigit() else text


def boolean(text: str) -> str:
    """Normalise a boolean to yes or no; what is none stays as it is."""
    word = text.lower()
    if word in {"1", "yes", "y", "true", "t", "on"}:
        return "yes"
    return "no" if word in {"0", "no", "n", "false", "f", "off", ""} else text


def size(text: str) -> str:
    """Normalise a number of bytes (`8M`) to digits; what is none stays as it is."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    return str(int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]) if match else text


def octal(text: str) -> str:
    """Normalise permission bits to four digits."""
    return text.lstrip("0").rjust(4, "0")


def _plain(text: str) -> str:
    return text


def _type_of_service(text: str) -> str:
    return _TYPE_OF_SERVICE.get(text, text)


@dataclass(frozen=True, slots=True)
class _Option:
    """An option of [Socket], its default, its normal form, and the property that shows it (else of its own name)."""

    key: str
    default: str = ""
    normal: Callable[[str], str] = _plain
    shown: str = ""

    def compare(self, settings: Settings, live: Facts) -> Difference | None:
        """Give the difference, or None; a property that this systemd does not know is no difference."""
        name = self.shown or self.key
        if not any(key == name for key, _ in live.pairs):
            return None
        file = self.normal(settings.one("Socket", self.key, self.default))
        shown = live.one(name)
        # A span is shown in words by systemctl, or as 0.
        same = file == (microseconds(shown) if self.shown.endswith("USec") else self.normal(shown))
        return (
            None if same or (self.key == "Backlog" and {file, shown} <= _ENDLESS) else Difference(self.key, file, shown)
        )


_OPTIONS = (
    _Option("Accept", "no", boolean),
    _Option("BindIPv6Only", "default"),
    _Option("Backlog", "4294967295"),
    _Option("BindToDevice"),
    _Option("SocketUser"),
    _Option("SocketGroup"),
    _Option("SocketMode", "0666", octal),
    _Option("ReusePort", "no", boolean),
    _Option("FreeBind", "no", boolean),
    _Option("Transparent", "no", boolean),
    _Option("NoDelay", "no", boolean),
    _Option("KeepAlive", "no", boolean),
    _Option("KeepAliveTimeSec", "0", microseconds, "KeepAliveTimeUSec"),
    _Option("KeepAliveIntervalSec", "0", microseconds, "KeepAliveIntervalUSec"),
    _Option("KeepAliveProbes", "0"),
    _Option("DeferAcceptSec", "0", microseconds, "DeferAcceptUSec"),
    _Option("Priority", "-1"),
    _Option("ReceiveBuffer", "0", size),
    _Option("SendBuffer", "0", size),
    _Option("IPTOS", "-1", _type_of_service),
    _Option("IPTTL", "-1"),
    _Option("Mark", "-1"),
    _Option("TCPCongestion"),
    _Option("PassCredentials", "no", boolean),
    _Option("PassSecurity", "no", boolean),
    _Option("PassPacketInfo", "no", boolean),
)

_KINDS = {
    "ListenStream": "Stream", "ListenDatagram": "Datagram", "ListenSequentialPacket": "SequentialPacket",
    "ListenFIFO": "FIFO", "ListenNetlink": "Netlink", "ListenSpecial": "Special", "ListenMessageQueue": "MessageQueue",
}  # fmt: skip


def _addresses(settings: Settings, live: Facts) -> Difference | None:
    """Compare every address with its kind. A bare port is shown as [::]:PORT, without IPv6 as 0.0.0.0:PORT."""
    file = sorted(f"{value} ({kind})" for key, kind in _KINDS.items() for value in settings.many("Socket", key))
    shown = sorted(live.all("Listen"))
    if all(value.startswith("0.0.0.0:") for value in shown):
        file = [f"0.0.0.0:{value}" if value.split(" ")[0].isdigit() else value for value in file]
    if sorted(map(_normal, file)) == sorted(map(_normal, shown)):
        return None
    return Difference("Listen", ", ".join(file) or "nothing", ", ".join(shown) or "nothing")


def _normal(address: str) -> str:
    return kernel_form(address) or address
