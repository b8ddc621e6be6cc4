"""What holds of every ruling, whatever was measured."""

from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from deployer.gates.evidence import Evidence, Look
from deployer.gates.finding import tail
from deployer.gates.rates import level
from deployer.gates.rules import judge, verdict
from deployer.gates.verdict import Verdict
from deployer.plan.judging import AnyRule, Compare, ErrorRule, LatencyRule, Policy, ValueRule
from deployer.readings import Bucket, Counted, Reading, Unmeasured
from tests.gates.steady import STEADY

ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)

compares = st.none() | st.builds(Compare, st.sampled_from([1.0, 2.0, 5.0]), st.sampled_from([0.0, 0.01, 0.2]))
limits = st.sampled_from([0.0, 0.01, 0.05, 0.5, 1.0])
least = st.sampled_from([0, 1, 50])
idle = st.sampled_from([Policy.ROLLBACK, Policy.PASS])
looks = st.builds(Look, st.integers(1, 50), st.integers(1, 40), st.integers(1, 5))


def error_rules() -> st.SearchStrategy[ErrorRule]:
    return st.builds(
        ErrorRule,
        st.just("r"),
        st.none() | limits,
        compares,
        least,
        idle=idle,
        errors=st.just("e"),
        total=st.just("t"),
    )


def any_rules() -> st.SearchStrategy[AnyRule]:
    latency = st.builds(LatencyRule, st.just("r"), st.just(0.3), compares, least, idle=idle, histogram=st.just("h"))
    value = st.builds(ValueRule, st.just("r"), st.none() | st.floats(-10, 10), compares, value=st.just("v"))
    return st.one_of(error_rules(), latency, value)


@st.composite
def counted(draw: st.DrawFn) -> Counted:
    total = draw(st.integers(0, 2000))
    bad = draw(st.integers(0, total))
    bounds = draw(st.lists(st.sampled_from([0.1, 0.25, 0.3, 0.5, 1.0]), unique=True).map(sorted))
    below = sorted(draw(st.lists(st.integers(0, total), min_size=len(bounds), max_size=len(bounds))))
    buckets = tuple(Bucket(le, count) for le, count in zip(bounds, below, strict=True))
    values = tuple(draw(st.lists(st.floats(-20, 20) | st.just(float("nan")), max_size=3)))
    return Counted("r", draw(st.sampled_from(["", "a"])), bad, total, buckets, values)


unmeasured = st.builds(Unmeasured, st.sampled_from(["r", "", "other"]), st.just("x"), st.just("m"))
readings = st.builds(
    Reading,
    st.lists(counted(), max_size=2).map(tuple),
    st.lists(unmeasured, max_size=1).map(tuple),
    failures=st.integers(0, 4),
    ready=st.booleans(),
)
evidence = st.builds(
    Evidence, st.lists(readings, max_size=3).map(tuple), st.lists(readings, max_size=2).map(tuple), st.booleans()
)


@STEADY
@given(any_rules(), evidence, looks)
def test_a_verdict_is_recomputed_from_the_ruling_alone(rule: AnyRule, seen: Evidence, look: Look) -> None:
    ruling = judge(rule, seen, look)
    bare = replace(ruling, verdict=Verdict.ERROR, code="", message="", needed="", tail=0.5, policy=None)
    assert verdict(bare) is ruling.verdict
    assert tail(bare) == ruling.tail
    assert ruling.level == level(look.number, look.looks, look.rules * ruling.among)
    assert ruling.message
    assert bool(ruling.needed) is (ruling.verdict is not Verdict.PASS)


@STEADY
@given(any_rules(), evidence, looks)
def test_nothing_passes_without_a_measurement_of_every_host(rule: AnyRule, seen: Evidence, look: Look) -> None:
    ruling = judge(rule, seen, look)
    for reading in seen.readings:
        if not reading.ready or not reading.counted or reading.failures >= 3:
            assert ruling.verdict is not Verdict.PASS
    if not seen.readings:
        assert ruling.verdict is Verdict.INCONCLUSIVE
    if ruling.verdict is Verdict.PASS and ruling.kind != "value":
        assert ruling.total > 0 or rule.idle is Policy.PASS


@STEADY
@given(error_rules(), st.integers(0, 3000), st.data(), looks, st.integers(0, 500), st.integers(0, 500))
def test_more_errors_are_never_judged_better(
    rule: ErrorRule, total: int, data: st.DataObject, look: Look, control_bad: int, control_good: int
) -> None:
    bad = data.draw(st.integers(0, total))
    more = data.draw(st.integers(bad, total))
    control = (Reading((Counted("r", bad=control_bad, total=control_bad + control_good),)),)
    few, many = (
        judge(rule, Evidence((Reading((Counted("r", bad=count, total=total),)),), control), look).verdict
        for count in (bad, more)
    )
    assert ORDER.index(few) <= ORDER.index(many)


@STEADY
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 300)), min_size=1, max_size=6), looks)
def test_hosts_are_judged_as_their_sum_in_any_order(hosts: list[tuple[int, int]], look: Look) -> None:
    rule = ErrorRule("r", 0.01, errors="e", total="t")
    each = [Reading((Counted("r", bad=bad, total=bad + good),)) for bad, good in hosts]
    total = Counted("r", bad=sum(bad for bad, _ in hosts), total=sum(bad + good for bad, good in hosts))
    sums = judge(rule, Evidence((Reading((total,)),)), look)
    for order in (each, each[::-1]):
        assert asdict(judge(rule, Evidence(tuple(order)), look)) == asdict(sums)
