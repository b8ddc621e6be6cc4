"""Traps: units and plans that look sound, and close the port or judge the wrong thing all the same. Pure.

Each rule is one function; `RULES` is the table of them. A finding here keeps the host out of a rollout.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from deployer.findings import Finding, Mend, mendable
from deployer.host.inspection import Inspection
from deployer.host.listeners import kernel_forms
from deployer.host.listening import left_behind
from deployer.host.migration import held_alone, port_taken, units_lacking
from deployer.host.reach import addresses_of, reaches
from deployer.host.serving import service_settings
from deployer.host.socketfile import boolean
from deployer.host.wanted import Wanted

Rule = Callable[[Inspection, Wanted], Finding | None]

_MIGRATE = "\nthen have the host moved with both units in the plan, its port closed once: sockdeploy apply --migrate"
_FAMILIES = ("Condition", "Assert")


def condition(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A condition that is not met keeps the service down, and every connection starts it again: the port closes."""
    if wanted.socket is None or wanted.proxy:
        return None
    found: dict[str, list[str]] = {}
    for setting in service_settings(inspection, wanted).all:
        family = next((name for name in _FAMILIES if setting.section == "Unit" and setting.key.startswith(name)), None)
        if family and not setting.value:
            found[family] = []  # an empty one of any kind drops all of its family
        elif family:
            found.setdefault(family, []).append(f"{setting.key}={setting.value}")
    held = [family for family in _FAMILIES if found.get(family)]
    if not held:
        return None
    return mendable(
        "condition",
        f"{wanted.unit} starts on a condition only: not met, queued connections start it over and over, and systemd "
        "closes the port",
        "\n".join(line for family in held for line in found[family]),
        *(Mend(wanted.unit, "Unit", f"{family}PathExists=") for family in held),
    )


def job_queued(inspection: Inspection, _: Wanted) -> Finding | None:
    """A job that waits belongs to somebody else's work on the unit; a run that died and a crash loop have their own."""
    service, crashing = inspection.service, inspection.service.active == "activating" and inspection.service.nrestarts
    if inspection.pending or crashing:
        return None
    for unit in (service, inspection.socket):
        if unit is not None and unit.properties.one("Job", "0") not in {"", "0"}:
            return Finding(
                "job-queued",
                f"systemd has a job for {unit.name} that is not done: somebody else is at work on it",
                f"job {unit.properties.one('Job')}, ActiveState={unit.active} ({unit.sub})",
                f"systemctl list-jobs   # wait for it, or: systemctl cancel {unit.properties.one('Job')}",
            )
    return None


