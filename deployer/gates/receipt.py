"""The receipt gate, on behind every socket: an activation lost nobody's connection, and what it should be runs.

Connections that were kept open and closed by the old process are reported, never judged: clients open new ones.
"""

from dataclasses import dataclass

from deployer.facts import ListenerLook, Receipt, Requests
from deployer.gates.lost import EXCHANGED, which_lost
from deployer.gates.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Losses:
    """Connections that an activation cost, by how they were lost.

    `refused` could not connect and `unserved` were accepted and never answered, both counted among requests of our own.
    `queue` are all that the kernel threw away because the queue was full, None when nobody can tell. `keep_alive` is
    how often a connection of ours that was kept open ended, in order or not; None when none was.
    """

    refused: int = 0
    queue: int | None = None
    unserved: int = 0
    keep_alive: int | None = None


def losses(receipt: Receipt) -> Losses:
    """Count what an activation cost."""
    refused = sum(each.refused for each in receipt.traffic)
    unserved = sum(each.cut + each.late for each in receipt.traffic)
    before, after = receipt.before, receipt.after
    dropped = _dropped(before, after) if before is not None and after is not None else None
    kept = receipt.keep_alive
    return Losses(refused, dropped, unserved, kept.closed + kept.cut if kept else None)


def _dropped(before: ListenerLook, after: ListenerLook) -> int | None:
    return None if before.drops is None or after.drops is None else after.drops - before.drops


def judge(receipt: Receipt, releases: str, release: str, addresses: tuple[str, ...] = ()) -> Judgement:
    """Judge a complete receipt; `releases` is the host's folder of all releases, `release` the one that must run.

    `addresses` are where the service listens, in the order of the inodes.
    """
    evidence = describe(receipt)
    for wrong, code, message in _complaints(receipt, releases, release, addresses):
        if wrong:
            return Judgement("receipt", Verdict.FAIL, code, message, evidence)
    return Judgement(
        "receipt", Verdict.PASS, "nothing-lost", "the listener was kept and no connection was lost", evidence
    )


def _complaints(
    receipt: Receipt, releases: str, release: str, addresses: tuple[str, ...]
) -> tuple[tuple[bool, str, str], ...]:
    before, after, lost = receipt.before or ListenerLook(), receipt.after or ListenerLook(), losses(receipt)
    swapped = listens(before) and (_differ(before.inode, after.inode) or _differ(before.cookie, after.cookie))
    names = f"(inode {before.inode}, cookie {before.cookie or '?'} before; {after.inode}, {after.cookie or '?'} now)"
    which = which_lost(before.inode, after.inode, addresses)
    other = _other_release(receipt, releases, release)
    return (
        (not receipt.held, "listener-lost", f"systemd no longer holds the listener{which}: connections may be refused"),
        (swapped, "listener-changed", f"the listener{which} is another one {names}: {EXCHANGED}"),
        (bool(lost.queue), "connections-dropped", f"the queue was full: the kernel dropped {lost.queue} connections"),
        (lost.refused > 0, "connections-refused", f"{lost.refused} of our own requests were refused"),
        (other != "", "wrong-release", f"the main process runs in {other}, not in {releases}/{release}"),
    )


def listens(look: ListenerLook) -> bool:
    """Say whether every listening socket was there."""
    return look.inode != "" and "0" not in look.inode.split(",")


def _differ(before: str, after: str) -> bool:
    return "" not in {before, after} and before != after


def _other_release(receipt: Receipt, releases: str, release: str) -> str:
    """Give the folder of another release that the main process runs in; none when nothing points to any."""
    paths = [path for path in (receipt.cwd, receipt.exe) if path.startswith(f"{releases}/")]
    right = any(_first(path, releases) == release for path in paths)
    return "" if right or not paths else paths[0]


def _first(path: str, releases: str) -> str:
    return path.removeprefix(f"{releases}/").partition("/")[0]


def describe(receipt: Receipt) -> tuple[str, ...]:
    """Say in lines what the receipt holds."""
    times = f"drain {receipt.drain:.2f} s, boot {receipt.boot:.2f} s, gap {receipt.gap:.2f} s{until(receipt)}"
    process = f"process {receipt.pid} (cwd {receipt.cwd or '?'}, exe {receipt.exe or '?'}), {times}"
    return (process, *listener(receipt), *(requests(each, receipt.source) for each in receipt.traffic))


def until(receipt: Receipt) -> str:
    """Say what ended the gap; nothing when that is systemd's word alone."""
    return " until the first answer" if receipt.answered else ""


def listener(receipt: Receipt) -> tuple[str, ...]:
    """Say what the kernel counted of the listener, before and after; nothing when nobody asked it."""
    before, after = receipt.before, receipt.after
    if before is None or after is None:
        return ()
    peak = f"at most {after.peak} of {_or(after.limit)} waited (limit before: {_or(before.limit)})"
    drops = f"drops {_or(before.drops)} before, {_or(after.drops)} after"
    kept = f"inode {before.inode}, cookie {before.cookie or '?'} before; {after.inode}, {after.cookie or '?'} after"
    return (f"listener: {kept}; {drops}; {peak}",)


def requests(traffic: Requests, source: str) -> str:
    """Say what became of the requests of our own that one release answered."""
    named = f"of {traffic.release}" if traffic.release else "by nobody"
    wrong = (
        ("wrong status", traffic.bad),
        ("refused", traffic.refused),
        ("cut off", traffic.cut),
        ("too late", traffic.late),
        ("still open", traffic.open),
    )
    kinds = "".join(f", {count} {word}" for word, count in wrong if count)
    latency = f"; p50 {_ms(traffic.p50)}, p99 {_ms(traffic.p99)}, slowest {_ms(traffic.slowest)}" if traffic.ok else ""
    return f"own requests from {source} answered {named}: {traffic.sent}, {traffic.ok} well{kinds}{latency}"


def predicted(rate: float, gap: float) -> float:
    """Give how many connections wait at the end of a gap of so many seconds, at `rate` new ones a second."""
    return rate * gap


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _or(count: int | None) -> str:
    return "?" if count is None else str(count)
