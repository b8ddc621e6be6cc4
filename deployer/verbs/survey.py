"""A look at all hosts at once, without a lock and without changing anything: for plan, status, history and rollback."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from deployer.events import ActFailed, ActUnknown, HostInspected
from deployer.facts import Act, Failure, HealthLook, HostFacts, LossKind
from deployer.fleet.door import HostDoor
from deployer.fleet.upload import Need, Upload, listed
from deployer.gates.health import WHATEVER_IS_LIVE
from deployer.host.acts import Compare
from deployer.host.inspection import Inspection
from deployer.plan.model import Plan
from deployer.task import Payload

AT_ONCE = 32
"""Hosts that are asked something at a time."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one host showed. `facts` None: it could not be looked at, or it is not fit, and `failure` says why.

    `need` is what it would have to be sent; None when nobody asked, or it did not tell.
    """

    host: str
    wave: str
    facts: HostFacts | None
    inspection: Inspection | None
    failure: Failure | None
    look: HealthLook | None = None
    need: Need | None = None

    @property
    def current(self) -> str | None:
        """The live release, "" when there is none; None: nobody could look."""
        return self.inspection.current if self.inspection else None


def survey(
    plan: Plan, doors: Mapping[str, HostDoor], *, ask: bool = False, compare: Payload | None = None
) -> tuple[Sight, ...]:
    """Look at every host in parallel, in the plan's order.

    With `ask` the health URL is asked too, if there is one; with `compare` what each would have to be sent of that.
    """
    waves = {name: wave.name for wave in plan.waves for name in wave.hosts}

    def sight(name: str) -> Sight:
        seen = _sight(name, waves[name], doors[name], ask=ask)
        return replace(seen, need=_need(plan, doors[name], seen, compare)) if compare else seen

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(sight, doors))


def _need(plan: Plan, door: HostDoor, sight: Sight, payload: Payload) -> Need | None:
    if sight.facts is None or sight.inspection is None:
        return None
    if sight.facts.staged:
        return Need(0, 0)
    upload = Upload(payload, door.caller)
    if not sight.facts.current:
        return upload.need
    return upload.compare(listed(Compare(plan.service, plan.root), payload, sight.inspection.tools))


def _sight(name: str, wave: str, door: HostDoor, *, ask: bool) -> Sight:
    event = door.act(Act.INSPECT)
    facts, failure = None, None
    match event:
        case HostInspected():
            facts = event.facts
        case ActFailed():
            failure = event.failure
        case ActUnknown():
            failure = Failure(LossKind.UNREACHABLE, "connection-lost", event.reason)
    look = _asked(door) if ask and door.inspection is not None else None
    return Sight(name, wave, facts, door.inspection, failure, look)


def _asked(door: HostDoor) -> HealthLook | None:
    """Ask the health URL once; where sshd forbids that, curl on the host asks in one execution more."""
    look = next(iter(door.ask(WHATEVER_IS_LIVE)), None)
    if not door.wants_watch:
        return look
    door.act(Act.OBSERVE)
    try:
        return next(iter(door.ask(WHATEVER_IS_LIVE)), None)
    finally:
        door.close()
