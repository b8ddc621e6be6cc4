"""A service that holds its port by itself, and whether it can be moved behind its socket. Pure.

It is moved by what the plan brings: a socket unit for the port, and a service unit that takes the socket. Moving closes
the port once: systemd can listen only when the old process has let go.
"""

from deployer.findings import Finding
from deployer.host.inspection import Inspection
from deployer.host.listeners import address_of, clash, kernel_forms
from deployer.host.reach import addresses_of
from deployer.host.wanted import Wanted


def held_alone(inspection: Inspection, wanted: Wanted) -> tuple[str, ...]:
    """Give in kernel form where the live service itself listens and its socket is to; nothing once the socket does."""
    return _clashing(inspection, wanted, inspection.alone) if inspection.service.active == "active" else ()


def moves(inspection: Inspection, wanted: Wanted) -> bool:
    """Say whether the service is to be moved behind its socket, and the plan has what that takes.

    Where a run that died had begun to, the next one goes on.
    """
    asked = (wanted.migrate or inspection.pending is not None) and not wanted.goes_back
    return asked and bool(held_alone(inspection, wanted)) and not _lacking(wanted)


def announcement(inspection: Inspection, wanted: Wanted) -> str:
    """Say in one sentence what moving means for clients."""
    now = ", ".join(map(address_of, held_alone(inspection, wanted)))
    then = ", ".join(addresses_of(inspection, wanted))
    return (
        f"{wanted.unit} holds {now} by itself, {wanted.socket} takes {then} from it: the port will be closed once, "
        "for about as long as the old process takes to stop"
    )


def units_lacking(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """Without units of the plan's own there is nothing to move the service with."""
    lacking = _lacking(wanted)
    # Where nobody says which port is meant, it may be any that the service has.
    holds = held_alone(inspection, wanted) or (not _wanted_forms(inspection, wanted) and inspection.alone)
    if not (wanted.migrate and lacking and holds) or inspection.pending:
        return None
    return Finding(
        "migrate-units",
        f"{wanted.unit} cannot be moved behind {wanted.socket}: the plan does not bring {' and '.join(lacking)}",
        remedy=f"units: [{', '.join(f'deploy/{unit}' for unit in _needed(wanted))}]   # in the plan: the port, and a "
        "service that takes it as file descriptor 3; sockdeploy init writes both",
    )


def port_taken(inspection: Inspection, wanted: Wanted) -> Finding | None:
    """A port that another program has can neither be listened on nor moved."""
    taken = _clashing(inspection, wanted, inspection.others)
    if not taken:
        return None
    return Finding(
        "port-taken",
        f"another program listens where {wanted.socket} is to listen",
        f"{wanted.socket}: {', '.join(addresses_of(inspection, wanted))}\n"
        f"listening now, not by {wanted.unit}: {', '.join(map(address_of, taken))}",
        "ss -lntp   # says which; stop it, or have the socket listen elsewhere",
    )


def _clashing(inspection: Inspection, wanted: Wanted, forms: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of `forms` at which the socket would have to listen, if it does not yet."""
    if wanted.socket is None or (inspection.socket is not None and inspection.socket.active == "active"):
        return ()
    ours = _wanted_forms(inspection, wanted)
    return tuple(form for form in forms if any(clash(our, form) for our in ours))


def _wanted_forms(inspection: Inspection, wanted: Wanted) -> tuple[str, ...]:
    return kernel_forms(addresses_of(inspection, wanted) or (wanted.listen or "",))


def _needed(wanted: Wanted) -> tuple[str, ...]:
    return tuple(unit for unit in (wanted.socket, wanted.proxy, wanted.unit) if unit)


def _lacking(wanted: Wanted) -> tuple[str, ...]:
    return tuple(unit for unit in _needed(wanted) if wanted.text(unit) is None)
