"""The end of a rollout that went well: confirm, tidy up, tell the hooks, finish. Also each wave's own end."""

from deployer import events as ev
from deployer.errors import ExitCode
from deployer.facts import Act, Outcome, Verb
from deployer.plan.model import HookPoint, Plan, Scope
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.hooks import due
from deployer.rollout.leftovers import frees, unstages
from deployer.rollout.state import Defeat, HostRecord, RolloutState
from deployer.rollout.table import HostState


def finish(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Say what is left to do for waves that have passed."""
    if confirming := confirms(plan, state):
        return confirming
    if not state.passed or state.busy or any(host.touched for host in state.hosts.values()):
        return ()
    return _prune(state) or _unstage(state) or frees(state) or _end(plan, state)


def confirms(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Have the hosts confirmed whose time has come."""
    return tuple(Do(host.name, Act.CONFIRM) for host in state.hosts.values() if _confirmable(plan, state, host))


def _confirmable(plan: Plan, state: RolloutState, host: HostRecord) -> bool:
    """With scope `rollout` hosts are confirmed together at the end, with scope `wave` when their wave has passed."""
    passed = plan.scope is Scope.WAVE and any(wave.passed for wave in state.waves if wave.name == host.wave)
    proven = host.state is HostState.ACTIVE and host.healthy and host.failure is None
    return (passed or state.passed) and proven and host.ready


def _prune(state: RolloutState) -> tuple[Decision, ...]:
    hosts = [host for host in state.hosts.values() if host.state is HostState.CONFIRMED and host.locked]
    due_now = [host for host in hosts if not (host.pruned or host.unchanged)]
    return tuple(Do(host.name, Act.PRUNE) for host in due_now) if state.verb.forward else ()


def _unstage(state: RolloutState) -> tuple[Decision, ...]:
    """After an abort nothing of the release stays."""
    return unstages(state, frozenset({HostState.STRANDED})) if state.verb is Verb.ABORT else ()


def _end(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    missing = [host for host in state.hosts.values() if not _arrived(state, host)]
    outcome, code = _outcome(plan, state, missing)
    failure = missing[0].failure if code else None
    defeat = Defeat(missing[0].wave, missing[0].name, failure) if failure else None
    if hook := due(plan, state, HookPoint.ON_FAILURE if code else HookPoint.AFTER_ROLLOUT, defeat=defeat):
        return hook
    names = tuple(host.name for host in missing)
    return (Declare(ev.RolloutFinished(at=state.now, outcome=outcome, exit_code=code, failure=failure, hosts=names)),)


def _arrived(state: RolloutState, host: HostRecord) -> bool:
    back = not state.verb.forward and host.state is HostState.REVERTED
    return back or host.state is HostState.CONFIRMED


def _outcome(plan: Plan, state: RolloutState, missing: list[HostRecord]) -> tuple[Outcome, ExitCode]:
    lost = [host.wave for host in missing]
    too_many = any(lost.count(wave.name) > wave.max_failures for wave in plan.waves)
    if too_many or (missing and not state.verb.forward):
        return Outcome.INCOMPLETE, ExitCode.INCOMPLETE
    if all(host.unchanged for host in state.hosts.values()):
        return Outcome.UNCHANGED, ExitCode.OK
    return Outcome.SUCCEEDED, ExitCode.OK
