"""The text of a copy of a service's unit that runs another release beside the live one. Pure.

A copy is the host's own unit (fragment and drop-ins, or the plan's fragment) with `…/current` written as the new
release's folder, what its name decides written out, and what two at a time must not do left out. A `bridge` holds the
live sockets; a `rehearsal` gets private ones, whose addresses the host chooses when it starts them.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from deployer.host.inspection import Inspection
from deployer.host.layout import Layout
from deployer.host.socketfile import boolean
from deployer.host.unitfile import Setting, Settings, UnitFile
from deployer.host.unitstate import UnitState
from deployer.host.wanted import Wanted


class Kind(StrEnum):
    """What a copy is for."""

    REHEARSAL = "rehearsal"
    BRIDGE = "bridge"


ALL = "all"
"""The kind that `Dismiss` takes for whatever is there."""

# Another unit's business, or the machine's (reboot): none of it may happen because a copy ends.
_LEFT_OUT = frozenset({
    "OnFailure", "OnSuccess", "OnFailureJobMode", "OnSuccessJobMode", "PropagatesStopTo", "StopWhenUnneeded",
    "FailureAction", "SuccessAction", "StartLimitAction", "JobTimeoutAction", "StartLimitInterval",
    "StartLimitIntervalSec", "StartLimitBurst", "RefuseManualStart", "RefuseManualStop", "RestartForceExitStatus",
    "Sockets",
})  # fmt: skip
# What an app can see of the socket it is given.
_SOCKET_OPTIONS = ("FileDescriptorName", "Backlog", "SocketUser", "SocketGroup", "SocketMode", "NoDelay", "KeepAlive")


def copy_name(kind: Kind, service: str) -> str:
    """Give the copy's unit name without its suffix: `sockdeploy-myapp-bridge`, of web@1 `sockdeploy-web:1-bridge`."""
    return f"sockdeploy-{service.replace('@', ':', 1)}-{kind}"


def copies(kind: Kind, inspection: Inspection, wanted: Wanted) -> tuple[UnitFile, ...]:
    """Give the unit files of a copy that runs `wanted.release`: its .service and, of a rehearsal, its sockets."""
    name = copy_name(kind, wanted.service)
    live = sockets_of(inspection)
    names = _private_names(inspection, wanted)
    private = tuple(
        UnitFile(own, _socket_text(socket, f"{name}.service")) for own, socket in zip(names, live, strict=True)
    )
    if kind is Kind.BRIDGE:
        private, names = (), tuple(socket.name for socket in live)
    return (UnitFile(f"{name}.service", _service_text(kind, inspection, wanted, names)), *private)


def privates(inspection: Inspection, wanted: Wanted) -> tuple[str, ...]:
    """Give what a rehearsal listens on in place of what: its socket's name, a space, the live address."""
    names = _private_names(inspection, wanted)
    return tuple(
        f"{name} {address.partition(' (')[0]}"
        for name, socket in zip(names, sockets_of(inspection), strict=True)
        for address in socket.properties.all("Listen")
    )


def sockets_of(inspection: Inspection) -> tuple[UnitState, ...]:
    """Give every socket unit that passes sockets to the service, the plan's first (a proxy's does not)."""
    known = ((inspection.socket,) if inspection.socket else ()) + inspection.siblings
    feeding = inspection.service.properties.one("TriggeredBy").split()
    return tuple(socket for socket in known if socket.name in feeding)


def settings_of(inspection: Inspection, wanted: Wanted) -> Settings:
    """Give the settings of the service: the plan's unit file with the host's drop-ins, or the host's own."""
    fragment, *drop_ins = inspection.service.texts or ("",)
    return Settings.read(wanted.unit, [wanted.text(wanted.unit) or fragment, *drop_ins])


def _private_names(inspection: Inspection, wanted: Wanted) -> tuple[str, ...]:
    name = copy_name(Kind.REHEARSAL, wanted.service)
    count = len(sockets_of(inspection))
    return tuple(f"{name}{f'-{number}' if number > 1 else ''}.socket" for number in range(1, count + 1))


def _service_text(kind: Kind, inspection: Inspection, wanted: Wanted, sockets: tuple[str, ...]) -> str:
    settings = settings_of(inspection, wanted)
    left_out = _LEFT_OUT | ({"RuntimeDirectory"} if _is_let_in(settings) else set())
    copied = (_rewritten(setting, inspection, wanted) for setting in settings.all if _is_copied(setting, left_out))
    passed = (Setting("Service", "Sockets", socket) for socket in sockets)
    return _text((*copied, *_own(kind, inspection, wanted, settings), *passed))


def _is_copied(setting: Setting, left_out: frozenset[str]) -> bool:
    return setting.section != "Install" and not (setting.section in {"Unit", "Service"} and setting.key in left_out)


