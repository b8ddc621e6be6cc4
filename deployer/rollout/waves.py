"""How events of waves, and readings of metrics, change the state."""

from dataclasses import replace

from deployer import events as ev
from deployer.gates.evidence import standing
from deployer.readings import Reading, Subject
from deployer.rollout.state import Defeat, Held, Kept, RolloutState, WaveRecord


def evolve_waves(state: RolloutState, event: ev.Event) -> RolloutState:
    """Give the state after an event that concerns a wave; after any other the state as it is."""
    match event:
        case ev.WaveFailed(wave=wave, host=host, failure=failure):
            return replace(state, defeat=Defeat(wave, host, failure))
        case ev.WaveHeld(wave=wave, failure=failure, before=before):
            return replace(state, held=Held(wave, failure, before))
        case ev.MetricsRead(subject=subject, reading=reading):
            heard = (replace(w, news=w.news or (w.name == subject.wave and not subject.control)) for w in state.waves)
            readings = {**state.readings, subject: _kept(state, subject, reading)}
            return replace(state, waves=tuple(heard), readings=readings)
        case ev.WaveStarted() | ev.WaveJudged() | ev.WaveBaking() | ev.WavePassed():
            waves = (_evolved(state, wave, event) if wave.name == event.wave else wave for wave in state.waves)
            return replace(state, waves=tuple(waves))
        case _:
            return state


def _evolved(
    state: RolloutState, wave: WaveRecord, event: ev.WaveStarted | ev.WaveJudged | ev.WaveBaking | ev.WavePassed
) -> WaveRecord:
    match event:
        case ev.WaveStarted():
            control = {subject: kept for subject, kept in state.readings.items() if subject.control}
            return replace(wave, started=True, started_at=state.now, base=control)
        case ev.WaveJudged(look=look, rulings=rulings):
            return replace(wave, looks=look, judged_at=state.now, news=False, rulings=rulings)
        case ev.WaveBaking(until=until, latest=latest):
            return replace(wave, baking_at=state.now, baking_until=until, baking_latest=latest)
        case _:
            return replace(wave, passed=True)


def _kept(state: RolloutState, subject: Subject, reading: Reading) -> Kept:
    """Keep a reading; one that failed goes on with the counts of the last that did not."""
    known = state.readings.get(subject)
    return Kept(standing(known.reading if known else None, reading), state.now)