def self_bound(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A service that listens by itself lets go of its port whenever it stops, whatever systemd holds.

    What it was passed it has open all its life, used or not: that it has, proves nothing; that it has not, does.
    """
    # What a run that died left may be replaced; a proxy in front takes the socket in the service's place.
    if wanted.socket is None or inspection.service.active != "active" or inspection.pending:
        return None
    movable = held_alone(inspection, wanted)
    if (wanted.migrate if movable else wanted.proxy) or left_behind(inspection):
        return None
    addresses = addresses_of(inspection, wanted)
    ports = {form.rpartition(":")[2] for form in kernel_forms(addresses) if form.startswith("tcp")}
    same_port = [form for form in inspection.alone if form.rpartition(":")[2] in ports]
    held = {listener.inode for listener in inspection.listeners if listener.held}
    passed = inspection.used is None or not held or bool(held & inspection.used)
    if passed and not same_port:
        return None
    return Finding(
        "self-bound",
        f"{wanted.unit} binds its address by itself, and does not take {wanted.socket}",
        f"{wanted.socket}: {', '.join(addresses)}\n"
        + (
            f"{wanted.unit} listens on port {int(same_port[0].rpartition(':')[2], 16)} with a socket of its own"
            if same_port
            else f"no process of {wanted.unit} has that socket open"
        ),
        "have the service take the socket that systemd passes: file descriptor 3, LISTEN_FDS=1\n"
        "or put a proxy that takes it in front of the service: sockdeploy init --wrap" + (_MIGRATE if movable else ""),
    )


def in_runtime_folder(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A runtime folder is removed when its service stops, and a unix socket in it with it."""
    settings = service_settings(inspection, wanted)
    if boolean(settings.one("Service", "RuntimeDirectoryPreserve", "no")) == "yes":
        return None
    words = (word for line in settings.many("Service", "RuntimeDirectory") for word in line.split())
    folders = tuple(f"/run/{word.partition(':')[0].strip('/')}/" for word in words)
    inside = [address for address in addresses_of(inspection, wanted) if address.startswith(folders)] if folders else []
    if not inside:
        return None
    return mendable(
        "socket-in-runtime-folder",
        f"{wanted.socket} listens in the runtime folder of {wanted.unit}: systemd removes it when the service stops",
        "\n".join([*inside, *(f"RuntimeDirectory={line}" for line in settings.many("Service", "RuntimeDirectory"))]),
        Mend(wanted.unit, "Service", "RuntimeDirectoryPreserve=yes"),
    )


def health_elsewhere(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A health URL that another program answers would judge that one."""
    addresses = addresses_of(inspection, wanted)
    # Where a socket's file was edited, what it says next is not what the plan speaks of.
    known = wanted.health and addresses and not left_behind(inspection)
    if not known or reaches(wanted.health, addresses, outside=wanted.outside):
        return None
    return Finding(
        "health-elsewhere",
        f"the health URL does not reach the address that {wanted.socket} binds: something else would be judged",
        f"gates.health.url: {wanted.health}\n{wanted.socket}: {', '.join(addresses)}",
        f"{suggestion(wanted.health, addresses[0])}   # gates.health.url in the plan",
    )


def balancer_elsewhere(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A load balancer cannot reach a socket on loopback: what answers it is something in front."""
    addresses = addresses_of(inspection, wanted)
    if not wanted.balancer or not addresses or reaches(wanted.balancer, addresses, outside=True):
        return None
    return Finding(
        "load-balancer-elsewhere",
        f"the load balancer's check does not reach the address that {wanted.socket} binds",
        f"load_balancer.check: {wanted.balancer}\n{wanted.socket}: {', '.join(addresses)}",
        f"have {wanted.socket} listen where the load balancer connects to, or leave load_balancer out of the plan",
    )


def memory(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A bridge or a rehearsal needs the memory of the service a second time."""
    need, left = inspection.memory_used, inspection.memory
    if not (wanted.bridge or wanted.rehearse) or not left or need <= left:
        return None
    return Finding(
        "memory",
        f"there is not enough memory for two instances of {wanted.unit}",
        f"{need >> 20} MiB used by one, {left >> 20} MiB available",
        "give the host more memory; or strategy: restart and rehearse: off in the plan",
    )


def suggestion(url: str, address: str) -> str:
    """Give a health URL with the path of `url` that reaches `address`."""
    path = url.split(":", 2)[2] if url.startswith("unix:") else urlsplit(url).path or "/"
    if address.startswith("/"):
        return f"unix:{address}:{path}"
    host, _, port = address.rpartition(":")
    wide = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}  # noqa: S104 - not bound, replaced
    scheme = "https" if url.startswith("https:") else "http"
    return f"{scheme}://{wide.get(host, host)}:{port}{path}"


def proxy_missing(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A socket whose proxy cannot start takes connections that nobody will answer."""
    text = wanted.text(wanted.proxy) if wanted.proxy else None
    if text is None or "/haproxy " not in text or "haproxy" in inspection.tools:
        return None
    return Finding(
        "proxy-missing", f"the host has no haproxy, which {wanted.proxy} runs", remedy="apt-get install haproxy"
    )


RULES: tuple[Rule, ...] = (
    condition,
    job_queued,
    self_bound,
    units_lacking,
    port_taken,
    proxy_missing,
    in_runtime_folder,
    health_elsewhere,
    balancer_elsewhere,
    memory,
)
