"""Whether an established connection was taken by one of the service's own listeners, by the kernel's tables. Pure."""

from collections.abc import Iterable

from deployer.host.listeners import Listener

_V4_IN_V6 = "0000000000000000FFFF0000"
"""How /proc/net/tcp6 begins an IPv4 address on a socket for both families (on little-endian machines)."""


def taken_by(lines: Iterable[str], listeners: Iterable[Listener]) -> Listener | None:
    """Give the listener whose address took one of the connections in `lines` (see acts.Accepted); None: none of them.

    Two sockets cannot listen on one port of overlapping addresses, so that the address tells the very socket.
    """
    ends = [end for line in lines if (end := _local_end(line))]
    return next((each for each in listeners if each.held and any(_is_at(end, each.form) for end in ends)), None)


def _local_end(line: str) -> str:
    """Give `tcp:ADDRESS:PORT` of a table's line."""
    table, _, rest = line.partition(":")
    columns = rest.split()
    kind = table.rpartition("/")[2]
    return f"{kind}:{columns[1]}" if kind in {"tcp", "tcp6"} and len(columns) > 3 else ""


def _is_at(end: str, form: str) -> bool:
    kind, address, port = end.split(":")
    if not form.startswith("tcp"):
        return False
    bound_kind, bound, bound_port = form.split(":")
    if port != bound_port:
        return False
    if kind == "tcp6" and address.startswith(_V4_IN_V6) and bound_kind == "tcp":
        address, kind = address.removeprefix(_V4_IN_V6), "tcp"
    anywhere = not bound.strip("0")
    return (kind, address) == (bound_kind, bound) or (anywhere and bound_kind in {kind, "tcp6"})
