"""Which hooks are due, and how far they are."""

from deployer import events as ev
from deployer.plan.model import HookPoint, Plan
from deployer.rollout.decisions import Decision, Declare, RunHook
from deployer.rollout.state import Defeat, RolloutState

TOO_LATE_TO_STOP = (HookPoint.AFTER_WAVE, HookPoint.AFTER_ROLLOUT, HookPoint.ON_FAILURE)
"""Points whose hooks change nothing when they fail: what they follow has happened."""


def due(
    plan: Plan, state: RolloutState, point: HookPoint, wave: str = "", defeat: Defeat | None = None
) -> tuple[Decision, ...]:
    """Ask for a point's hooks, unless there are none or they were begun."""
    wanted = any(hook.point is point for hook in plan.hooks) and (point, wave) not in state.hooks
    return (RunHook(point, wave, defeat),) if wanted else ()


def running(state: RolloutState, point: HookPoint, wave: str = "") -> bool:
    """Say whether a point's hooks were begun and have not ended."""
    hook = state.hooks.get((point, wave))
    return hook is not None and not hook.ended


def warn(state: RolloutState) -> tuple[Decision, ...]:
    """Tell once of each hook that failed too late to stop anything."""
    return tuple(
        Declare(ev.Warned(at=state.now, message=hook.failure.message, point=point, wave=wave))
        for (point, wave), hook in state.hooks.items()
        if hook.failure is not None and not hook.told and point in TOO_LATE_TO_STOP
    )
