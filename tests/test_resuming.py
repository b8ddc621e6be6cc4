"""What the hosts have on record, and what resume and abort make of it."""

import json
from dataclasses import replace

import pytest

from deployer.errors import RefusedError
from deployer.events import WaveHeld, WavePassed
from deployer.facts import Failure, LossKind, Resumed, Verb
from deployer.fleet.holding import Holding
from deployer.fleet.known import facts_of
from deployer.fleet.orders import Orders, longest_cover
from deployer.host.aside import Aside
from deployer.host.hold import Hold
from deployer.host.inspection import Pending
from deployer.host.source import Program
from deployer.plan.model import Expect, Gates, Health, Host, Plan, Scope, Wave
from deployer.task import Run, Task
from deployer.verbs.resuming import (
    all_at_once,
    going_on,
    nothing_to_abort,
    overdue,
    question,
    refuse_damaged,
    shown,
    the_hold,
    unfinished,
)
from deployer.verbs.survey import Sight
from tests.host.fit import SHOWN, inspection

HOLD = Hold("first", "v2", "pilot", before=True, accepted=("canary",), who="ana", since=1000.0, until=2000.0)
PENDING = Pending("first", "v2", "", "v1", "v1", first=False, since=900.0)
NAMES = ("web-1", "web-2", "web-3")
PLAN = Plan(
    service="app", root="/srv/app", artifact="/dist", hosts=tuple(Host(name, name, "deploy", 22) for name in NAMES),
    waves=(Wave("canary", NAMES[:1]), Wave("pilot", NAMES[1:2], approve=True), Wave("full", NAMES[2:], 20)),
    wave_names=("canary", "pilot", "full"),
)  # fmt: skip


def sight(
    host: str, hold: Hold | None = HOLD, *, current: str = "v1", pending: Pending | None = None, clock: str = "1500"
) -> Sight:
    """Give what a look at a host showed."""
    found = replace(inspection(current=current, clock=clock), hold=hold, pending=pending)
    return Sight(host, "", None, found, None)


def lost(host: str) -> Sight:
    """Give a host that could not be looked at."""
    return Sight(host, "", None, None, Failure(LossKind.UNREACHABLE, "unreachable", "no route to host"))


def test_the_hold_is_the_one_that_all_who_have_one_agree_on() -> None:
    assert the_hold([sight("web-1"), sight("web-2"), sight("web-3", None), lost("web-4")]) == HOLD


def test_a_host_that_was_lost_when_it_was_held_again_has_the_older_hold_and_agrees() -> None:
    newer = replace(HOLD, rollout="second", wave="full", resumes=("first",))
    assert the_hold([sight("web-1"), sight("web-2", newer), sight("web-3", newer)]) == newer


def test_a_host_that_was_lost_whenever_it_was_held_again_has_the_first_hold_and_agrees() -> None:
    third = replace(HOLD, rollout="third", wave="full", resumes=("first", "second"))
    assert the_hold([sight("web-1"), sight("web-2", third)]) == third


@pytest.mark.parametrize("other", [replace(HOLD, rollout="other"), replace(HOLD, release="v3", resumes=("first",))])
def test_hosts_that_do_not_agree_are_named_with_what_they_hold(other: Hold) -> None:
    with pytest.raises(RefusedError, match="do not agree") as refused:
        the_hold([sight("web-1"), sight("web-2", other)])
    assert "web-1: v2 held before wave pilot by ana" in refused.value.remedy
    assert f"web-2: {other.release} held" in refused.value.remedy
    assert "sockdeploy abort" in refused.value.remedy


def test_where_nothing_is_held_the_hosts_that_could_not_be_looked_at_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RefusedError, match="nothing is held") as refused:
        the_hold([sight("web-1", None), lost("web-2")])
    assert "sockdeploy apply" in refused.value.remedy
    assert "web-2: no route to host" in capsys.readouterr().err


def test_a_hold_is_overdue_by_the_host_s_own_clock() -> None:
    assert overdue([sight("web-1"), lost("web-2")]) == ""
    assert "past its deadline" in overdue([sight("web-1"), sight("web-2", clock="2001")])


def test_hosts_that_have_nothing_of_it_are_left_out_and_named() -> None:
    going = going_on(PLAN, HOLD, [sight("web-1"), sight("web-2"), sight("web-3", None)])
    assert [host.name for host in going.hosts] == ["web-1", "web-2"]
    assert any("web-3" in note and "left out" in note for note in going.notes)


def test_hosts_that_run_it_or_cannot_be_looked_at_take_part() -> None:
    sights = [sight("web-1", None, current="v2"), sight("web-2"), lost("web-3")]
    assert going_on(PLAN, HOLD, sights) == PLAN
    unconfirmed = sight("web-1", None, current="v0", pending=PENDING)
    assert going_on(PLAN, HOLD, [unconfirmed, sight("web-2"), sight("web-3")]) == PLAN


