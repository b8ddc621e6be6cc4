"""What a look at a host means for the core: from an inspection to the facts that a rollout decides by."""

from deployer.facts import HostFacts, Verb
from deployer.host.hold import UNREADABLE
from deployer.host.inspection import Inspection
from deployer.task import Task


def facts_of(task: Task, found: Inspection, *, moves: str) -> HostFacts:
    """Give the facts of a host for a task; `moves` as there."""
    pending = found.pending
    good = tuple(each.release for each in sorted(found.good, key=lambda each: each.confirmed, reverse=True))
    same_units = all(unit.status == "same" for unit in found.units)
    way_back = pending.way_back if pending else found.current
    there = task.verb is Verb.ROLLBACK and task.release in {*good, found.current, way_back}
    same = found.current == task.release and same_units and (not task.digest or found.current_digest == task.digest)
    return HostFacts(
        current=found.current,
        same=same,
        staged=there or found.staged == "yes",
        pending=pending.release if pending else "",
        way_back=way_back,
        good=good,
        inode=found.inode if found.held else "",
        invocation=found.service.invocation,
        answer=pending.answer if pending else "",
        active=found.service.active == "active",
        restarts=found.service.nrestarts,
        moves=moves,
        hold=UNREADABLE if "hold" in found.damaged else found.hold.rollout if found.hold else "",
        waited=_waited(found),
        addresses=found.addresses,
        aside="; ".join(aside.told for aside in found.asides),
        unused=found.unused,
    )


def _waited(found: Inspection) -> bool:
    """Say whether what is live and not confirmed was so when the hold was put on record, in whole seconds."""
    held, pending = found.hold, found.pending
    if held is None or pending is None or pending.release != held.release:
        return False
    return int(pending.since) <= held.since
