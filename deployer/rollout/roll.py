"""Forward: waves in order, never more hosts in flight than a wave allows, never past a failed wave."""

from deployer import events as ev
from deployer.facts import Act, Failure, HostFacts, LossKind, Verb
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.judging import Policy
from deployer.plan.model import HookPoint, Plan, Wave
from deployer.rollout.back import reverts
from deployer.rollout.bake import bake
from deployer.rollout.budget import beaten
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.declared import may_hold, on_trial
from deployer.rollout.hooks import due, running
from deployer.rollout.looks import RESUME, broken
from deployer.rollout.proof import judgement, well_before
from deployer.rollout.resumed import not_waiting
from deployer.rollout.state import Defeat, HostRecord, RolloutState, WaveRecord
from deployer.rollout.table import HostState

APPROVE = "sockdeploy resume lets it start, sockdeploy abort goes back"


def roll(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Say how the rollout goes on; nothing when it waits or when every wave has passed."""
    defeat = _defeat(plan, state)
    if defeat is not None:
        failed = ev.WaveFailed(at=state.now, wave=defeat.wave, host=defeat.host, failure=defeat.failure)
        return (Declare(failed),)
    single = reverts(plan, [host for host in state.hosts.values() if goes_back(host)])
    for wave, record in zip(plan.waves, state.waves, strict=True):
        if not record.passed:
            return (*single, *_in_wave(plan, state, wave, record))
        if after := due(plan, state, HookPoint.AFTER_WAVE, wave.name):
            return (*single, *after)
        if running(state, HookPoint.AFTER_WAVE, wave.name):
            return single
    return single


def goes_back(host: HostRecord) -> bool:
    """Say whether a host goes back on its own: it failed within its wave's budget, or that is its rollback."""
    return host.touched and (host.failure is not None or host.state is HostState.REVERTING)


def _defeat(plan: Plan, state: RolloutState) -> Defeat | None:
    """Find what the rollout cannot bear: a hook that said no, hosts that were lost, a rule that failed a wave."""
    if state.passed:
        return None  # hosts are being confirmed: what fails now fails alone
    for wave in state.waves:
        hook = state.hooks.get((HookPoint.BEFORE_WAVE, wave.name))
        if hook is not None and hook.failure is not None:
            return Defeat(wave.name, "", hook.failure)
    return beaten(plan, state) or broken(state)


def _in_wave(plan: Plan, state: RolloutState, wave: Wave, record: WaveRecord) -> tuple[Decision, ...]:
    if not record.started:
        return (Declare(_begun(plan, state, wave)),)
    if before := due(plan, state, HookPoint.BEFORE_WAVE, wave.name):
        return before
    if running(state, HookPoint.BEFORE_WAVE, wave.name):
        return ()
    if unsure := _unsure(plan, state):
        return _hold_at(state, unsure)
    if going_on := _activate(plan, state, wave):
        return going_on
    return bake(plan, state, wave, record) if _settled(state, wave) else ()


def _begun(plan: Plan, state: RolloutState, wave: Wave) -> ev.Event:
    """Start a wave, or hold the rollout before it when a person has to approve what it will change."""
    changes = any(_waiting(host) and not well_before(plan, state, host) for host in state.of_wave(wave.name))
    if not wave.approve or wave.name in state.approved or not changes:
        return ev.WaveStarted(at=state.now, wave=wave.name)
    message = f"wave {wave.name} waits for approval"
    failure = Failure(LossKind.GATE, "approval-needed", message, APPROVE)
    return ev.WaveHeld(at=state.now, wave=wave.name, failure=failure, before=True)


def _unsure(plan: Plan, state: RolloutState) -> list[tuple[HostRecord, Judgement]]:
    """Give the hosts of which a gate could not tell anything, and whose policy is to hold."""
    hosts = [host for host in state.hosts.values() if may_hold(plan) and on_trial(state, host)]
    asked = [(host, judgement(plan, state, host)) for host in hosts]
    return [(host, judged) for host, judged in asked if judged.verdict is Verdict.ERROR]


def _hold_at(state: RolloutState, unsure: list[tuple[HostRecord, Judgement]]) -> tuple[Decision, ...]:
    """Activate nothing more, and hold the rollout when it is clear how every other host stands."""
    open_ = {host.name for host in state.hosts.values() if _unsettled(host)} - {host.name for host, _ in unsure}
    if open_ or state.busy:
        return ()
    host, judged = unsure[0]
    message = f"{host.name}: {judged.message}; on_error: {Policy.HOLD}"
    failure = Failure(LossKind.GATE, judged.code, message, RESUME, judged.evidence)
    return (Declare(ev.WaveHeld(at=state.now, wave=host.wave, failure=failure)),)


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
    """Leave a host alone that runs the wanted release already, and well; one nobody confirmed still has to prove it.

    After a hold it has to prove it however it is now: nobody restarts what broke meanwhile.
    """
    if (ended := not_waiting(state, host)) is not None:
        return Declare(ev.HostFailed(at=state.now, host=host.name, failure=ended))
    facts = host.facts or HostFacts()
    unconfirmed = facts.pending
    if state.verb is Verb.ABORT:
        # A revert also ends what runs beside the live release, which then has to prove itself alone.
        there = unconfirmed or facts.aside
        return Do(host.name, Act.REVERT) if there else Declare(ev.HostUnchanged(at=state.now, host=host.name))
    if well_before(plan, state, host) or _waited(state, host):
        return Declare((ev.HostAdopted if unconfirmed else ev.HostUnchanged)(at=state.now, host=host.name))
    return Do(host.name, Act.REVERT if not state.verb.forward and host.by_revert(state) else Act.ACTIVATE)


def _waited(state: RolloutState, host: HostRecord) -> bool:
    """Say whether the host has been on the release since the rollout was held."""
    facts = host.facts or HostFacts()
    return state.verb is Verb.RESUME and facts.same and facts.pending == state.release


def _settled(state: RolloutState, wave: Wave) -> bool:
    """Say whether every host of the wave has had its turn, and it is clear how each that was switched stands."""
    return not any(map(_waiting, state.of_wave(wave.name))) and not any(map(_unsettled, state.hosts.values()))


def _unsettled(host: HostRecord) -> bool:
    """Say whether it is open how a host stands, in this wave or an earlier one."""
    return host.switched and (host.busy is not None or _in_flight(host))
