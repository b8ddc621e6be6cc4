"""What to do next. `decide` is idempotent: it looks at the state only, and what it asked for shows in the state.

The rules are asked in order; the first with something to say, or with something to wait for, is the answer.
"""

from deployer.plan.model import Plan
from deployer.rollout.back import take_back
from deployer.rollout.cancel import cancel
from deployer.rollout.decisions import Decision
from deployer.rollout.finish import finish
from deployer.rollout.hold import hold
from deployer.rollout.hooks import warn
from deployer.rollout.looks import look
from deployer.rollout.prepare import prepare
from deployer.rollout.roll import roll
from deployer.rollout.state import RolloutState
from deployer.rollout.watch import give_up, judge, recover


def decide(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Say what follows from the state; nothing when there is only waiting to do, or all is over."""
    if state.outcome is not None:
        return ()
    if state.cancelled:
        return cancel(state)
    told = (*give_up(state), *warn(state))
    if told:
        return told
    if state.held is not None:
        return hold(plan, state, state.held)
    prepared = prepare(plan, state)
    if prepared is not None:
        return prepared
    seen = (*judge(plan, state), *recover(state))
    if seen:
        return seen
    if state.defeat is not None:
        return take_back(plan, state, state.defeat)
    return look(plan, state) or (*roll(plan, state), *finish(plan, state))
