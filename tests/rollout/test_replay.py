"""A recorded rollout judged once more: it agrees with itself, and says what another limit would have said."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.errors import UsageError
from deployer.facts import Verb, WaveScope
from deployer.gates.verdict import Verdict
from deployer.plan.judging import Compare, ValueRule
from deployer.plan.model import Plan
from deployer.readings import Counted, Reading
from deployer.rollout.replay import replay
from tests.rollout.plans import ERRORS, gated, metrics, plan, wave
from tests.rollout.scene import Scene

COMPARED = replace(ERRORS, compare=Compare(2.0, 0.005))
QUEUE = ValueRule("queue", 100.0, value="queue")
WAVES = (wave("one", "a", bake=20.0, longest=60.0), wave("rest", "b", "c", bake=20.0, longest=60.0))
PLAN = gated(plan(*WAVES), metrics(COMPARED, QUEUE))


def recorded(told: Scene, asked: Plan = PLAN) -> list[ev.Event]:
    """Give what the journal of a rollout holds: all but the passing of time."""
    waves = tuple(WaveScope(each.name, each.hosts) for each in asked.waves)
    started = ev.RolloutStarted(
        at=1000.0, rollout="x", verb=Verb.APPLY, service="myapp", release="r2", digest="d", waves=waves
    )
    return [started, *(event for event in told.told if not isinstance(event, ev.Ticked))]


def both(bad: int, total: int, *values: float) -> Reading:
    return Reading((Counted("errors", bad=bad, total=total), Counted("queue", values=values)))


def a_rollout(asked: Plan = PLAN) -> Scene:
    """Give one with a quiet start, a control, peaks, a failed reading, and an end that takes it back."""
    told = Scene(asked).prepared()
    told.healthy("a")
    for number in range(1, 4):
        told.counted("b", number, 100 * number)
        told.counted("c", 0, 100 * number)
        told.read("a", both(0, 20 * number, 130.0 - 20 * number))
        told.wait(10)
    told.healthy("b")
    told.read("b", Reading(ready=False, failures=1))
    told.read("a", both(9, 80, 20.0))
    told.wait(10)
    return told


def test_a_rollout_agrees_with_itself() -> None:
    told = a_rollout()
    found = replay(PLAN, recorded(told))
    assert len(found) == 2 * len(told.looks) > 6
    assert all(each.agrees for each in found)
    assert [each.again for each in found] == [each.recorded for each in found]
    assert {each.own for each in found} >= {Verdict.PASS, Verdict.INCONCLUSIVE}


def test_another_limit_says_what_it_would_have_said() -> None:
    told = a_rollout()
    strict = gated(PLAN, metrics(COMPARED, replace(QUEUE, max=5.0)))
    found = replay(strict, recorded(told))
    assert {each.recorded.rule for each in found if not each.agrees} == {"queue"}
    assert all(each.own is each.recorded.verdict for each in found)


def test_a_rule_that_the_plan_does_not_have_is_judged_by_its_numbers_alone() -> None:
    told = a_rollout()
    for other in (gated(PLAN, metrics(COMPARED)), gated(PLAN)):
        found = [each for each in replay(other, recorded(told)) if each.recorded.rule == "queue"]
        assert found
        assert {each.again for each in found} == {None}
        assert not any(each.agrees for each in found)


def test_a_ruling_that_was_changed_by_hand_is_told() -> None:
    told = recorded(a_rollout())
    lied = [_passing(event) if isinstance(event, ev.WaveJudged) else event for event in told]
    found = replay(PLAN, lied)
    assert any(each.own is not each.recorded.verdict and not each.agrees for each in found)


def _passing(event: ev.WaveJudged) -> ev.WaveJudged:
    return replace(event, rulings=tuple(replace(each, verdict=Verdict.PASS) for each in event.rulings))


def test_hosts_that_were_left_out_are_left_out_again() -> None:
    one = replace(PLAN, waves=WAVES[:1])
    told = Scene(one).prepared()
    told.healthy("a")
    told.read("a", both(0, 100, 10.0))
    told.wait(10)
    found = replay(PLAN, recorded(told, one))
    assert found
    assert all(each.again == each.recorded for each in found)


def test_a_journal_without_its_start_and_one_of_another_plan_are_refused() -> None:
    told = recorded(a_rollout())
    with pytest.raises(UsageError, match="does not begin with the start of a rollout"):
        replay(PLAN, told[1:])
    with pytest.raises(UsageError, match="a wave that the plan does not have: rest"):
        replay(replace(PLAN, waves=WAVES[:1]), told)
