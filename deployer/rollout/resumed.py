"""What a resumed rollout begins with: waves that a person has agreed to, and hooks that were run before it was held."""

from dataclasses import replace

from deployer.facts import Resumed
from deployer.plan.model import HookPoint
from deployer.rollout.state import HookRecord, RolloutState

_AROUND = (HookPoint.BEFORE_WAVE, HookPoint.AFTER_WAVE)


def resumed(state: RolloutState, held: Resumed) -> RolloutState:
    """Give the state in which a held rollout goes on.

    The wave it was held before may begin. One that it was held after passes as it is, like those before it: their
    hosts have to prove once more that they are well, and no more than that.
    """
    accepted = frozenset({*held.accepted, *([] if held.before else [held.wave])})
    done = {(HookPoint.BEFORE_ROLLOUT.value, "")} | {(point.value, wave) for wave in held.accepted for point in _AROUND}
    if not held.before:
        done.add((HookPoint.BEFORE_WAVE.value, held.wave))
    hooks = {**state.hooks, **dict.fromkeys(done, HookRecord(ended=True))}
    return replace(
        state, approved=state.approved | accepted | {held.wave}, accepted=state.accepted | accepted, hooks=hooks
    )