def test_a_plan_without_the_wave_that_it_is_held_at_is_refused() -> None:
    with pytest.raises(RefusedError, match="held before wave beta"):
        going_on(PLAN, replace(HOLD, wave="beta"), [sight(name) for name in NAMES])
    with pytest.raises(RefusedError, match="held before wave pilot"):
        going_on(PLAN, HOLD, [sight("web-1"), sight("web-2", None), sight("web-3")])


def test_what_is_to_be_taken_back_is_what_is_held_else_what_most_hosts_have_unconfirmed() -> None:
    other = replace(PENDING, release="v3")
    assert unfinished([sight("web-1"), sight("web-2", None, pending=other)]) == "v2"
    dead = [sight("web-1", None, pending=PENDING), *(sight(name, None, pending=other) for name in ("web-2", "web-3"))]
    assert unfinished(dead) == "v3"
    assert unfinished([sight("web-1", None), lost("web-2")]) is None


def test_a_way_back_needs_no_ceremony() -> None:
    back = all_at_once(PLAN, "abort")
    (wave,) = back.waves
    assert (wave.name, wave.hosts, wave.max_parallel, wave.max_failures) == ("abort", NAMES, 20, 3)
    assert (back.hooks, back.scope) == ((), Scope.WAVE)


def orders(verb: Verb, rollout: str = "second", holding: Holding | None = None) -> Orders:
    """Give what a host is told in a run."""
    task = Task(rollout, verb, "v2", who="bob", origin="laptop", expected="d1", migrate=True)
    run = Run(PLAN, task, Program(""), lambda: 5.0, lambda _: False, lambda _: None, holding or Holding())
    return Orders(run)


def test_a_hold_keeps_every_other_rollout_out_but_not_the_run_that_made_it_nor_one_that_ends_it() -> None:
    found = replace(inspection(clock="1500"), hold=HOLD)
    (finding,) = orders(Verb.APPLY).held(found)
    assert finding.code == "held"
    assert orders(Verb.APPLY, HOLD.rollout).held(found) == ()
    for verb in (Verb.RESUME, Verb.ABORT, Verb.ROLLBACK):
        assert orders(verb).held(found) == ()
    assert orders(Verb.APPLY).held(replace(found, hold=None)) == ()


def test_a_host_is_told_what_the_next_run_must_know() -> None:
    waits = WaveHeld(at=3.0, wave="pilot", failure=Failure(LossKind.GATE, "approval-needed", "it waits"), before=True)
    act = orders(Verb.APPLY, holding=Holding(("canary",), waits)).hold()
    assert (act.service, act.max) == ("app", 86400)
    assert Hold.read(f"{act.record} since=1 until=2") == Hold(
        "second", "v2", "pilot", before=True, digest="d1", accepted=("canary",), who="bob", origin="laptop",
        reason="it waits", migrate=True, hosts=NAMES, since=1.0, until=2.0,
    )  # fmt: skip
    assert "outcome=held" in (act.history or "")


def test_a_hold_names_every_rollout_that_it_goes_on_with() -> None:
    waits = WaveHeld(at=3.0, wave="full", failure=Failure(LossKind.GATE, "approval-needed", "it waits"), before=True)
    told = orders(Verb.RESUME, "third", Holding(("canary",), waits))
    resumes = Resumed("second", "pilot", before=True, accepted=("canary",), earlier=("first",))
    run = replace(told.run, task=replace(told.run.task, resumes=resumes))
    hold = Hold.read(f"{Orders(run).hold().record} since=1 until=2")
    assert hold is not None
    assert hold.resumes == ("first", "second")


@pytest.mark.parametrize(("since", "waited"), [(1000.9, True), (1001.0, False)])
def test_a_host_waits_on_the_release_that_was_live_when_it_was_held(since: float, *, waited: bool) -> None:
    task = Task("second", Verb.RESUME, "v2")
    found = replace(inspection(current="v2"), hold=HOLD, pending=replace(PENDING, since=since))
    assert facts_of(task, found, moves="").waited is waited
    assert not facts_of(task, replace(found, hold=None), moves="").waited
    assert not facts_of(task, replace(found, pending=None), moves="").waited


def test_what_a_host_is_told_of_a_hold_is_what_has_happened_by_then() -> None:
    holding = Holding()
    waits = WaveHeld(at=3.0, wave="pilot", failure=Failure(LossKind.GATE, "approval-needed", "waits"), before=True)
    for event in (WavePassed(at=1.0, wave="canary"), WavePassed(at=2.0, wave="early"), waits):
        holding(event)
    assert (holding.passed, holding.held) == (("canary", "early"), waits)


def damaged(host: str, *records: str) -> Sight:
    """Give a host whose records cannot be read."""
    found = replace(inspection(), damaged=records)
    return Sight(host, "", None, found, None)


