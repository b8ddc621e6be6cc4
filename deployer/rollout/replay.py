"""A recorded rollout judged once more: every ruling from its own numbers, and from the readings before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from deployer import events as ev
from deployer.errors import UsageError
from deployer.gates import rules
from deployer.gates.verdict import Verdict
from deployer.plan.model import Plan
from deployer.rollout.evolve import evolve
from deployer.rollout.looks import judged
from deployer.rollout.state import RolloutState, begin
from deployer.rulings import Ruling


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded ruling, what its own numbers say, and what the plan's rule says of the readings before it.

    `again` None: the plan has no rule of that name.
    """

    wave: str
    look: int
    at: float
    recorded: Ruling
    own: Verdict
    again: Ruling | None

    @property
    def agrees(self) -> bool:
        """Whether all three say the same."""
        return self.own is self.recorded.verdict and self.again is not None and self.again.verdict is self.own


def replay(plan: Plan, events: Iterable[ev.Event]) -> tuple[Replayed, ...]:
    """Judge every look of a journal once more, by the plan. UsageError when it is of another plan's rollout."""
    found: list[Replayed] = []
    state: RolloutState | None = None
    for event in events:
        if isinstance(event, ev.RolloutStarted):
            plan = _as_recorded(plan, event)
            state = begin(plan, event.verb, event.release, event.at)
        if state is None:
            raise UsageError("the journal does not begin with the start of a rollout", remedy="name a whole journal")
        if isinstance(event, ev.WaveJudged):
            found += _replayed(plan, replace(state, now=event.at), event)
        state = evolve(plan, state, event)
    return tuple(found)


def _as_recorded(plan: Plan, started: ev.RolloutStarted) -> Plan:
    """Give the plan with the waves of the rollout, which had perhaps fewer hosts than the plan has now."""
    known = {wave.name: wave for wave in plan.waves}
    missing = [scope.name for scope in started.waves if scope.name not in known]
    if missing:
        remedy = "name the plan that was rolled out"
        raise UsageError(f"the journal has a wave that the plan does not have: {missing[0]}", remedy=remedy)
    waves = tuple(replace(known[scope.name], hosts=scope.hosts) for scope in started.waves)
    return replace(plan, waves=waves)


def _replayed(plan: Plan, state: RolloutState, event: ev.WaveJudged) -> Iterator[Replayed]:
    wave = next(wave for wave in state.waves if wave.name == event.wave)
    again = {ruling.rule: ruling for ruling in judged(plan, state, wave, event.look)}
    for ruling in event.rulings:
        yield Replayed(event.wave, event.look, event.at, ruling, rules.verdict(ruling), again.get(ruling.rule))
