"""Whatever fails, whoever ends next, whenever somebody cancels: nothing bad happens, and the end tells the truth."""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployer import events as ev
from deployer.facts import Outcome, Verb
from deployer.plan.judging import CommandGate, Compare, ErrorRule, JournalGate, Metrics, Policy, Prometheus, Scrape
from deployer.plan.model import Bake, HookPoint, Plan, Scope, Wave
from deployer.rollout.state import HostRecord, RolloutState
from deployer.rollout.table import TOUCHED, HostState
from tests.rollout.journey import Journey
from tests.rollout.plans import HEALTH, gated, plan
from tests.rollout.world import ELSEWHERE, NEW, OLD, RULES, SimHost, World

settings.register_profile(
    "ci", derandomize=True, max_examples=700, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
CI = settings.get_profile("ci")

POLICIES = st.sampled_from((Policy.ROLLBACK, Policy.ROLLBACK, Policy.HOLD, Policy.PASS))

CODES = {
    Outcome.SUCCEEDED: 0, Outcome.UNCHANGED: 0, Outcome.ROLLED_BACK: 1, Outcome.INCOMPLETE: 3, Outcome.REFUSED: 5,
    Outcome.CANCELLED: 143, Outcome.HELD: 4,
}


@st.composite
def plans(draw: st.DrawFn, verb: Verb, *, measured: bool) -> Plan:
    names = list("abcdefg")[: draw(st.integers(1, 6))]
    waves: list[Wave] = []
    while names:
        size = len(names) if verb is Verb.ROLLBACK else draw(st.integers(1, len(names)))
        hosts, names = tuple(names[:size]), names[size:]
        budget = size if verb is Verb.ROLLBACK else draw(st.sampled_from((0, 0, 0, 1, size)))
        bake = draw(st.sampled_from((0.0, 0.0, 3.0)))
        longest = bake + draw(st.sampled_from((0.0, 9.0)))
        approve = draw(st.sampled_from((False, False, True)))
        waves.append(Wave(f"w{len(waves)}", hosts, draw(st.integers(1, 3)), budget, Bake(bake, longest), approve))
    asked = plan(        *waves,
        health=draw(st.sampled_from((HEALTH, HEALTH, None))),
        scope=draw(st.sampled_from((Scope.ROLLOUT, Scope.ROLLOUT, Scope.WAVE))),
        hooks=tuple(draw(st.sets(st.sampled_from(list(HookPoint))))),
        limit=draw(st.sampled_from((None, None, None, 30.0))),
        restarts=draw(st.sampled_from((0, 0, 1))),
    )
    journal = JournalGate(("it hurts",), on_error=draw(POLICIES))
    command = CommandGate(("smoke",), on_error=draw(POLICIES))
    gates = draw(st.sampled_from(((None, None), (None, None), (journal, None), (None, command), (journal, command))))
    metrics = draw(measurings() if measured else st.one_of(st.none(), measurings()))
    return gated(asked, metrics, journal=gates[0], command=gates[1])


@st.composite
def measurings(draw: st.DrawFn) -> Metrics:
    rules = [
        ErrorRule(
            name=name,
            max=0.01,
            compare=draw(st.sampled_from((None, Compare()))),
            on_inconclusive=draw(POLICIES),
            on_error=draw(POLICIES),
            deciding=draw(st.sampled_from((True, True, False))),
            errors="errors_total",
            total="requests_total",
        )
        for name in RULES
    ]
    scrape = draw(st.booleans())
    source = Scrape("http://127.0.0.1/metrics") if scrape else Prometheus("http://127.0.0.1:9090")
    return Metrics(source, tuple(rules), interval=2.0, timeout=1.0)


def host(name: str, verb: Verb, random: Random, *, healthy: bool) -> SimHost:
    """Give a host as runs before this one may have left it."""
    there = verb is Verb.ROLLBACK
    kinds = [
        SimHost(name, staged={OLD, NEW} if there else {OLD}, current=NEW if there else OLD),
        SimHost(name, current=NEW, pending=NEW, way_back=OLD, staged={OLD, NEW}),
    ]
    if not healthy:
        kinds += [
            SimHost(name, current=OLD, pending=NEW, way_back=OLD, staged={OLD}),
            SimHost(name, current=NEW, staged={OLD, NEW}),
            SimHost(name, current=OLD, staged={OLD}),
            SimHost(name, current=""),
            SimHost(name, current=ELSEWHERE),
        ]
    made = random.choice([kinds[0], *kinds])
    if not healthy:
        made.sick = frozenset(release for release in (OLD, NEW, NEW) if random.random() < 0.1)
        made.down, made.taken, made.unfit = (random.random() < 0.01 for _ in range(3))
    return made


@st.composite
def journeys(draw: st.DrawFn, *, healthy: bool = False, measured: bool = False) -> Journey:
    """Give a rollout; `healthy`: nothing goes wrong; `measured`: little but what the metrics show."""
    verb = Verb.APPLY if measured else draw(st.sampled_from((Verb.APPLY, Verb.APPLY, Verb.ROLLBACK)))
    asked = draw(plans(verb, measured=measured))
    random = Random(draw(st.integers(0, 2**32)))
    hosts = {each.name: host(each.name, verb, random, healthy=healthy or measured) for each in asked.hosts}
    trouble = 0.0 if healthy else draw(st.sampled_from((0.0, 0.1) if measured else (0.0, 0.1, 0.3, 0.7)))
    errors = 0.0 if healthy else draw(st.sampled_from((0.0, 0.0, 0.01, 0.3)))
    world = World(OLD if verb is Verb.ROLLBACK else NEW, hosts, random, trouble, errors)
    names = [wave.name for wave in asked.waves]
    approved = frozenset(names if healthy or measured else draw(st.sets(st.sampled_from(names))))
    cancel = None if healthy else draw(st.one_of(st.none(), st.none(), st.integers(0, 150)))
    fails = frozenset() if healthy else draw(st.sets(st.sampled_from([point.value for point in HookPoint]), max_size=1))
    return Journey(asked, world, verb, cancel, frozenset(fails), approved)


@settings(CI)
@given(st.one_of(journeys(), journeys(measured=True)))
def test_whatever_happens_the_rollout_ends_and_tells_the_truth(journey: Journey) -> None:
    backs = {name: host.back for name, host in journey.world.hosts.items()}
    first = {name: host.current for name, host in journey.world.hosts.items()}
    state = journey.run()
    for record in state.hosts.values():
        _assert_true_of_host(journey, record, backs[record.name], first[record.name])
    assert state.outcome is not None
    assert state.exit_code == CODES[state.outcome]
    end = journey.events[-1]
    assert isinstance(end, ev.RolloutFinished)
    assert (end.outcome, end.exit_code) == (state.outcome, state.exit_code)
    _assert_true_of_all(journey, state, end)


@settings(CI, max_examples=120)
@given(journeys(healthy=True))
def test_where_nothing_goes_wrong_every_host_ends_on_the_wanted_release(journey: Journey) -> None:
    journey.plan = _patient(journey.plan)
    state = journey.run()
    assert state.exit_code == 0
    assert {host.current for host in journey.world.hosts.values()} == {journey.world.release}
    assert {host.pending for host in journey.world.hosts.values()} == {""}


def _patient(asked: Plan) -> Plan:
    """Give the plan without limits that the world's slow answers could break."""
    health = replace(asked.gates.health, deadline=600.0) if asked.gates.health else None
    waves = tuple(replace(wave, bake=replace(wave.bake, max=600.0)) for wave in asked.waves)
    gates = replace(asked.gates, health=health)
    return replace(asked, waves=waves, gates=gates, timeouts=replace(asked.timeouts, rollout=None))


def _assert_true_of_host(journey: Journey, record: HostRecord, back: str, current: str) -> None:
    real = journey.world.hosts[record.name]
    assert record.state not in TOUCHED, "every touched host comes to an end"
    if record.state is HostState.CONFIRMED:
        assert real.current == journey.world.release
        assert real.pending == ""
    elif record.state is HostState.REVERTED:
        assert real.current == back
        assert real.pending == ""
    elif record.state is HostState.HELD:
        assert real.held
        assert not record.switched or real.current == journey.world.release, "a held host keeps what it runs"
    elif record.state is not HostState.STRANDED:
        assert real.switches == 0
        assert real.current == current
    if record.unchanged:
        assert real.switches == 0


def _assert_true_of_all(journey: Journey, state: RolloutState, end: ev.RolloutFinished) -> None:
    records = state.hosts.values()
    told = {event.host for event in journey.events if isinstance(event, ev.HostStranded)}
    stranded = {record.name for record in records if record.state is HostState.STRANDED}
    assert told == stranded, "each stranded host is named by an event"
    switched = {host.name for host in journey.world.hosts.values() if host.switches}
    match end.outcome:
        case Outcome.SUCCEEDED:
            _assert_arrived(journey, state, end)
        case Outcome.UNCHANGED:
            assert not switched
        case Outcome.REFUSED:
            assert not switched
            assert not any(record.uploaded and record.locked for record in records), "nothing staged is left"
        case Outcome.ROLLED_BACK:
            assert not stranded
            left = [record.name for record in records if record.leftover]
            assert not any(journey.world.hosts[name].pending for name in left), "what an earlier run left is gone"
            kept = [record.wave for record in records if record.state is HostState.CONFIRMED and not record.unchanged]
            assert not kept or journey.plan.scope is Scope.WAVE
            assert all(wave.passed for wave in state.waves if wave.name in kept)
        case Outcome.INCOMPLETE:
            assert end.hosts
            assert stranded <= set(end.hosts)
        case Outcome.HELD:
            _assert_held(journey, state, end)
        case Outcome.CANCELLED:
            assert set(end.hosts) == stranded


def _assert_held(journey: Journey, state: RolloutState, end: ev.RolloutFinished) -> None:
    assert state.held is not None
    assert end.failure == state.held.failure
    assert not state.stranded
    held = {name for name, host in journey.world.hosts.items() if host.held and host.pending == journey.world.release}
    assert set(end.hosts) == held, "who is held on the new release is named"
    told = journey.events.index(next(event for event in journey.events if isinstance(event, ev.WaveHeld)))
    after = {type(event) for event in journey.events[told:]}
    assert not after & {ev.WaveStarted, ev.WavePassed, ev.HostActivated}, "never past a hold"


def _assert_arrived(journey: Journey, state: RolloutState, end: ev.RolloutFinished) -> None:
    elsewhere = {host.name for host in journey.world.hosts.values() if host.current != journey.world.release}
    assert elsewhere <= set(end.hosts), "who does not run the release is named"
    for wave in journey.plan.waves:
        assert len(set(end.hosts) & set(wave.hosts)) <= wave.max_failures
    if state.verb is Verb.ROLLBACK:
        assert not end.hosts
