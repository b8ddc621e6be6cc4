"""Units of the plan that the host does not run yet, as systemd would have them loaded. Pure.

So one set of rules judges what a host has and what a first deploy would bring. Defaults are systemd's own: those that a
host's system.conf changes show once the units are there.
"""

from dataclasses import dataclass, replace

from deployer.findings import Finding
from deployer.host.facts import Facts
from deployer.host.inspection import Inspection
from deployer.host.migration import moves
from deployer.host.socketfile import boolean
from deployer.host.unitfile import Settings, file_of
from deployer.host.unitstate import UnitState
from deployer.host.wanted import Wanted


@dataclass(frozen=True, slots=True)
class _Shown:
    """A property that systemd shows, the keys that set it (the last one known counts), and systemd's default."""

    name: str
    default: str
    keys: tuple[str, ...] = ()
    section: str = "Service"

    def of(self, settings: Settings) -> str:
        """Give its value, a boolean as yes or no."""
        values = [settings.one(self.section, key) for key in self.keys or (self.name,)]
        value = next((value for value in values if value), self.default)
        return boolean(value) if self.default in {"yes", "no"} and self.name != "Restart" else value


_LIMIT = ("StartLimitIntervalSec", "StartLimitInterval")
_SERVICE = (
    _Shown("Type", "simple"),
    _Shown("Restart", "no"),
    _Shown("RestartUSec", "100ms", ("RestartSec",)),
    _Shown("RestartMode", "normal"),
    _Shown("TimeoutStopUSec", "1min 30s", ("TimeoutStopSec", "TimeoutSec")),
    _Shown("StartLimitIntervalUSec", "10s", _LIMIT, "Unit"),
    _Shown("StartLimitBurst", "5", section="Unit"),
    _Shown("NonBlocking", "no"),
)
_HARDENING = ("NoNewPrivileges", "PrivateTmp", "ProtectSystem", "ProtectHome")
_DYNAMIC = {"ProtectSystem": "strict", "ProtectHome": "read-only"}  # what DynamicUser= brings along, the others: yes
_SOCKET = (
    _Shown("Accept", "no", section="Socket"),
    _Shown("ReusePort", "no", section="Socket"),
    _Shown("FlushPending", "no", section="Socket"),
    _Shown("TriggerLimitIntervalUSec", "2s", ("TriggerLimitIntervalSec",), "Socket"),
    _Shown("TriggerLimitBurst", "20", section="Socket"),
)


def as_planned(inspection: Inspection, wanted: Wanted) -> Inspection:
    """Give the inspection with the units that the rollout brings in place of those that it replaces.

    That is a socket that is not open, and a service before its first deploy or a move: a live unit speaks for itself.
    What is said of their state stays.
    """
    first = inspection.current_kind == "none" or moves(inspection, wanted)
    socket = _socket(inspection, wanted)
    service = _service(inspection, wanted, socket, first=first)
    return replace(inspection, service=service, socket=socket)


def in_plan(finding: Finding, inspection: Inspection) -> Finding:
    """Have a finding about a unit of the plan changed there: on the host there is nothing to mend yet."""
    units = {unit.name for unit in (inspection.service, inspection.socket) if unit is not None and unit.planned}
    ours = tuple(mend for mend in finding.mends if mend.unit in units)
    if not ours:
        return finding
    lines = [f"# in the plan's {mend.unit}\n[{mend.section}]\n{mend.line}" for mend in ours]
    return replace(finding, remedy="\n".join(lines), mends=())


def _socket(inspection: Inspection, wanted: Wanted) -> UnitState | None:
    text = wanted.text(wanted.socket) if wanted.socket else None
    found = inspection.socket or UnitState(wanted.socket or "", Facts())
    if text is None or found.masked or found.active == "active":
        return inspection.socket
    settings = Settings.read(found.name, [text, *_drop_ins(found)])
    shown = [(each.name, each.of(settings)) for each in _SOCKET]
    shown += [("Listen", f"{address} (Stream)") for address in settings.many("Socket", "ListenStream")]
    if ("Accept", "yes") not in shown:  # else it starts one instance per connection
        shown.append(("Triggers", settings.one("Socket", "Service", f"{found.name.removesuffix('.socket')}.service")))
    return _overlaid(found, shown)


def _service(inspection: Inspection, wanted: Wanted, socket: UnitState | None, *, first: bool) -> UnitState:
    text, found = wanted.text(wanted.unit), inspection.service
    file = file_of(wanted.units, wanted.unit)
    same = any(file is not None and unit.name == file.name and unit.status == "same" for unit in inspection.units)
    if text is None or found.masked or (found.exists and (same or not first)):
        return found
    settings = Settings.read(wanted.unit, [text, *_drop_ins(found)])
    shown = [(each.name, each.of(settings)) for each in _SERVICE]
    shown += [(name, _hardened(name, settings)) for name in _HARDENING]
    shown.append(("BindsTo", " ".join(settings.many("Unit", "BindsTo"))))
    if socket is not None and wanted.unit in socket.properties.one("Triggers").split():
        shown.append(("TriggeredBy", socket.name))
    return _overlaid(found, shown)


def _hardened(name: str, settings: Settings) -> str:
    dynamic = boolean(settings.one("Service", "DynamicUser")) == "yes"
    default = _DYNAMIC.get(name, "yes") if dynamic else "no"
    return boolean(settings.one("Service", name, default))


def _drop_ins(unit: UnitState) -> tuple[str, ...]:
    """Give what the host adds to a unit whether it has the unit itself or not."""
    paths = unit.paths or ("",) * len(unit.texts)
    return tuple(text for path, text in zip(paths, unit.texts, strict=False) if path.endswith(".conf"))


def _overlaid(unit: UnitState, shown: list[tuple[str, str]]) -> UnitState:
    names = {name for name, _ in shown}
    kept = tuple(pair for pair in unit.properties.pairs if pair[0] not in names)
    return replace(unit, properties=Facts((*kept, *shown)), planned=True)