def test_a_host_whose_hold_cannot_be_read_is_named_and_nothing_goes_on() -> None:
    refuse_damaged([sight("web-1"), lost("web-3")])
    with pytest.raises(RefusedError, match="the hold record of web-2 cannot be read"):
        refuse_damaged([sight("web-1"), damaged("web-2", "hold")])


def test_what_cannot_be_read_is_something_to_abort() -> None:
    assert unfinished([sight("web-1", None), damaged("web-2", "hold")]) == ""
    assert unfinished([sight("web-1"), damaged("web-2", "pending")]) == HOLD.release


def test_with_a_hold_that_cannot_be_read_only_the_way_back_is_open_and_without_a_way_back_none_is() -> None:
    hold, pending = (replace(inspection(), damaged=(record,)) for record in ("hold", "pending"))
    for verb in (Verb.APPLY, Verb.RESUME):
        assert [found.code for found in orders(verb).held(hold)] == ["hold-damaged"]
    for verb in (Verb.ABORT, Verb.ROLLBACK):
        assert orders(verb).held(hold) == ()
    for verb in Verb:
        assert [found.code for found in orders(verb).held(pending)] == ["pending-damaged"]


def test_a_host_of_the_held_rollout_that_the_plan_no_longer_has_is_named() -> None:
    hold = replace(HOLD, hosts=(*NAMES, "web-4"))
    notes = going_on(PLAN, hold, [sight(name, hold) for name in NAMES]).notes
    assert [note for note in notes if "web-4" in note and "stay held" in note] == list(notes)
    assert going_on(PLAN, HOLD, [sight(name) for name in NAMES]).notes == ()


BRIDGE = Aside("bridge", "v2", "active")


def left(host: str, *asides: Aside, unused: tuple[str, ...] = ()) -> Sight:
    """Give a host on which a run died before it switched anything."""
    found = replace(inspection(), asides=asides, unused=unused)
    return Sight(host, "", None, found, None)


def test_what_was_left_beside_a_live_release_or_was_only_staged_is_something_to_abort() -> None:
    bridged, staged = left("web-1", BRIDGE, unused=("v2",)), left("web-2", unused=("v3", "v4"))
    assert unfinished([sight("web-3", None), bridged, staged]) == "v2"
    assert unfinished([sight("web-3", None), staged]) == "v3"
    assert question("v2", [bridged], PLAN) == "Take v2 back on 3 hosts of app?"
    assert question("v3", [staged], PLAN) == "Remove v3, v4, staged and never live, from 1 hosts of app?"


def test_that_there_is_nothing_to_abort_is_told_to_people_and_as_one_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sights = [sight("web-1", None), sight("web-2", None)]
    assert nothing_to_abort(PLAN, sights, as_json=False) == 0
    assert capsys.readouterr().out.startswith("app: nothing to abort: ")
    assert nothing_to_abort(PLAN, sights, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["release"] is None
    assert [(host["host"], host["then"], host["does"]) for host in told["hosts"]] == [
        ("web-1", "v1", "nothing"), ("web-2", "v1", "nothing"),
    ]  # fmt: skip
    assert told["notes"][-1].startswith("nothing to abort: ")


def test_a_host_that_could_not_be_looked_at_may_have_something_to_abort() -> None:
    with pytest.raises(RefusedError, match="web-2 could not be looked at"):
        nothing_to_abort(PLAN, [sight("web-1", None), lost("web-2")], as_json=True)


@pytest.mark.parametrize("as_json", [False, True])
def test_what_would_be_done_is_told_in_the_form_that_was_asked_for(
    capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    assert shown(PLAN, "v1", [sight("web-1", None)], lambda _: ("v1", "nothing"), as_json=as_json) == 0
    told = capsys.readouterr().out
    assert "web-1" in told
    assert told.startswith("{") is as_json


def test_an_abort_takes_away_all_that_was_staged_and_any_other_run_its_own_release() -> None:
    assert orders(Verb.ABORT).unstage().every is True
    assert orders(Verb.APPLY).unstage().every is None


def test_a_service_that_was_up_is_brought_up_by_a_revert_and_one_that_was_not_is_left_alone() -> None:
    up, down = orders(Verb.APPLY), inspection(show=SHOWN.replace("ActiveState=active", "ActiveState=failed", 1))
    assert replace(up, inspection=inspection(clock="1500")).revert().since == "1500.000"
    for found in (down, inspection(held=""), None):
        assert replace(up, inspection=found).revert().since is None


def test_a_second_instance_may_run_longer_than_any_run_that_lives_needs() -> None:
    plan = replace(PLAN, gates=Gates(Health("http://127.0.0.1/", Expect(), deadline=100.0)))
    assert longest_cover(plan) > 2 * 100 + 4 * plan.timeouts.activate
    assert longest_cover(plan) == longest_cover(PLAN) + 2 * 100
    told = orders(Verb.APPLY)
    assert replace(told, run=replace(told.run, plan=plan)).fit().cover == longest_cover(plan)
