"""Backward: after a defeat every host in the rollback's scope goes back, best effort, the failing wave first."""

from deployer import events as ev
from deployer.errors import ExitCode
from deployer.facts import Act, Outcome, Verb
from deployer.plan.model import HookPoint, Plan, Scope
from deployer.rollout.budget import whole_wave
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.hooks import due
from deployer.rollout.leftovers import abandon, frees, unstages, waits
from deployer.rollout.state import Defeat, HostRecord, RolloutState
from deployer.rollout.table import HostState

_KEEPS = frozenset({HostState.CONFIRMED, HostState.STRANDED})
"""States of a host whose new release stays there: it is good, or a person has to look at it."""


def take_back(plan: Plan, state: RolloutState, defeat: Defeat) -> tuple[Decision, ...]:
    """Say what is left to do after the rollout failed: also on hosts that an earlier run of it had switched."""
    touched = [host for host in _newest_first(state, defeat) if host.touched or (host.ready and _left(host))]
    outside = [host for host in touched if _stays(plan, state, defeat, host)]
    going = reverts(plan, [host for host in touched if host not in outside])
    confirms = tuple(Do(host.name, Act.CONFIRM) for host in outside if host.busy is None)
    if touched or state.busy:
        return (*going, *confirms)
    return abandon(state) or wind_up(plan, state, defeat)


def _left(host: HostRecord) -> bool:
    return host.state is HostState.STAGED and waits(host)


def _stays(plan: Plan, state: RolloutState, defeat: Defeat, host: HostRecord) -> bool:
    """Say whether a host keeps the new release: with scope `wave`, a proven one of another wave that has passed."""
    passed = any(wave.passed for wave in state.waves if wave.name == host.wave)
    proven = host.state is HostState.ACTIVE and host.healthy and host.failure is None
    return plan.scope is Scope.WAVE and passed and proven and host.wave != defeat.wave


def _newest_first(state: RolloutState, defeat: Defeat) -> list[HostRecord]:
    order = {wave.name: number for number, wave in enumerate(state.waves)}
    order[defeat.wave] = len(order)
    return sorted(state.hosts.values(), key=lambda host: (order[host.wave], host.since), reverse=True)


def reverts(plan: Plan, hosts: list[HostRecord]) -> tuple[Decision, ...]:
    """Begin reverts, per wave at most as many at once as it allows; a host that proves itself takes no place."""
    free = {wave.name: wave.max_parallel for wave in plan.waves}
    for host in hosts:
        free[host.wave] -= host.busy is Act.REVERT
    decisions: list[Decision] = []
    for host in hosts:
        due_now = host.busy is None and not host.restored and host.state is not HostState.UNKNOWN
        if due_now and free[host.wave] > 0:
            free[host.wave] -= 1
            decisions.append(Do(host.name, Act.REVERT))
    return tuple(decisions)


def wind_up(plan: Plan, state: RolloutState, defeat: Defeat) -> tuple[Decision, ...]:
    """Take away what was staged, tell the hooks, and end: nothing runs, and no host is under way.

    What a run before this one has left stays as it is, hold and all, as long as nothing was begun.
    """
    switched = any(host.switched for host in state.hosts.values())
    applies, started = state.verb is Verb.APPLY, any(wave.started for wave in state.waves)
    if (applies or started) and (tidying := unstages(state, _KEEPS) or frees(state)):
        return tidying
    begun = started or (bool(state.hooks) and not state.resumes)  # what a held run began is not begun again
    if begun and (hook := due(plan, state, HookPoint.ON_FAILURE, defeat=defeat)):
        return hook
    failed = tuple(host.name for host in state.hosts.values() if host.failure is not None)
    said = tuple(Declare(warning) for warning in whole_wave(plan, state, defeat))
    outcome, code = _outcome(state, switched=switched)
    end = ev.RolloutFinished(
        at=state.now, outcome=outcome, exit_code=code, failure=defeat.failure, wave=defeat.wave,
        hosts=state.stranded or (() if switched else failed),
    )
    return (*said, Declare(end))


def _outcome(state: RolloutState, *, switched: bool) -> tuple[Outcome, ExitCode]:
    if state.stranded:
        return Outcome.INCOMPLETE, ExitCode.INCOMPLETE
    return (Outcome.ROLLED_BACK, ExitCode.ROLLED_BACK) if switched else (Outcome.REFUSED, ExitCode.REFUSED)
