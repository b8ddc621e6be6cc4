"""Whatever happens while a rollout waits, and whoever ends it how: nothing bad happens, and the end tells the truth."""

from dataclasses import dataclass, replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.facts import Outcome, Resumed, Verb
from deployer.plan.model import Plan, Scope
from deployer.rollout.state import HostRecord, RolloutState
from deployer.rollout.table import TOUCHED, HostState
from tests.rollout.journey import Journey
from tests.rollout.plans import ERRORS, HEALTH, gated, metrics, plan, wave
from tests.rollout.test_safety import CI, CODES
from tests.rollout.world import NEW, OLD, RULES, SimHost, World

PATIENT = replace(HEALTH, deadline=600.0)
"""Health that slow answers of the world do not break."""

HELD_AT = Resumed("held", "two", before=True, accepted=("one",))
RULED = tuple(replace(ERRORS, name=name) for name in RULES)
LONG = 600.0


@dataclass(slots=True)
class Waiting:
    """A rollout that was held before its second wave, and the run that is to end that."""

    world: World
    second: Journey
    before: dict[str, tuple[str, bool]]


def held(random: Random, sizes: tuple[int, int, int], scope: Scope, *, ruled: bool) -> tuple[Plan, World]:
    """Bring a release out up to where it is held, and let nothing go wrong until then."""
    names = list("abcdefghi")
    hosts = [[names.pop(0) for _ in range(size)] for size in sizes]
    waves = (
        wave("one", *hosts[0], longest=LONG),
        wave("two", *hosts[1], longest=LONG, approve=True),
        wave("three", *hosts[2], longest=LONG),
    )
    asked = gated(plan(*waves, scope=scope, health=PATIENT), metrics(*RULED) if ruled else None)
    world = World(NEW, {name: SimHost(name) for each in hosts for name in each}, random, 0.0)
    state = Journey(asked, world).run()
    assert state.outcome is Outcome.HELD
    return asked, world


def _change(host: SimHost, random: Random) -> None:
    """Seldom, let somebody take a host back meanwhile, or a run that died bring the release to one that waits."""
    chance = random.random()
    if chance < 0.05:
        host.current, host.pending, host.held, host.waited = OLD, "", False, False
    elif chance < 0.2 and host.held and not host.pending:
        host.current, host.pending, host.way_back = NEW, NEW, OLD
        host.starts += 1


@st.composite
def waitings(draw: st.DrawFn) -> Waiting:
    random = Random(draw(st.integers(0, 2**32)))
    size = st.integers(1, 3)
    sizes = draw(size), draw(size), draw(size)
    asked, world = held(random, sizes, draw(st.sampled_from(Scope)), ruled=draw(st.booleans()))
    world.trouble = draw(st.sampled_from((0.0, 0.0, 0.1, 0.3)))
    for host in world.hosts.values():
        host.locked, host.switches = False, 0
        host.starts += world.trips()  # it was restarted meanwhile
        host.sick = frozenset({NEW} if world.trips(0.5) else ())
        host.down = world.trips(0.05)
        _change(host, random)
    verb = draw(st.sampled_from((Verb.RESUME, Verb.RESUME, Verb.ABORT)))
    if verb is Verb.ABORT:
        names = tuple(world.hosts)
        asked = plan(wave("abort", *names, failures=len(names)), scope=Scope.WAVE, health=PATIENT)
    cancel = draw(st.one_of(st.none(), st.none(), st.integers(0, 60)))
    second = Journey(asked, world, verb, cancel, resumes=HELD_AT if verb is Verb.RESUME else None)
    return Waiting(world, second, {host.name: (host.current, host.held) for host in world.hosts.values()})


@settings(CI, max_examples=200)
@given(waitings())
def test_however_a_hold_is_ended_the_end_tells_the_truth(waiting: Waiting) -> None:
    state = waiting.second.run()
    assert state.outcome is not None
    assert state.exit_code == CODES[state.outcome]
    for record in state.hosts.values():
        _assert_true(waiting, state, record)
    real = waiting.world.hosts.values()
    if state.outcome is Outcome.REFUSED:
        assert {host.name: (host.current, host.held) for host in real} == waiting.before
    if state.verb is Verb.ABORT and state.exit_code == 0:
        confirmed = {name for name, _ in waiting.before.items() if waiting.world.hosts[name].good}
        assert {host.current for host in real if host.name not in confirmed} <= {OLD}
    if not waiting.world.trouble and state.outcome in {Outcome.SUCCEEDED, Outcome.ROLLED_BACK}:
        assert not any(host.held for host in real), "nothing is held any more"
        assert not any(host.pending for host in real), "and nothing is left half way"


def _assert_true(waiting: Waiting, state: RolloutState, record: HostRecord) -> None:
    real = waiting.world.hosts[record.name]
    if state.verb is Verb.RESUME and waiting.before[record.name] == (OLD, False):
        assert real.switches == 0, "what somebody took back is left alone"
    assert record.state not in TOUCHED, "every touched host comes to an end"
    if record.state is HostState.CONFIRMED:
        assert real.pending == ""
        assert state.verb is Verb.ABORT or real.current == NEW
    elif record.state is HostState.REVERTED:
        assert (real.current, real.pending, real.held) == (OLD, "", False)
    elif record.state is not HostState.STRANDED:
        assert real.switches == 0