def _text(settings: Iterable[Setting]) -> str:
    lines: list[str] = []
    section = ""
    for setting in settings:
        if setting.section != section:
            section = setting.section
            lines.append(f"[{section}]")
        lines.append(f"{setting.key}={setting.value}")
    return "\n".join(lines) + "\n"


def _rewritten(setting: Setting, inspection: Inspection, wanted: Wanted) -> Setting:
    """Write out what the main unit's name decides, and the new release's folder for `current`."""
    place = Layout(wanted.service, wanted.root)
    current, release = (path.replace("%", "%%") for path in (place.current, place.release(wanted.release or "")))
    value = _written_out(setting.value, wanted.unit, inspection.service.fragment)
    value = re.sub(rf"(?<![\w./]){re.escape(current)}(?![\w.-])", lambda _: release, value)
    return Setting(setting.section, setting.key, value)


def _own(kind: Kind, inspection: Inspection, wanted: Wanted, settings: Settings) -> Iterator[Setting]:
    """Give what a copy has of its own: the last word on what two at a time need."""
    yield Setting("Unit", "Description", f"{wanted.service}: release {wanted.release} as a {kind}")
    # systemd passes over keys that begin so; a look at the host reads it.
    yield Setting("Unit", "X-Release", wanted.release or "")
    # A failed one stays loaded, so that how it ended can be read.
    yield Setting("Unit", "CollectMode", "inactive")
    # It has one life: a request to its private socket must not start it again.
    yield Setting("Unit", "StartLimitIntervalSec", "1d")
    yield Setting("Unit", "StartLimitBurst", "1")
    yield Setting("Service", "Restart", "no")
    if wanted.cover:
        # Its end when the run that began it is dead and nobody comes by: it drains as when it is stopped.
        yield Setting("Service", "RuntimeMaxSec", str(wanted.cover))
    if kind is Kind.BRIDGE:
        yield Setting("Service", "NonBlocking", "yes")
    yield from _same_folders(settings)
    yield from _same_user(inspection, settings)
    prefix, at, _ = wanted.service.partition("@")
    if at and not settings.one("Service", "Slice"):
        yield Setting("Service", "Slice", f"system-{prefix.replace('-', chr(92) + 'x2d')}.slice")


def _same_folders(settings: Settings) -> Iterator[Setting]:
    """Its end must not take the main unit's runtime folder away."""
    if not _is_let_in(settings):
        yield Setting("Service", "RuntimeDirectoryPreserve", "yes")
        return
    names = " ".join(settings.many("Service", "RuntimeDirectory")).split()
    paths = [f"/run/{name.partition(':')[0]}" for name in names]
    yield Setting("Service", "ReadWritePaths", " ".join(f"-{path}" for path in paths))
    yield Setting("Service", "Environment", f"RUNTIME_DIRECTORY={':'.join(paths)}")


def _is_let_in(settings: Settings) -> bool:
    """Whether the copy must use the runtime folder without listing it.

    systemd moves a dynamic user's runtime folder to /run/private when it is to be preserved: the live service, which
    does not preserve it, would find it gone.
    """
    moves = boolean(settings.one("Service", "DynamicUser")) == "yes"
    kept = settings.one("Service", "RuntimeDirectoryPreserve", "no")
    return moves and bool(settings.many("Service", "RuntimeDirectory")) and boolean(kept) == "no"


def _same_user(inspection: Inspection, settings: Settings) -> Iterator[Setting]:
    """A dynamic user is named after the unit: under a name of its own the copy would take over the state's folders."""
    if boolean(settings.one("Service", "DynamicUser")) != "yes":
        return
    for key in ("User", "Group"):
        if value := inspection.service.properties.one(key):
            yield Setting("Service", key, value)


def _socket_text(live: UnitState, service: str) -> str:
    """Give a private socket; the host adds where it listens, so its section stands last."""
    options = [f"{key}={value}" for key in _SOCKET_OPTIONS if (value := live.properties.one(key))]
    return "\n".join(
        [
            "[Unit]", f"Description={service}: stands for {live.name}",
            "[Socket]", f"Service={service}", "RemoveOnStop=yes", *options, "",
        ]
    )  # fmt: skip


def _written_out(value: str, name: str, fragment: str) -> str:
    stem = name.rpartition(".")[0]
    prefix, _, instance = stem.partition("@")
    last = prefix.rpartition("-")[2]
    plain = {
        "n": name,
        "N": stem,
        "p": prefix,
        "i": instance,
        "j": last,
        "y": fragment,
        "Y": fragment.rpartition("/")[0],
    }
    unescaped = {"P": prefix, "I": instance, "J": last, "f": instance or prefix}
    known = plain | {letter: text.replace("-", "/") for letter, text in unescaped.items()}
    known["f"] = "/" + known["f"].removeprefix("/")
    return re.sub("%(.)", lambda match: known.get(match[1], match[0]), value)
