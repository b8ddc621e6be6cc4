"""Receipts in words: what an activation took, what it cost, and who answered meanwhile."""

from collections.abc import Mapping

from deployer.facts import Receipt, Requests
from deployer.gates.receipt import losses, until
from deployer.sinks.phrases import span


def times(receipt: Receipt) -> str:
    """Say how long the old process drained, the new one booted, and nobody accepted."""
    if not receipt.gap:
        return ""
    return f"{_ms(receipt.drain)} / {_ms(receipt.boot)} / {_ms(receipt.gap)}{until(receipt)}"


def queue(receipt: Receipt) -> str:
    """Say how long the queue was at most, of how many, and what it lost."""
    after = receipt.after
    if after is None:
        return ""
    dropped = losses(receipt).queue
    lost = "" if dropped is None else f", {dropped} dropped"
    asks = f" (the socket unit asks for {receipt.backlog})"
    shrunk = asks if after.limit is not None and after.limit < receipt.backlog else ""
    return f"{after.peak} of {'?' if after.limit is None else after.limit}{shrunk}{lost}"


def slow(receipt: Receipt) -> str:
    """Say what became of a slow request; nothing when there was none."""
    asked = receipt.slow
    if asked is None:
        return ""
    return f"slow request: {asked.fate}{f' after {span(asked.seconds)}' if asked.seconds else ''}"


def requests(counts: tuple[Requests, ...], source: str) -> str:
    """Say what became of requests of our own, by release."""
    return "; ".join(f"{each.release or 'nobody'}: {_fates(each)}" for each in counts) + (
        f" ({_from(source)})" if counts else ""
    )


def closed(receipt: Receipt) -> str:
    """Say for how long the port was closed; nothing when it was not."""
    return f"the port was closed for {shut(receipt)}" if receipt.closed else ""


def shut(receipt: Receipt) -> str:
    """Say how long that was, and what for; nothing when the port was not closed."""
    if receipt.moved:
        return f"{receipt.closed:.2f} s (migration)"
    return f"{receipt.closed:.1f} s" if receipt.closed else ""


def cost(receipt: Receipt) -> str:
    """Say in one line what an activation took and cost."""
    gap = f"gap {span(receipt.gap)}{until(receipt)}"
    took = f"drain {_ms(receipt.drain)}, boot {_ms(receipt.boot)}, {gap}" if receipt.gap else ""
    waited = f"queue at most {queue(receipt)}" if receipt.after else ""
    asked = f"own requests: {requests(receipt.traffic, receipt.source)}" if receipt.traffic else ""
    told = (took, waited, asked, keep_alive(receipt), slow(receipt), closed(receipt))
    return "; ".join(part for part in told if part) or "nothing was counted"


def keep_alive(receipt: Receipt) -> str:
    """Say what became of a connection that was kept open; nothing when there was none."""
    kept = receipt.keep_alive
    if kept is None:
        return ""
    if not kept.kept:
        return "the service keeps no connection open"
    return f"kept connection: {kept.answered} answers, closed in order {kept.closed} times, cut {kept.cut} times"


def _fates(counts: Requests) -> str:
    fates = (
        ("ok", counts.ok),
        ("wrong status", counts.bad),
        ("refused", counts.refused),
        ("cut off", counts.cut),
        ("too late", counts.late),
        ("open", counts.open),
    )
    told = ", ".join(f"{count} {word}" for word, count in fates if count) or "0"
    return f"{told}, slowest {_ms(counts.slowest)}" if counts.ok else told


def _from(source: str) -> str:
    return "over SSH" if source == "host" else "from here"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def kept(record: Mapping[str, str]) -> str:
    """Say what a host's history keeps of an activation; nothing for a record without a receipt."""
    if "gap" not in record:
        return ""
    told = {
        key: record.get(key, "") or "?" for key in ("gap", "queue", "limit", "dropped", "refused", "unserved", "sent")
    }
    lost = "{refused} refused, {dropped} dropped, {unserved} unserved; {sent} own".format(**told)
    moved = f", the port was closed for {record['migrated']} s (migration)" if "migrated" in record else ""
    back = f", closed {record['closed']} s" if record.get("closed", "0.000") != "0.000" else ""
    return f"gap {told['gap']} s, queue {told['queue']} of {told['limit']}, {lost}{moved}{back}"
