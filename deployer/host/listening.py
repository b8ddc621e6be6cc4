"""Whether a host's socket is really held by PID 1, will be after a reboot, and is what the plan says. Pure."""

from collections.abc import Iterator

from deployer.findings import Finding, Mend, mendable
from deployer.host.inspection import Inspection
from deployer.host.listeners import kernel_form
from deployer.host.migration import moves
from deployer.host.reach import addresses_of
from deployer.host.socketfile import boolean, differences
from deployer.host.unitfile import Settings
from deployer.host.unitstate import UnitState
from deployer.host.wanted import Wanted

# `static` sockets are pulled in by what needs them, `generated` and `alias` ones by another name.
_ENABLED = {"enabled", "static", "alias", "indirect", "generated"}

# Options that must not be on: code of the finding, and what they do.
_HARMFUL = (
    ("Accept", "accept", "starts one service per connection"),
    ("ReusePort", "reuse-port", "lets others bind its port, which loses queued connections"),
    ("FlushPending", "flush-pending", "throws its queue away"),
)


def socket_findings(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Find what is wrong with the socket unit; nothing without one."""
    if wanted.socket is None:
        return
    socket = inspection.socket
    # A first deploy, and one that moves the service behind its socket, brings, enables and starts it.
    brought = wanted.text(wanted.socket) is not None and (
        inspection.current_kind == "none" or moves(inspection, wanted)
    )
    if socket is None or not socket.exists:
        if not brought:
            yield _missing(wanted.socket)
        yield from _planned_shape(wanted)
        yield from _listen_differs(addresses_of(inspection, wanted), wanted)
        return
    if socket.load == "masked":
        yield Finding("masked", f"{wanted.socket} is masked", socket.fragment, f"systemctl unmask {wanted.socket}")
        return
    yield from _shape(socket, inspection.service, wanted)
    yield from _listen_differs(addresses_of(inspection, wanted), wanted)
    if socket.active != "active":
        yield from _planned_shape(wanted)
    if not brought:
        yield from _standing(socket, wanted)
    if socket.active == "active":
        yield from _held(inspection, wanted)
        yield from _file_differs(socket, wanted)


def _missing(socket: str) -> Finding:
    return Finding(
        "socket-missing",
        f"the host has no {socket}",
        remedy=f"install {socket}, then: systemctl enable --now {socket}   # or socket: none in the plan",
    )


def _shape(socket: UnitState, service: UnitState, wanted: Wanted) -> Iterator[Finding]:
    """Find options under which a restart loses connections, whatever is done."""
    says = socket.properties
    for option, code, harm in _HARMFUL:
        if says.one(option) == "yes" and option == "FlushPending":
            mend = Mend(wanted.socket or "", "Socket", "FlushPending=no")  # the one that a live socket minds at once
            yield mendable(code, f"{wanted.socket} {harm}", f"{option}=yes", mend)
        elif says.one(option) == "yes":
            yield Finding(code, f"{wanted.socket} {harm}", f"{option}=yes", f"# in {wanted.socket}\n{option}=no")
    triggers = says.one("Triggers").split()
    if triggers and wanted.holder not in triggers:
        yield Finding(
            "other-service",
            f"{wanted.socket} starts {' '.join(triggers)}, not {wanted.holder}",
            remedy=f"# in {wanted.socket}; socket.proxy in the plan names a proxy before it\nService={wanted.holder}",
        )
    if wanted.socket in service.properties.one("BindsTo").split():
        remedy = f"# in {wanted.unit}, in place of BindsTo=\nRequires={wanted.socket}\nAfter={wanted.socket}"
        yield Finding(
            "binds-to",
            f"{wanted.unit} is bound to {wanted.socket}: a failed socket would kill a healthy service",
            remedy=remedy,
        )


def _planned_shape(wanted: Wanted) -> Iterator[Finding]:
    """Find the same in the plan's file, where that is what systemd will listen by."""
    name = wanted.socket or ""
    settings = Settings.read(name, [wanted.text(name) or ""])
    for option, code, harm in _HARMFUL:
        if boolean(settings.one("Socket", option, "no")) == "yes":
            yield Finding(code, f"the plan's {name} {harm}", f"{option}=yes", f"# in {name}\n{option}=no")


def _standing(socket: UnitState, wanted: Wanted) -> Iterator[Finding]:
    if socket.enabled not in _ENABLED:
        yield Finding(
            "not-enabled",
            f"{wanted.socket} is not enabled: nothing would listen after a reboot",
            f"UnitFileState={socket.enabled}",
            f"systemctl enable {wanted.socket}",
        )
    if socket.active != "active" and not wanted.goes_back:
        evidence = f"ActiveState={socket.active}, Result={socket.result}"
        yield Finding("not-active", f"{wanted.socket} is not active: nothing listens", evidence, _recovery(wanted))


def _held(inspection: Inspection, wanted: Wanted) -> Iterator[Finding]:
    """Systemd calls a socket active whose listener PID 1 has let go of: only its open files prove it."""
    if not inspection.listeners:
        yield Finding(
            "no-stream",
            f"{wanted.socket} listens on no TCP or unix stream address",
            remedy="ListenStream=…, or socket: none in the plan",
        )
    if wanted.goes_back:
        return
    for listener in inspection.listeners:
        if not listener.held:
            why = f"inode {listener.inode} is not among the sockets of PID 1" if listener.inode else "nothing listens"
            evidence = f"{listener.address}: {why}"
            yield Finding(
                "not-held", f"PID 1 does not hold the listener of {wanted.socket}", evidence, _recovery(wanted)
            )


def _recovery(wanted: Wanted) -> str:
    both = f"{wanted.unit} {wanted.socket}"
    lines = (
        f"systemctl stop {both}",
        f"systemctl reset-failed {both}",
        f"systemctl start {wanted.socket}",
        f"systemctl start {wanted.unit}",
    )
    return "\n".join(lines)


def _listen_differs(addresses: tuple[str, ...], wanted: Wanted) -> Iterator[Finding]:
    if wanted.listen and addresses and kernel_form(wanted.listen) not in map(kernel_form, addresses):
        yield Finding(
            "listen-differs",
            f"{wanted.socket} does not listen where the plan says",
            f"plan: {wanted.listen}\nhost: {', '.join(addresses)}",
            f"socket.listen: {addresses[0]}   # in the plan, and look where the health url points",
        )


def _file_differs(socket: UnitState, wanted: Wanted) -> Iterator[Finding]:
    """Find options of the file that systemd would read next which the live socket does not have."""
    name = wanted.socket or ""
    text = wanted.text(name)
    fragment, *drop_ins = socket.texts or ("",)
    whose = "the host's file" if text is None else "the plan's file"
    if text is None and not socket.texts:
        return
    for found in differences(name, [fragment if text is None else text, *drop_ins], socket.properties):
        yield Finding(
            "socket-differs",
            f"{found.option} of {name}: {whose} and the live socket differ; a new socket would close the port",
            f"file: {found.file}\nlive: {found.live}",
            "change the file back, or take the change over while nobody needs the port:\n"
            f"systemctl daemon-reload && systemctl restart {name} {wanted.unit}",
        )
