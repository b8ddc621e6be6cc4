"""What a rollout can bear: failures per wave, and time."""

from deployer import events as ev
from deployer.facts import Failure, LossKind
from deployer.plan.model import Plan
from deployer.rollout.state import Defeat, RolloutState


def beaten(plan: Plan, state: RolloutState) -> Defeat | None:
    """Give what the rollout cannot bear, if there is something."""
    return _lost_wave(plan, state) or _too_late(plan, state)


def _lost_wave(plan: Plan, state: RolloutState) -> Defeat | None:
    """Find a wave that lost more hosts than it tolerates, or, on the way forward, all of them."""
    for wave in plan.waves:
        failed = [host for host in state.of_wave(wave.name) if host.failure is not None]
        alone = state.verb.forward and len(failed) == len(wave.hosts)
        if len(failed) > wave.max_failures or alone:
            host = max(failed, key=lambda record: record.touched)
            assert host.failure is not None  # noqa: S101 - selected by it
            return Defeat(wave.name, host.name, host.failure)
    return None


def whole_wave(plan: Plan, state: RolloutState, defeat: Defeat) -> tuple[ev.Warned, ...]:
    """Say of a lost wave that `max_failures` would bear its failures, were they not all it has."""
    if not defeat.host or not state.verb.forward or defeat.failure.kind in {LossKind.LOCKED, LossKind.REFUSED}:
        return ()
    wave = next(wave for wave in plan.waves if wave.name == state.hosts[defeat.host].wave)
    if any(host.failure is None for host in state.of_wave(wave.name)) or len(wave.hosts) > wave.max_failures:
        return ()
    text = (
        f"every host of wave {wave.name} has failed: its max_failures, {wave.max_failures}, does not tolerate that, "
        "because a wave is there to prove the release on a host at least"
    )
    return (ev.Warned(at=state.now, message=text, wave=wave.name),)


def _too_late(plan: Plan, state: RolloutState) -> Defeat | None:
    """Say when the time for going forward has run out; a rollback is never cut short."""
    limit = plan.timeouts.rollout
    if limit is None or not state.verb.forward:
        return None
    deadline = plan.gates.health.deadline if plan.gates.health else 0.0
    reserve = min(limit / 2, plan.timeouts.activate + deadline)
    if state.now - state.started < limit - reserve:
        return None
    message = f"the rollout's limit of {limit:g} s is reached, less {reserve:g} s kept for taking it back"
    failure = Failure(LossKind.DEADLINE, "rollout-timeout", message, "raise timeouts.rollout, or make waves shorter")
    return Defeat(next(wave.name for wave in state.waves if not wave.passed), "", failure)
