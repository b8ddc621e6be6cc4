"""Whether a host's socket is really held by PID 1, will be after a reboot, and is what the plan says. Pure."""

from collections.abc import Iterator

from deployer.findings import Finding, Mend, mendable
from deployer.host.inspection import Inspection, UnitOnDisk
from deployer.host.layout import UNITS
from deployer.host.listeners import address_of, kernel_form
from deployer.host.migration import moves
from deployer.host.reach import addresses_of
from deployer.host.socketfile import differences
from deployer.host.unitfile import file_of
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

AT_OPENING = "an open socket stays as it is until a reboot, or until this, which closes the port till it listens again:"
"""What to know before a socket is restarted for what it is opened with."""


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
        if socket is not None:
            yield from _shape(socket, inspection.service, wanted)
        yield from _listen_differs(addresses_of(inspection, wanted), wanted)
        return
    if socket.masked:
        yield Finding("masked", f"{wanted.socket} is masked", socket.fragment, f"systemctl unmask {wanted.socket}")
        return
    yield from _shape(socket, inspection.service, wanted)
    left = left_behind(inspection)
    if not left:
        yield from _listen_differs(addresses_of(inspection, wanted), wanted)
    if not brought:
        yield from _standing(socket, left, wanted)
    if socket.active == "active":
        yield from _held(inspection, left, wanted)
    if socket.active == "active" and not left:
        yield from _file_differs(inspection, socket, wanted)


def left_behind(inspection: Inspection) -> tuple[str, ...]:
    """Give the addresses that a running process still has of a socket that systemd has let go of.

    It was given them: while systemd listened there, nobody could bind them by itself.
    """
    socket, service = inspection.socket, inspection.service
    if socket is None or service.active != "active":
        return ()
    stopped = socket.properties.number("InactiveEnterTimestampMonotonic")
    started = service.properties.number("InactiveExitTimestampMonotonic")
    let_go = not inspection.held if socket.active == "active" else 0 < started < stopped
    return tuple(map(address_of, inspection.alone)) if let_go else ()


def _missing(socket: str) -> Finding:
    return Finding(
        "socket-missing",
        f"the host has no {socket}",
        remedy=f"install {socket}, then: systemctl enable --now {socket}   # or socket: none in the plan",
    )


def _shape(socket: UnitState, service: UnitState, wanted: Wanted) -> Iterator[Finding]:
    """Find options under which a restart loses connections, whatever is done."""
    says, name = socket.properties, f"the plan's {socket.name}" if socket.planned else socket.name
    for option, code, harm in _HARMFUL:
        if says.one(option) == "yes" and option == "FlushPending":
            mend = Mend(socket.name, "Socket", "FlushPending=no")  # the one that a live socket minds at once
            yield mendable(code, f"{name} {harm}", f"{option}=yes", mend)
        elif says.one(option) == "yes":
            taken = (f"# {AT_OPENING}", _restarted(wanted)) if socket.active == "active" else ()
            yield Finding(code, f"{name} {harm}", f"{option}=yes", "\n".join((f"# in {name}", f"{option}=no", *taken)))
    triggers = says.one("Triggers").split()
    if triggers and wanted.holder not in triggers:
        yield Finding(
            "other-service",
            f"{wanted.socket} starts {' '.join(triggers)}, not {wanted.holder}",
            remedy=f"# in {wanted.socket}; socket.proxy in the plan names a proxy before it\nService={wanted.holder}",
        )
    if wanted.socket in service.properties.one("BindsTo").split():
        unit = f"the plan's {wanted.unit}" if service.planned else wanted.unit
        read = "" if service.planned else "\nsystemctl daemon-reload"
        yield Finding(
            "binds-to",
            f"{unit} is bound to {wanted.socket}: a failed socket would kill a healthy service",
            f"BindsTo={service.properties.one('BindsTo')}",
            f"# in {unit}, in place of BindsTo=\nRequires={wanted.socket}\nAfter={wanted.socket}{read}",
        )


def _standing(socket: UnitState, left: tuple[str, ...], wanted: Wanted) -> Iterator[Finding]:
    if socket.enabled not in _ENABLED:
        yield Finding(
            "not-enabled",
            f"{wanted.socket} is not enabled: nothing would listen after a reboot",
            f"UnitFileState={socket.enabled}",
            f"systemctl enable {wanted.socket}",
        )
    if socket.active != "active" and not wanted.goes_back:
        evidence = "\n".join([f"ActiveState={socket.active}, Result={socket.result}", *_left(left, wanted)])
        listens = "what still listens closes with the service" if left else "nothing listens"
        message = f"{wanted.socket} is not active: {listens}"
        yield Finding("not-active", message, evidence, _recovery(wanted, left))


def _held(inspection: Inspection, left: tuple[str, ...], wanted: Wanted) -> Iterator[Finding]:
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
            evidence = "\n".join([f"{listener.address}: {why}", *_left(left, wanted)])
            message = f"PID 1 does not hold the listener of {wanted.socket}"
            yield Finding("not-held", message, evidence, _recovery(wanted, left, edited=bool(left)))


def _left(left: tuple[str, ...], wanted: Wanted) -> Iterator[str]:
    for address in left:
        yield f"{address}: only the running process of {wanted.unit} has it still, and closes it when it ends"


def _edited(wanted: Wanted) -> tuple[str, ...]:
    return (
        f"# and for good if {wanted.socket} is to listen elsewhere now: if it is not, change ListenStream= back first",
        "systemctl daemon-reload",
    )


def _recovery(wanted: Wanted, left: tuple[str, ...], *, edited: bool = False) -> str:
    both = f"{wanted.unit} {wanted.socket}"
    lines = (
        *((f"# this closes {' and '.join(left)} for about as long as {wanted.unit} takes to stop",) if left else ()),
        *(_edited(wanted) if edited else ()),
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


def _restarted(wanted: Wanted) -> str:
    return f"systemctl daemon-reload && systemctl restart {wanted.socket} {wanted.unit}"


def _file_differs(inspection: Inspection, socket: UnitState, wanted: Wanted) -> Iterator[Finding]:
    """Find options of the file that systemd would read next which the live socket does not have."""
    name = wanted.socket or ""
    text = wanted.text(name)
    fragment, *drop_ins = socket.texts or ("",)
    whose = "the host's file" if text is None else "the plan's file"
    if text is None and not socket.texts:
        return
    harmful = {option for option, _, _ in _HARMFUL if socket.properties.one(option) == "yes"}  # told by themselves
    for found in differences(name, [fragment if text is None else text, *drop_ins], socket.properties):
        if found.option in harmful:
            continue
        yield Finding(
            "socket-differs",
            f"{found.option} of {name}: {whose} and the live socket differ; a new socket would close the port",
            f"file: {found.file}\nlive: {found.live}",
            _taken_over(inspection, found.option, wanted),
        )


def _taken_over(inspection: Inspection, option: str, wanted: Wanted) -> str:
    """Say how a change of the file gets to the live socket; the plan's own file has to be on the host first."""
    name = wanted.socket or ""
    file = file_of(wanted.units, name)
    moved = "; where it does not listen any more, it stays closed" if option == "Listen" else ""
    copied: tuple[str, ...] = ()
    if file is not None and UnitOnDisk(file.name, "same") not in inspection.units:
        copied = (f"# put the plan's {file.name} on the host as {UNITS}/{file.name}, then:",)
    lines = (
        "change the file back, or take the change over while nobody needs the port:",
        f"# this closes the port until {name} listens again{moved}",
        *copied,
        _restarted(wanted),
    )
    return "\n".join(lines)
