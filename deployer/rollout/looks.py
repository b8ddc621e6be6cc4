"""The rules' looks at waves: at most one per interval, as long as any host of a wave is read, whatever else goes on."""

from deployer import events as ev
from deployer.facts import Failure, LossKind
from deployer.gates import rules
from deployer.gates.verdict import Verdict
from deployer.plan.judging import Metrics
from deployer.plan.model import Plan
from deployer.rollout.decisions import Decision, Declare
from deployer.rollout.evidence import evidence, patience
from deployer.rollout.metered import metered
from deployer.rollout.state import Defeat, RolloutState, WaveRecord
from deployer.rulings import Ruling

RESUME = "look at the rule's numbers: sockdeploy resume goes on, sockdeploy abort goes back"


def look(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Declare what the rules say now of every wave whose next look is due."""
    metrics = plan.gates.metrics
    read = {subject.wave for subject in metered(plan, state) if not subject.control}
    if metrics is None or not read:
        return ()
    return tuple(_judged(plan, state, wave) for wave in state.waves if wave.name in read and _due(metrics, state, wave))


def _due(metrics: Metrics, state: RolloutState, wave: WaveRecord) -> bool:
    """Say whether a wave is looked at now: there is news, in its time, or its bake cannot last any longer."""
    if not wave.passed and wave.baking_at and wave.judged_at < wave.baking_latest <= state.now:
        return True
    mine = [kept for subject, kept in state.readings.items() if subject.wave == wave.name and not subject.control]
    told = any(kept.reading.ready or kept.reading.unmeasured for kept in mine)
    return told and state.now - wave.judged_at >= (metrics.interval if wave.news else patience(metrics))


def _judged(plan: Plan, state: RolloutState, wave: WaveRecord) -> Declare:
    number = wave.looks + 1
    rulings = judged(plan, state, wave, number)
    return Declare(ev.WaveJudged(at=state.now, wave=wave.name, look=number, rulings=rulings))


def judged(plan: Plan, state: RolloutState, wave: WaveRecord, number: int) -> tuple[Ruling, ...]:
    """Give what every rule says now of a wave, at its look of that number."""
    metrics = plan.gates.metrics
    if metrics is None:
        return ()
    planned = rules.looks(plan, state.waves.index(wave))
    return rules.judge_all([(rule, evidence(metrics, state, wave, rule)) for rule in metrics.rules], number, planned)


def broken(state: RolloutState) -> Defeat | None:
    """Give the first wave that a rule has failed, if there is one."""
    for wave in state.waves:
        for ruling in wave.rulings:
            if ruling.deciding and ruling.verdict is Verdict.FAIL:
                return Defeat(wave.name, "", because(wave, ruling))
    return None


def because(wave: WaveRecord, ruling: Ruling, suffix: str = "", remedy: str = "") -> Failure:
    """Give a ruling as the reason why a wave does not pass, with all rulings of its look as evidence."""
    lines = tuple(f"rule {each.rule}, {each.verdict}: {each.message}" for each in wave.rulings)
    return Failure(LossKind.GATE, ruling.code, f"rule {ruling.rule}: {ruling.message}{suffix}", remedy, lines)
