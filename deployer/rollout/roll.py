"""Forward: waves in order, never more hosts in flight than a wave allows, never past a failed wave."""

from deployer import events as ev
from deployer.facts import Act, Verb
from deployer.gates.verdict import Verdict
from deployer.plan.model import HookPoint, Plan, Wave
from deployer.rollout.back import reverts
from deployer.rollout.budget import beaten
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.hooks import due, running
from deployer.rollout.proof import judgement, well_before
from deployer.rollout.state import Defeat, HostRecord, RolloutState, WaveRecord
from deployer.rollout.table import HostState


def roll(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Say how the rollout goes on; nothing when it waits or when every wave has passed."""
    defeat = _defeat(plan, state)
    if defeat is not None:
        failed = ev.WaveFailed(at=state.now, wave=defeat.wave, host=defeat.host, failure=defeat.failure)
        return (Declare(failed),)
    single = reverts(plan, [host for host in state.hosts.values() if _goes_back(host)])
    for wave, record in zip(plan.waves, state.waves, strict=True):
        if not record.passed:
            return (*single, *_in_wave(plan, state, wave, record))
        if after := due(plan, state, HookPoint.AFTER_WAVE, wave.name):
            return (*single, *after)
        if running(state, HookPoint.AFTER_WAVE, wave.name):
            return single
    return single


def _goes_back(host: HostRecord) -> bool:
    """Say whether a host goes back on its own: it failed within its wave's budget, or that is its rollback."""
    return host.touched and (host.failure is not None or host.state is HostState.REVERTING)


def _defeat(plan: Plan, state: RolloutState) -> Defeat | None:
    """Find what the rollout cannot bear, or a hook that said no."""
    if all(wave.passed for wave in state.waves):
        return None  # hosts are being confirmed: what fails now fails alone
    for wave in state.waves:
        hook = state.hooks.get((HookPoint.BEFORE_WAVE, wave.name))
        if hook is not None and hook.failure is not None:
            return Defeat(wave.name, "", hook.failure)
    return beaten(plan, state)


def _in_wave(plan: Plan, state: RolloutState, wave: Wave, record: WaveRecord) -> tuple[Decision, ...]:
    if not record.started:
        return (Declare(ev.WaveStarted(at=state.now, wave=wave.name)),)
    if before := due(plan, state, HookPoint.BEFORE_WAVE, wave.name):
        return before
    if running(state, HookPoint.BEFORE_WAVE, wave.name):
        return ()
    return _activate(plan, state, wave) or _bake(plan, state, wave, record)


def _activate(plan: Plan, state: RolloutState, wave: Wave) -> tuple[Decision, ...]:
    hosts = state.of_wave(wave.name)
    free = wave.max_parallel - sum(map(_in_flight, hosts))
    waiting = [host for host in hosts if _waiting(host) and host.ready]
    return tuple(_forward(plan, state, host) for host in waiting[: max(0, free)])


def _waiting(host: HostRecord) -> bool:
    return host.state is HostState.STAGED and host.failure is None


def _in_flight(host: HostRecord) -> bool:
    """Say whether a host is between two proven releases: it takes one of the wave's places."""
    return host.touched and not (host.state is HostState.ACTIVE and host.healthy)


def _forward(plan: Plan, state: RolloutState, host: HostRecord) -> Decision:
    """Leave a host alone that runs the wanted release already, and well; one nobody confirmed still has to prove it."""
    if well_before(plan, state, host):
        unconfirmed = host.facts is not None and host.facts.pending
        return Declare((ev.HostAdopted if unconfirmed else ev.HostUnchanged)(at=state.now, host=host.name))
    return Do(host.name, Act.REVERT if state.verb is Verb.ROLLBACK and host.by_revert(state) else Act.ACTIVATE)


def _bake(plan: Plan, state: RolloutState, wave: Wave, record: WaveRecord) -> tuple[Decision, ...]:
    active = [host for host in state.hosts.values() if host.state is HostState.ACTIVE]
    if any(map(_waiting, state.of_wave(wave.name))) or any(map(_unsettled, state.hosts.values())):
        return ()
    if not record.baking_until and active and wave.bake.min > 0:
        return (Declare(ev.WaveBaking(at=state.now, wave=wave.name, until=state.now + wave.bake.min)),)
    if state.now < record.baking_until or any(judgement(plan, state, h).verdict is not Verdict.PASS for h in active):
        return ()
    return (Declare(ev.WavePassed(at=state.now, wave=wave.name)),)


def _unsettled(host: HostRecord) -> bool:
    """Say whether it is open how a host stands, in this wave or an earlier one."""
    return host.switched and (host.busy is not None or _in_flight(host))
