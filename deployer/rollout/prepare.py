"""Before anything is switched: look at every host, lock it, stage the release. Any of it can refuse the rollout."""

from deployer import events as ev
from deployer.facts import Act, Failure, LossKind, Verb
from deployer.plan.model import HookPoint, Plan
from deployer.rollout.back import wind_up
from deployer.rollout.budget import beaten
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.hooks import due
from deployer.rollout.resumed import not_waiting
from deployer.rollout.state import Defeat, HostRecord, RolloutState
from deployer.rollout.table import HostState

_INSTEAD = {
    Verb.ROLLBACK: "choose a release that status shows as good",
    Verb.RESUME: "take the rollout back with sockdeploy abort, then apply it again",
}


def prepare(plan: Plan, state: RolloutState) -> tuple[Decision, ...] | None:
    """Say what is left to do before the first switch; empty: wait; None: everything is ready."""
    if any(wave.started for wave in state.waves):
        return None
    refused = _refusal(plan, state)
    if refused is not None:
        return () if state.busy else wind_up(plan, state, refused)
    usable = [host for host in state.hosts.values() if host.failure is None]
    for missing in (_inspect(usable), _lock(usable), _stage(state, usable)):
        if missing:
            return missing
        if state.busy:
            return ()
    return due(plan, state, HookPoint.BEFORE_ROLLOUT) or None


def _refusal(plan: Plan, state: RolloutState) -> Defeat | None:
    """Give what forbids the rollout: a finding, more failures than a wave tolerates, time, or a hook."""
    for host in state.hosts.values():
        if host.failure is not None and _fatal(state, host.failure):
            return Defeat(host.wave, host.name, host.failure)
    everybody = tuple(state.hosts.values())
    if all(host.failure is not None for host in everybody):  # a rollback's budget tolerates every failure
        assert everybody[0].failure is not None  # noqa: S101 - just asked
        return Defeat("", everybody[0].name, everybody[0].failure)
    hook = state.hooks.get((HookPoint.BEFORE_ROLLOUT, ""))
    if hook is not None and hook.failure is not None:
        return Defeat("", "", hook.failure)
    return beaten(plan, state)


def _fatal(state: RolloutState, failure: Failure) -> bool:
    """Say whether no budget tolerates it: somebody else is at work, or plan and fleet do not fit.

    A rollback does what it can on every other host.
    """
    return failure.kind is LossKind.LOCKED or (failure.kind is LossKind.REFUSED and state.verb.forward)


def _inspect(hosts: list[HostRecord]) -> tuple[Decision, ...]:
    return tuple(Do(host.name, Act.INSPECT) for host in hosts if host.facts is None and host.busy is None)


def _lock(hosts: list[HostRecord]) -> tuple[Decision, ...]:
    """Lock the first host first: of two rollouts that start together, it lets exactly one pass."""
    if any(host.busy is Act.OBSERVE for host in hosts):
        return ()
    free = [host for host in hosts if not host.locked and host.busy is None]
    now = free if any(host.locked for host in hosts) else free[:1]
    return tuple(Do(host.name, Act.OBSERVE) for host in now)


def _stage(state: RolloutState, hosts: list[HostRecord]) -> tuple[Decision, ...]:
    return tuple(_put(state, host) for host in hosts if host.state is HostState.PENDING and host.busy is None)


def _put(state: RolloutState, host: HostRecord) -> Decision:
    if (ended := not_waiting(state, host)) is not None:
        return Declare(ev.HostFailed(at=state.now, host=host.name, failure=ended))
    if host.facts is not None and (host.facts.staged or host.by_revert(state) or state.verb is Verb.ABORT):
        return Declare(ev.HostStaged(at=state.now, host=host.name))
    if state.verb is Verb.APPLY:
        return Do(host.name, Act.STAGE)
    message = f"release {state.release} is not on the host, and a {state.verb} sends nothing"
    missing = Failure(LossKind.STAGING, "release-missing", message, _INSTEAD.get(state.verb, ""))
    return Declare(ev.HostFailed(at=state.now, host=host.name, failure=missing))
