"""A recorded rollout judged once more: it agrees with itself, and says what another limit would have said."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.errors import UsageError
from deployer.facts import HealthLook, HostFacts, Resumed, Verb, WaveScope
from deployer.gates.verdict import Verdict
from deployer.plan.judging import Compare, ValueRule
from deployer.plan.model import Plan
from deployer.readings import Counted, Reading
from deployer.rollout.replay import replay
from tests.rollout.plans import ERRORS, gated, metrics, plan, wave
from tests.rollout.scene import OLD_RUNS, Scene, running

COMPARED = replace(ERRORS, compare=Compare(2.0, 0.005))
QUEUE = ValueRule("queue", 100.0, value="queue")
WAVES = (wave("one", "a", bake=20.0, longest=60.0), wave("rest", "b", "c", bake=20.0, longest=60.0))
PLAN = gated(plan(*WAVES), metrics(COMPARED, QUEUE))


def started(asked: Plan, verb: Verb = Verb.APPLY, held: Resumed | None = None) -> ev.RolloutStarted:
    waves = tuple(WaveScope(each.name, each.hosts) for each in asked.waves)
    return ev.RolloutStarted(
        at=1000.0, rollout="x", verb=verb, service="myapp", release="r2", digest="d", waves=waves, resumes=held
    )


def recorded(told: Scene, asked: Plan = PLAN) -> list[ev.Event]:
    """Give what the journal of a rollout holds: all but the passing of time."""
    return [started(asked), *(event for event in told.told if not isinstance(event, ev.Ticked))]


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
    for torn in (told[1:], []):
        with pytest.raises(UsageError, match="does not begin with the start of a rollout"):
            replay(PLAN, torn)
    with pytest.raises(UsageError, match="a wave that the plan does not have: rest"):
        replay(replace(PLAN, waves=WAVES[:1]), told)


def test_a_resumed_rollout_agrees_with_itself_about_what_was_left_to_judge() -> None:
    held = Resumed("first", "rest", before=True, accepted=("one",))
    waited = HostFacts(current="r2", same=True, staged=True, pending="r2", way_back="r1", inode="10", invocation="new",
                       active=True, hold="first", waited=True)  # fmt: skip
    told = Scene(PLAN, Verb.RESUME)
    begun = started(PLAN, Verb.RESUME, held)
    told.tell(begun)
    waits = replace(OLD_RUNS, staged=True, hold="first")
    for name, facts in (("a", waited), ("b", waits), ("c", waits)):
        told.inspected(name, facts)
        locked = {"current": facts.current, "pending": facts.pending, "hold": "first"}
        told.tell(ev.UnitSeen(at=told.now, host=name, look=running(facts.invocation, 0.5)))
        told.tell(ev.HostObserved(at=told.now, host=name, look=HealthLook("host", 200, facts.current), **locked))
    told.answers("a")
    told.healthy("b")
    told.read("b", both(0, 100, 10.0))
    told.wait(10)
    told.read("b", both(20, 200, 20.0))
    told.wait(10)
    rest = [event for event in told.told if not isinstance(event, ev.Ticked | ev.RolloutStarted)]
    found = replay(PLAN, [begun, *rest])
    assert {each.wave for each in found} == {"rest"}, "a person has accepted what was judged before the hold"
    assert Verdict.FAIL in {each.own for each in found}
    assert all(each.again == each.recorded for each in found)


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.ROLLBACK])
def test_the_journal_of_a_way_back_says_what_it_is_and_which_one_to_name(verb: Verb) -> None:
    back = replace(PLAN, waves=(wave(verb.value, "a", "b", "c"),))
    with pytest.raises(UsageError, match=f"journal of the verb {verb}, which takes back") as told:
        replay(PLAN, [started(back, verb)], "journal.jsonl")
    assert told.value.where == "journal.jsonl"
    assert "name the journal of an apply or a resume" in told.value.remedy


def test_a_journal_that_was_continued_is_judged_rollout_by_rollout() -> None:
    one = replace(PLAN, waves=WAVES[:1])
    told = Scene(one).prepared()
    told.healthy("a")
    told.read("a", both(0, 100, 10.0))
    told.wait(10)
    first, second = recorded(told, one), recorded(a_rollout())
    back = started(replace(PLAN, waves=(wave("abort", "a"),)), Verb.ABORT)
    found = replay(PLAN, [*first, back, *second, back])
    assert len(found) == len(replay(PLAN, first)) + len(replay(PLAN, second))
    assert all(each.agrees for each in found)
