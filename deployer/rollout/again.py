"""The release that a host runs already, brought out once more: its way back is that release, as good as it was before.

A gate that refuses the release refuses its way back too, which is no other: there the host is held to what it
answered before anything was done to it, not to what the plan expects.
"""

from deployer import events as ev
from deployer.facts import HealthLook
from deployer.gates.flaws import TLS
from deployer.gates.health import Answer, Streak, Wanted, classify
from deployer.plan.model import Health, Plan
from deployer.rollout.state import HostRecord, RolloutState
from deployer.rollout.table import HostState

_ILL = 500
"""A status from here on is as little worth as no answer: an ill service changes between them, and cannot get worse."""


def before(state: RolloutState, host: HostRecord) -> HealthLook | None:
    """Give what a host answered before, which goes back to the very release that was brought out; None for others."""
    facts = host.facts
    if facts is None or facts.pending or not facts.current == facts.way_back == state.release:
        return None
    if not state.verb.forward or host.state is not HostState.REVERTING or host.before is None:
        return None
    # Whose unit files differ may have been asked in vain because of that, and well all the time.
    return host.before if facts.same or not _ill(host.before) else None


def answer(health: Health, state: RolloutState, host: HostRecord, look: HealthLook, wanted: Wanted) -> Answer:
    """Say what a look means for the wanted release; what was answered before is good enough for a way back to it."""
    known = before(state, host)
    if known is not None and known.source == look.source and _as_good(look, known):
        return Answer.GOOD
    return classify(health.expect, wanted, look)


def sources(health: Health, state: RolloutState, host: HostRecord) -> tuple[str, ...]:
    """Give the sources whose answers judge a host; nobody knows what others than the first were answered before."""
    if (known := before(state, host)) is not None:
        return (known.source,)
    # What the load balancer sees keeps nobody from going back.
    return health.sources if host.state is HostState.REVERTING else health.asked


def told(plan: Plan, state: RolloutState, host: HostRecord) -> tuple[ev.Warned, ...]:
    """Tell of a host that is as it was, which is not what the plan calls healthy."""
    known, health = before(state, host), plan.gates.health
    if known is None or health is None:
        return ()
    last = host.streaks.get(known.source, Streak()).last
    if last is None or classify(health.expect, Wanted(state.release), last) is Answer.GOOD:
        return ()
    text = (
        f"{state.release} was live here before this rollout, and answers as it did then: gates.health does not pass "
        "that, so mend the service or what the plan expects"
    )
    return (ev.Warned(at=state.now, message=text, host=host.name),)


def _as_good(look: HealthLook, known: HealthLook) -> bool:
    return _ill(known) or (look.status, look.release, look.miss) == (known.status, known.release, known.miss)


def _ill(look: HealthLook) -> bool:
    """Say whether a service gave no answer worth anything; one reached in vain, for its certificate, may be well."""
    return look.miss not in TLS and (look.status is None or look.status >= _ILL)
