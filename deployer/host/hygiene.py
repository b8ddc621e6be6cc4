"""What keeps no rollout out and is better changed: limits, restarts, hardening. Pure.

Each rule is one function; `RULES` is the table of them. Findings here are soft.
"""

from deployer.findings import Finding, Mend, mendable
from deployer.host.inspection import Inspection
from deployer.host.leftover import left_beside
from deployer.host.listening import AT_OPENING, left_behind
from deployer.host.reach import addresses_of, is_wildcard, reaches
from deployer.host.socketfile import microseconds
from deployer.host.traps import Rule, suggestion
from deployer.host.wanted import Wanted

_SECOND = 1_000_000
_LONG = 30.0
"""Seconds that a start may take before it is told."""
_LATELY = 10.0
"""Seconds after which a service that was restarted by itself has settled."""
_HARDENING = {
    "NoNewPrivileges": ("yes",),
    "PrivateTmp": ("yes", "connected", "disconnected"),
    "ProtectSystem": ("strict",),
    "ProtectHome": ("yes", "read-only", "tmpfs"),
}
"""Directives of a hardened service, and the values that do."""


def start_limit(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A start limit that a crash loop reaches closes the port, outside of rollouts too."""
    says = inspection.service.properties
    interval, burst = _span(says.one("StartLimitIntervalUSec")), says.number("StartLimitBurst")
    spread = says.one("Restart") == "always" and _span(says.one("RestartUSec")) * burst >= interval
    if wanted.socket is None or wanted.proxy or not interval or not burst or spread:
        return None
    return mendable(
        "start-limit",
        f"{burst} failed starts of {wanted.unit} close the port",
        f"StartLimitIntervalSec={says.one('StartLimitIntervalUSec')}, StartLimitBurst={burst}, "
        f"Restart={says.one('Restart')}, RestartSec={says.one('RestartUSec')}",
        Mend(wanted.unit, "Unit", "StartLimitIntervalSec=0"),
        soft=True,
    )


def failing(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A service that is down behind its socket lets its clients wait, and keeps no mended release out."""
    service, wait = inspection.service, _since(inspection)
    looping = service.nrestarts > 0 and (service.active == "activating" or (wait is not None and wait < _LATELY))
    starting = service.active == "activating" and wait is not None and wait > _LONG
    down = service.active == "failed" or service.sub.startswith("auto-restart") or looping or starting
    if not inspection.current or inspection.pending or not down:
        return None
    since = f", for {wait:.0f} s" if wait is not None else ""
    says = (
        f"ActiveState={service.active} ({service.sub}){since}, Result={service.result}, NRestarts={service.nrestarts}"
    )
    return Finding(
        "failing",
        f"{wanted.unit} does not run, or not for long: whoever connects waits, or is refused",
        says,
        f"journalctl -u {wanted.unit} -n 50   # says why; a mended release can be rolled out all the same",
        soft=True,
    )


def opened_before(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """An open socket is shared for as long as it is open; nothing on a host tells whether it is."""
    socket = inspection.socket
    since = socket.properties.number("ActiveEnterTimestampMonotonic") if socket else 0
    if socket is None or socket.active != "active" or not since or left_behind(inspection):
        return None
    opened = inspection.clock - inspection.uptime + since / _SECOND
    says = (path for path in socket.paths if "ReusePort" in socket.text_of(path))
    changed = max((dict(inspection.socket_changed).get(path, 0.0) for path in says), default=0.0)
    if changed < opened + 1 or socket.properties.one("ReusePort") == "yes":
        return None
    return Finding(
        "opened-before",
        f"{wanted.socket} is older than its file: if that said ReusePort=yes before, others can still bind its port",
        f"opened {changed - opened:.0f} s before the file was changed; systemd does not tell how",
        f"# if it did: {AT_OPENING}\nsystemctl restart {wanted.socket} {wanted.unit}",
        soft=True,
    )


def trigger_limit(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A service that ends by itself is started again by the next connection; too often, and the port is closed."""
    if inspection.socket is None or inspection.socket.masked or wanted.socket is None or wanted.proxy:
        return None
    limit = inspection.socket.properties.one("TriggerLimitIntervalUSec")
    if not _span(limit) or inspection.service.properties.one("Restart") == "always":
        return None
    burst = inspection.socket.properties.one("TriggerLimitBurst")
    return mendable(
        "trigger-limit",
        f"a {wanted.unit} that ends by itself is started by the next connection, and {wanted.socket} closes the port "
        "when that happens too often",
        f"TriggerLimitIntervalSec={limit}, TriggerLimitBurst={burst}, "
        f"Restart={inspection.service.properties.one('Restart')}",
        Mend(wanted.socket, "Socket", "TriggerLimitIntervalSec=0"),
        soft=True,
    )


def type_simple(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """With Type=simple a start has succeeded before the program was even found."""
    if inspection.service.properties.one("Type") != "simple":
        return None
    return Finding(
        "type-simple",
        f"systemd calls {wanted.unit} started before its program runs",
        "Type=simple",
        "# or notify, when the program says READY=1\n[Service]\nType=exec",
        soft=True,
    )


def restart_no(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A service that is not restarted waits, dead, for the next connection."""
    if inspection.service.properties.one("Restart") != "no":
        return None
    mend = Mend(wanted.unit, "Service", "Restart=always")
    return mendable("restart-no", f"{wanted.unit} is not restarted when it fails", "Restart=no", mend, soft=True)


def restart_soon(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """Restarts in quick succession reach every limit and fill the journal."""
    says = inspection.service.properties
    pause = says.one("RestartUSec")
    if not pause or says.one("Restart") in {"no", ""} or _span(pause) >= _SECOND:
        return None
    mend = Mend(wanted.unit, "Service", "RestartSec=1")
    message = f"{wanted.unit} is restarted within less than a second"
    return mendable("restart-soon", message, f"RestartSec={pause}", mend, soft=True)


def restart_direct(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """With RestartMode=direct a restart does not pass through `inactive`, so nobody notices it."""
    if inspection.service.properties.one("RestartMode") != "direct":
        return None
    mend = Mend(wanted.unit, "Service", "RestartMode=normal")
    message = f"restarts of {wanted.unit} are not seen by the units that depend on it"
    return mendable("restart-direct", message, "RestartMode=direct", mend, soft=True)


def stop_timeout(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A stop that may take longer than the plan allows ends in a cancelled job."""
    allowed = inspection.service.properties.one("TimeoutStopUSec")
    if not allowed or _span(allowed) <= wanted.patience * _SECOND:
        return None
    return Finding(
        "stop-timeout",
        f"{wanted.unit} may take longer to stop than the plan gives it to be replaced",
        f"TimeoutStopSec={allowed}, timeouts.activate: {wanted.patience:g}s",
        "[Service]\nTimeoutStopSec=30\n# or raise timeouts.activate in the plan",
        soft=True,
    )


def not_enabled(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A service that only its socket starts is cold for the first request after a reboot."""
    if inspection.service.enabled != "disabled":
        return None
    return Finding(
        "service-not-enabled",
        f"{wanted.unit} is started by the first request after a reboot, which waits for it",
        "UnitFileState=disabled",
        f"systemctl enable {wanted.unit}   # with WantedBy=multi-user.target in [Install]",
        soft=True,
    )


def open_to_all(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A socket on every address of a host without a firewall is open to whoever reaches the host."""
    wide = [address for address in addresses_of(inspection, wanted) if is_wildcard(address)]
    if not wide or inspection.firewall != "no":
        return None
    port = wide[0].rpartition(":")[2]
    alone = f"127.0.0.1:{port}"
    asked = suggestion(wanted.health, alone) if wanted.health and not reaches(wanted.health, [alone]) else ""
    lines = (
        f"filter port {port} in a firewall: that closes nothing for those who may connect",
        f"# or, if everybody comes through a proxy on this host, in {wanted.socket}, on the host and in the plan:",
        f"ListenStream={alone}",
        *((f"# gates.health.url in the plan: {asked}",) if asked else ()),
        "# this closes the port until the socket listens again, and for good for whoever connects from elsewhere:",
        f"systemctl daemon-reload && systemctl restart {wanted.socket} {wanted.unit}",
    )
    return Finding(
        "open-to-all",
        f"{wanted.socket} listens on every address, and there is no firewall in sight",
        "\n".join(wide),
        "\n".join(lines),
        soft=True,
    )


def not_hardened(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """What the service may do on the host beyond its work is what an intruder may do."""
    says = inspection.service.properties
    seen = {name: says.one(name) for name in _HARDENING if says.one(name)}
    open_ = [name for name, value in seen.items() if value not in _HARDENING[name]]
    if not open_:
        return None
    return Finding(
        "not-hardened",
        f"{wanted.unit} lacks hardening",
        ", ".join(f"{name}={seen[name]}" for name in open_),
        "\n".join(["[Service]", *(f"{name}={_HARDENING[name][0]}" for name in open_)]),
        soft=True,
    )


def balancer_tcp(_: Inspection, wanted: Wanted) -> Finding | None:
    """The kernel accepts connections for a service that is dead, so such a check never fails."""
    if not wanted.balancer.startswith("tcp:"):
        return None
    return Finding(
        "load-balancer-tcp",
        "a TCP check of the load balancer is blind: systemd holds the port open for a dead service too",
        f"load_balancer.check: {wanted.balancer}",
        "have the load balancer ask the health URL, and write that in the plan",
        soft=True,
    )


RULES: tuple[Rule, ...] = (
    failing,
    opened_before,
    start_limit,
    trigger_limit,
    type_simple,
    restart_no,
    restart_soon,
    restart_direct,
    stop_timeout,
    not_enabled,
    open_to_all,
    not_hardened,
    balancer_tcp,
    left_beside,
)


def _since(inspection: Inspection) -> float | None:
    """Give the seconds that the service is in its state; None where that is not known."""
    changed = inspection.service.properties.number("StateChangeTimestampMonotonic")
    return inspection.uptime - changed / _SECOND if changed and inspection.uptime else None


def _span(text: str) -> int:
    """Read a time span of systemd in microseconds; `infinity` and what cannot be read are very long, nothing is 0."""
    value = microseconds(text) if text else "0"
    return int(value) if value.isdigit() else 10**15
