"""A held rollout: every host keeps what it has and has the hold on record, until a person resumes or aborts it.

A host that fails while that is written down goes back alone. What is held already is left as it is.
"""

from deployer import events as ev
from deployer.errors import ExitCode
from deployer.facts import Act, Outcome
from deployer.plan.model import Plan
from deployer.rollout.back import reverts
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.finish import confirms
from deployer.rollout.leftovers import abandon, frees
from deployer.rollout.roll import goes_back
from deployer.rollout.state import Held, HostRecord, RolloutState
from deployer.rollout.table import HostState
from deployer.rollout.watch import judge, recover


def hold(plan: Plan, state: RolloutState, held: Held) -> tuple[Decision, ...]:
    """Say what is left to do until the hold is on record everywhere."""
    seen = (*judge(plan, state), *recover(state))
    if seen:
        return seen
    back = reverts(plan, [host for host in state.hosts.values() if goes_back(host)])
    if going := (*back, *confirms(plan, state)):
        return going
    waiting = [host for host in state.hosts.values() if _to_be_held(host)]
    if waiting:
        return tuple(Do(host.name, Act.HOLD) for host in waiting if host.ready)
    if state.busy or any(host.touched for host in state.hosts.values()):
        return ()
    return abandon(state) or frees(state) or (Declare(_end(state, held)),)


def _to_be_held(host: HostRecord) -> bool:
    return host.state in {HostState.ACTIVE, HostState.STAGED} and host.failure is None


def _end(state: RolloutState, held: Held) -> ev.RolloutFinished:
    waiting = [host for host in state.hosts.values() if host.state is HostState.HELD]
    names = tuple(host.name for host in waiting if host.switched or host.leftover)
    ended = (Outcome.INCOMPLETE, ExitCode.INCOMPLETE) if state.stranded else (Outcome.HELD, ExitCode.HELD)
    return ev.RolloutFinished(
        at=state.now, outcome=ended[0], exit_code=ended[1], failure=held.failure, wave=held.wave,
        hosts=(*state.stranded, *names),
    )
