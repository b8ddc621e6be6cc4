"""What makes it impossible to run a second instance of a service from a copy of its unit. Pure."""

from collections.abc import Iterator

from deployer.findings import Finding, Mend, mendable
from deployer.host.copy import settings_of, sockets_of
from deployer.host.inspection import Inspection
from deployer.host.layout import Layout
from deployer.host.listeners import kernel_form
from deployer.host.socketfile import boolean
from deployer.host.unitfile import Settings
from deployer.host.wanted import Wanted

_TYPES = frozenset({"simple", "exec", "notify", "notify-reload", "idle"})
_COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost")


def copy_findings(
    inspection: Inspection, wanted: Wanted, *, bridge: bool, rehearse: bool, safe: bool
) -> tuple[Finding, ...]:
    """Give every reason why the unit cannot be copied for a bridge, a rehearsal, or both; `safe` as declared."""
    settings = settings_of(inspection, wanted)
    found = [*_socket_findings(inspection, wanted, rehearse=rehearse), *_shape_findings(settings, wanted, safe=safe)]
    if bridge:
        found += _blocking_findings(inspection, settings, wanted)
    return tuple(found)


def _socket_findings(inspection: Inspection, wanted: Wanted, *, rehearse: bool) -> Iterator[Finding]:
    live = sockets_of(inspection)
    if not live:
        yield Finding(
            "copy-socket",
            f"{wanted.unit} has no live socket that a second instance could share",
            remedy="set strategy: restart and rehearse: off in the plan",
        )
    others = [address for socket in live for address in socket.properties.all("Listen") if not kernel_form(address)]
    if rehearse and others:
        yield Finding(
            "rehearse-listen",
            f"{wanted.unit} listens on more than stream sockets (TCP, unix): the rest cannot be rehearsed",
            "\n".join(others),
            "set rehearse: off in the plan",
        )


def _shape_findings(settings: Settings, wanted: Wanted, *, safe: bool) -> Iterator[Finding]:
    kind = settings.one("Service", "Type", "simple")
    named = [key for key in ("PIDFile", "BusName") if settings.one("Service", key)]
    if kind not in _TYPES or named:
        seen = [f"Type={kind}", *(f"{key}={settings.one('Service', key)}" for key in named)]
        yield Finding(
            "copy-type",
            f"two instances of {wanted.unit} cannot run at a time: that needs Type=notify, exec or simple, "
            "and neither PIDFile= nor BusName=",
            "\n".join(seen),
            "[Service]\nType=notify",
        )
    commands = [f"{key}={value}" for key in _COMMANDS for value in settings.many("Service", key)]
    if commands and not safe:
        yield Finding(
            "copy-commands",
            f"{wanted.unit} has further commands, which a second instance would run beside the live one",
            "\n".join(commands),
            "if they may run twice at a time, say so in the plan:\nbridge:\n  safe: on",
        )
    place = Layout(wanted.service, wanted.root)
    if not settings.mentions("Service", place.current):
        yield Finding(
            "copy-current",
            f"{wanted.unit} does not name {place.current}: a second instance would run the old release",
            "\n".join(f"{key}={settings.one('Service', key)}" for key in ("WorkingDirectory", "ExecStart")),
            f"[Service]\nWorkingDirectory={place.current}",
        )


def _blocking_findings(inspection: Inspection, settings: Settings, wanted: Wanted) -> Iterator[Finding]:
    """O_NONBLOCK belongs to the one open socket: a start without NonBlocking= takes it from everyone who holds it."""
    loaded = inspection.service.properties.one("NonBlocking")
    wanted_too = boolean(settings.one("Service", "NonBlocking"))
    if (loaded, wanted_too) == ("yes", "yes"):
        return
    yield mendable(
        "bridge-blocking",
        f"{wanted.unit} is without NonBlocking=yes: whenever it starts, a bridge would stall in accept()",
        f"NonBlocking={loaded or 'unknown'} (loaded), {wanted_too} (in its files)",
        Mend(wanted.unit, "Service", "NonBlocking=yes"),
    )
