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


def replay(plan: Plan, events: Iterable[ev.Event], journal: str = "") -> tuple[Replayed, ...]:
    """Judge every look of a journal once more, by the plan.

    A journal that was continued holds several rollouts. `journal` is its name in errors: UsageError when it is of
    another plan's rollout, and when nothing in it was brought out, as an abort and a rollback bring nothing out.
    """
    rollouts = _rollouts(events, journal)
    forward = [(started, rest) for started, rest in rollouts if started.verb.forward]
    if not forward:
        raise _never_judged(rollouts[-1][0], journal)
    return tuple(each for started, rest in forward for each in _again(plan, started, rest, journal))


_Rollout = tuple[ev.RolloutStarted, list[ev.Event]]


def _rollouts(events: Iterable[ev.Event], journal: str) -> list[_Rollout]:
    """Part a journal into its rollouts: the start of each, and all that happened in it, the start first."""
    found: list[_Rollout] = []
    for event in events:
        if isinstance(event, ev.RolloutStarted):
            found.append((event, []))
        if not found:
            break
        found[-1][1].append(event)
    if not found:
        message = "the journal does not begin with the start of a rollout"
        raise UsageError(message, where=journal, remedy="name a whole journal")
    return found


def _never_judged(started: ev.RolloutStarted, journal: str) -> UsageError:
    message = f"this is the journal of the verb {started.verb}, which takes back and is judged by no rule"
    remedy = "name the journal of an apply or a resume: journal.jsonl in the report of that rollout"
    return UsageError(message, where=journal, remedy=remedy)


def _again(plan: Plan, started: ev.RolloutStarted, events: Iterable[ev.Event], journal: str) -> Iterator[Replayed]:
    plan = _as_recorded(plan, started, journal)
    state = begin(plan, started.verb, started.release, started.at)
    for event in events:
        if isinstance(event, ev.WaveJudged):
            yield from _replayed(plan, replace(state, now=event.at), event)
        state = evolve(plan, state, event)


def _as_recorded(plan: Plan, started: ev.RolloutStarted, journal: str) -> Plan:
    """Give the plan with the waves of the rollout, which had perhaps fewer hosts than the plan has now."""
    known = {wave.name: wave for wave in plan.waves}
    missing = [scope.name for scope in started.waves if scope.name not in known]
    if missing:
        message = f"the journal has a wave that the plan does not have: {missing[0]}"
        raise UsageError(message, where=journal, remedy="name the plan that was rolled out")
    waves = tuple(replace(known[scope.name], hosts=scope.hosts) for scope in started.waves)
    return replace(plan, waves=waves)


def _replayed(plan: Plan, state: RolloutState, event: ev.WaveJudged) -> Iterator[Replayed]:
    wave = next(wave for wave in state.waves if wave.name == event.wave)
    again = {ruling.rule: ruling for ruling in judged(plan, state, wave, event.look)}
    for ruling in event.rulings:
        yield Replayed(event.wave, event.look, event.at, ruling, rules.verdict(ruling), again.get(ruling.rule))
