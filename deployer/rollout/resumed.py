"""What a resumed rollout begins with: waves that a person has agreed to, hooks that were run, hosts that still wait."""

from dataclasses import replace

from deployer.facts import Failure, HostFacts, LossKind, Resumed, Verb
from deployer.plan.model import HookPoint
from deployer.rollout.state import HookRecord, HostRecord, RolloutState

_AROUND = (HookPoint.BEFORE_WAVE, HookPoint.AFTER_WAVE)


def resumed(state: RolloutState, held: Resumed) -> RolloutState:
    """Give the state in which a held rollout goes on.

    The wave it was held before may begin. One that it was held after passes as it is, like those before it: their
    hosts that waited on the release have to prove once more that they are well, and no more than that. Any other host
    has to satisfy every gate, whatever its wave.
    """
    accepted = frozenset({*held.accepted, *([] if held.before else [held.wave])})
    done = {(HookPoint.BEFORE_ROLLOUT.value, "")} | {(point.value, wave) for wave in held.accepted for point in _AROUND}
    if not held.before:
        done.add((HookPoint.BEFORE_WAVE.value, held.wave))
    hooks = {**state.hooks, **dict.fromkeys(done, HookRecord(ended=True))}
    approved = state.approved | accepted | {held.wave}
    return replace(state, approved=approved, accepted=accepted, resumes=frozenset(held.chain), hooks=hooks)


def accepted(state: RolloutState, host: HostRecord) -> bool:
    """Say whether a person has accepted the host as it is: in an accepted wave, and on the release since the hold."""
    facts = host.facts or HostFacts()
    return host.wave in state.accepted and facts.waited and facts.pending == state.release


def not_waiting(state: RolloutState, host: HostRecord) -> Failure | None:
    """Say why a held rollout cannot go on on a host: it was not switched, and has none of the rollout's holds.

    Somebody has ended the matter there, between the look at all hosts and the lock.
    """
    facts = host.facts or HostFacts()
    if state.verb is not Verb.RESUME or state.release in {facts.current, facts.pending} or facts.hold in state.resumes:
        return None
    message = f"{state.release} is not held here any more: the host runs {facts.current or 'nothing'}"
    remedy = "sockdeploy status shows what became of it; sockdeploy resume looks at all hosts again"
    return Failure(LossKind.REFUSED, "not-held", message, remedy)
