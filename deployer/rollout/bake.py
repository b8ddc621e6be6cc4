"""The end of a wave: its hosts have settled, it stays good for its time, and every rule says yes or has a policy."""

from deployer import events as ev
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.judging import Metrics, Policy
from deployer.plan.model import Plan, Wave
from deployer.rollout.decisions import Decision, Declare
from deployer.rollout.declared import on_trial, waived
from deployer.rollout.looks import RESUME, because
from deployer.rollout.proof import judgement
from deployer.rollout.state import HostRecord, RolloutState, WaveRecord
from deployer.rollout.table import HostState
from deployer.rulings import Ruling


def bake(plan: Plan, state: RolloutState, wave: Wave, record: WaveRecord) -> tuple[Decision, ...]:
    """Say how a wave whose hosts have settled goes on; nothing while it bakes."""
    active = [host for host in state.hosts.values() if host.state is HostState.ACTIVE]
    ruled = _ruled(plan, state, record)
    wanted = active and (ruled or wave.bake.min > 0) and not _accepted(state, wave.name)
    if wanted and not record.baking_at:
        latest = state.now + max(wave.bake.min, wave.bake.max) if ruled else 0.0
        until = state.now + wave.bake.min
        return (Declare(ev.WaveBaking(at=state.now, wave=wave.name, until=until, latest=latest)),)
    proven = all(judgement(plan, state, host).verdict is Verdict.PASS for host in active)
    if state.now < record.baking_until or not proven:
        return ()
    return _by_rules(plan, state, record, ruled) if ruled else _passed(plan, state, record)


def _ruled(plan: Plan, state: RolloutState, record: WaveRecord) -> Metrics | None:
    """Give the gate whose rules decide of the wave: a host of it was switched that nobody accepted as it is."""
    metrics = plan.gates.metrics
    if metrics is None or not any(rule.deciding for rule in metrics.rules):
        return None
    hosts = state.of_wave(record.name)
    return metrics if any(on_trial(state, host) and not host.accepted for host in hosts) else None


def _accepted(state: RolloutState, name: str) -> bool:
    """Say whether a person has accepted the wave as it is, and nobody joined it since then."""
    return name in state.accepted and all(host.accepted for host in state.of_wave(name) if on_trial(state, host))


def _by_rules(plan: Plan, state: RolloutState, record: WaveRecord, metrics: Metrics) -> tuple[Decision, ...]:
    """Pass a wave of which every rule says yes since it bakes; at the end of its time policies decide."""
    deciding = [ruling for ruling in record.rulings if ruling.deciding]
    unsure = [ruling for ruling in deciding if ruling.verdict is not Verdict.PASS]
    newest = max(record.baking_at, state.now - metrics.interval - metrics.timeout)
    if not unsure and record.judged_at >= newest:
        return _passed(plan, state, record)
    # Whoever has to decide by policy has had the last look at the latest moment.
    return _by_policy(plan, state, record, unsure) if record.judged_at >= record.baking_latest else ()


def _by_policy(plan: Plan, state: RolloutState, record: WaveRecord, unsure: list[Ruling]) -> tuple[Decision, ...]:
    for ruling in unsure:
        if ruling.policy not in {Policy.HOLD, Policy.PASS}:
            failure = because(record, ruling, f"; {_policy(ruling)}")
            return (Declare(ev.WaveFailed(at=state.now, wave=record.name, failure=failure)),)
    for ruling in unsure:
        if ruling.policy is Policy.HOLD:
            failure = because(record, ruling, f"; {_policy(ruling)}", RESUME)
            return (Declare(ev.WaveHeld(at=state.now, wave=record.name, failure=failure)),)
    return (*(_told(state, record, ruling) for ruling in unsure), *_passed(plan, state, record))


def _told(state: RolloutState, record: WaveRecord, ruling: Ruling) -> Declare:
    text = f"wave {record.name} passes by policy ({_policy(ruling)}): rule {ruling.rule}: {ruling.message}"
    return Declare(ev.Warned(at=state.now, message=text, wave=record.name))


def _policy(ruling: Ruling) -> str:
    key = "on_error" if ruling.verdict is Verdict.ERROR else "on_inconclusive"
    return f"{key}: {ruling.policy or Policy.ROLLBACK}"


def _passed(plan: Plan, state: RolloutState, record: WaveRecord) -> tuple[Decision, ...]:
    """Pass the wave, and tell which gates of its hosts could not tell anything and pass by their policy."""
    untold = [(host, judged) for host in state.of_wave(record.name) for judged in waived(plan, state, host)]
    told = [Declare(_warning(state, host, judged)) for host, judged in untold]
    return (*told, Declare(ev.WavePassed(at=state.now, wave=record.name)))


def _warning(state: RolloutState, host: HostRecord, judged: Judgement) -> ev.Warned:
    text = f"gate {judged.gate} passes by its policy (on_error: {Policy.PASS}): {judged.message}"
    return ev.Warned(at=state.now, message=text, host=host.name)
