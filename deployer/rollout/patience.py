"""How long a host may take to prove itself."""

from deployer.plan.model import Plan
from deployer.rollout.state import HostRecord

DEADLINE = 60.0
"""Seconds for a service without a health URL: the health gate's own default."""


def overdue(plan: Plan, host: HostRecord, now: float) -> bool:
    """Say whether nothing may be waited for any longer: a first proof has until the deadline, a later break as long."""
    return now - (host.unit_since if host.healthy else host.since) >= _deadline(plan)


def unread(plan: Plan, host: HostRecord, now: float) -> bool:
    """Say whether the journal of the service's present start may not be waited for any longer."""
    return now - max(host.since, host.seen_since) >= _deadline(plan)


def _deadline(plan: Plan) -> float:
    health = plan.gates.health
    return DEADLINE if health is None else health.deadline
