"""How a rollout that waits for a person is told, and how one that goes on with it, or takes it back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deployer import events as ev
from deployer.facts import Act, Failure, HostFacts, LossKind, Outcome, Resumed, Verb
from deployer.sinks.advice import advice
from deployer.sinks.document import document
from deployer.sinks.ending import ending, headline
from deployer.sinks.github import annotations, outputs
from deployer.sinks.line import Weight, line
from deployer.sinks.phrases import whereabouts
from deployer.sinks.story import Progress, Standing
from deployer.sinks.summary import Summary, markdown
from tests.sinks.stories import START, WAVES, Script, told

APPROVAL = Failure(LossKind.GATE, "approval-needed", "wave pilot waits for approval")
UNSURE = Failure(LossKind.GATE, "idle", "rule errors: no request came", evidence=("rule errors: 0 of 0",))
UNTIL = START + 3600


def held(failure: Failure = APPROVAL, wave: str = "pilot", *, before: bool = True) -> list[ev.Event]:
    """Tell of a rollout that is held when the canary has passed."""
    script = Script().begin().inspected().wave(WAVES[0])
    script.add(ev.WaveHeld(at=script.at, wave=wave, failure=failure, before=before))
    for host in ("web-1", "web-2", "web-3", "web-4"):
        script.add(ev.ActStarted(at=script.at, host=host, act=Act.HOLD))
        script.add(ev.HostHeld(at=script.at, host=host, until=UNTIL))
    return script.end(Outcome.HELD, 4, failure, wave, ("web-1",))


def test_where_it_waits_why_and_who_runs_what_stands_in_one_line() -> None:
    said = headline(told(held()))
    assert "(exit 4): before wave pilot: wave pilot waits for approval; r2 on 1 of 4 hosts" in said


def test_the_three_ways_on_are_lines_to_type_and_it_says_until_when() -> None:
    said = advice(told(held()), "my plan.yml")
    verbs = ("resume", "abort", "rollback", "status")
    assert all(f"sockdeploy {verb} 'my plan.yml'" in "".join(said) for verb in verbs)
    assert "then wave pilot begins" in said[0]
    assert "2026-01-05 13:00:00" in said[-1]


def test_nothing_has_failed_while_it_waits() -> None:
    story = told(held())
    assert story.troubles == ()
    assert story.waves["pilot"].progress is Progress.HELD
    assert {host.standing for host in story.hosts.values()} == {Standing.HELD}
    lines = list(ending(story, "plan.yml"))
    assert "what failed:" not in lines
    assert [each for each in annotations(story) if each.startswith("::error")] == []
    assert outputs(story, "out")["outcome"] == "held"


def test_every_host_says_what_it_runs_while_it_waits() -> None:
    story = told(held())
    assert whereabouts(story.host("web-1")) == "held on r2, not confirmed"
    assert whereabouts(story.host("web-2")) == "untouched, held on r1"


def test_what_could_not_be_judged_is_shown_with_its_evidence() -> None:
    story = told(held(UNSURE, "canary", before=False))
    assert "after wave canary: rule errors: no request came" in headline(story)
    assert "    | rule errors: 0 of 0" in list(ending(story, "plan.yml"))
    assert "then the wave passes as it is" in advice(story, "plan.yml")[0]


def test_the_document_says_where_why_and_until_when(tmp_path: Path) -> None:
    story = told(held(), listener=Summary(tmp_path, "plan.yml"))
    found = json.loads((tmp_path / "summary.json").read_text())
    assert found["outcome"] == "held"
    assert found["held"] == {
        "wave": "pilot", "before": True, "until": UNTIL, "code": "approval-needed",
        "message": "wave pilot waits for approval", "evidence": [],
    }  # fmt: skip
    assert found["failed"] is None
    assert "⏸️ sockdeploy: apply r2 to myapp" in markdown(story, "plan.yml")


@pytest.mark.parametrize(
    ("event", "weight", "text"),
    [
        (
            ev.WaveHeld(at=1, wave="full", failure=APPROVAL, before=True),
            Weight.FAILURE,
            "full: the rollout is held before it begins: wave pilot waits for approval [approval-needed]",
        ),
        (
            ev.WaveHeld(at=1, wave="full", failure=UNSURE),
            Weight.FAILURE,
            "full: the rollout is held as it is: rule errors: no request came [idle]",
        ),
        (
            ev.HostHeld(at=1, host="web-1", until=UNTIL),
            Weight.DETAIL,
            "canary/web-1: has the hold on record, until 2026-01-05 13:00:00.000Z",
        ),
        (
            ev.HostInspected(at=1, host="web-1", facts=HostFacts(current="r2", pending="r2", hold="first")),
            Weight.DETAIL,
            "canary/web-1: fit, runs r2, r2 held, not confirmed",
        ),
        (ev.HostUnheld(at=1, host="web-1"), Weight.DETAIL, "canary/web-1: has no hold on record any more"),
    ],
)
def test_each_event_of_a_hold_is_said(event: ev.Event, weight: Weight, text: str) -> None:
    said = line(event, told(Script().begin().events))
    assert said is not None
    assert (said.weight, str(said)) == (weight, text)


def test_a_resumed_rollout_names_the_one_it_goes_on_with() -> None:
    script = Script().begin(verb=Verb.RESUME)
    (begun,) = script.events
    assert isinstance(begun, ev.RolloutStarted)
    resumed = replace(begun, resumes=Resumed("20260105T110000Z-abc", "pilot", before=True))
    said = line(resumed, told([resumed]))
    assert said is not None
    assert said.text.startswith("resume r2 to myapp on 4 hosts")
    assert "resumes 20260105T110000Z-abc" in said.text
    assert document(told([resumed]), "plan.yml")["resumes"] == "20260105T110000Z-abc"


def test_an_abort_that_has_taken_all_back_says_so() -> None:
    script = Script().begin(verb=Verb.ABORT)
    script.add(ev.HostInspected(at=script.at, host="web-1", facts=HostFacts(current="r2", pending="r2")))
    script.reverted("web-1")
    script.add(ev.HostUnheld(at=script.at, host="web-2"))
    story = told(script.end(Outcome.SUCCEEDED, 0))
    assert headline(story).endswith("(exit 0): r2 is taken back, and nothing is held any more")
    assert "✅ sockdeploy: abort r2 of myapp" in markdown(story, "plan.yml")


@pytest.mark.parametrize(
    ("verb", "ways"),
    [
        (Verb.RESUME, ("`sockdeploy resume plan.yml` to go on", "`sockdeploy abort plan.yml` to go back")),
        (Verb.ABORT, ("`sockdeploy abort plan.yml` to take the others back",)),
    ],
)
def test_after_a_cancel_the_way_on_is_the_verb_that_was_cancelled(verb: Verb, ways: tuple[str, ...]) -> None:
    script = Script().begin(verb=verb).inspected()
    (idle,) = advice(told(script.end(Outcome.CANCELLED, 130)), "plan.yml")
    assert f"`sockdeploy {verb} plan.yml` again" in idle
    script.live("web-1")
    (said,) = advice(told(script.end(Outcome.CANCELLED, 130)), "plan.yml")
    assert all(way in said for way in ways)


def test_a_hold_that_strands_a_host_still_tells_the_ways_on() -> None:
    gone = Failure(LossKind.ACTIVATION, "state", "cannot write /var/lib/sockdeploy/myapp/hold")
    script = Script().begin().inspected().wave(WAVES[0])
    script.add(ev.WaveHeld(at=script.at, wave="pilot", failure=APPROVAL, before=True))
    script.add(ev.HostStranded(at=script.at, host="web-1", failure=gone))
    said = advice(told(script.end(Outcome.INCOMPLETE, 3, APPROVAL, "pilot", ("web-1",))), "plan.yml")
    assert said[0].startswith("web-1 needs a person")
    assert "sockdeploy abort plan.yml" in said[2]


def aborted(outcome: Outcome = Outcome.SUCCEEDED, code: int = 0, kept: str = "r1") -> list[ev.Event]:
    """Tell of an abort that takes the canary back and leaves web-2 as it was, on `kept`."""
    script = Script().begin(verb=Verb.ABORT).inspected()
    script.add(ev.HostInspected(at=script.at, host="web-2", facts=HostFacts(current=kept)))
    script.add(ev.HostUnchanged(at=script.at, host="web-2"))
    return script.end(outcome, code)


def test_a_host_that_an_abort_leaves_alone_is_told_with_what_it_really_runs() -> None:
    events = aborted()
    story = told(events)
    said = [line(event, story) for event in events if isinstance(event, ev.HostUnchanged)]
    assert [each.text for each in said if each] == ["runs r1, as before"]
    assert whereabouts(story.host("web-2")) == "on r1 as before, unchanged"
    assert headline(story).endswith("r2 is taken back, and nothing is held any more")


def test_an_abort_names_hosts_that_stay_on_the_release_it_takes_back() -> None:
    assert "it still runs on web-2" in headline(told(aborted(kept="r2")))


def test_an_abort_that_could_not_reach_every_host_is_to_be_run_again() -> None:
    said = advice(told(aborted(Outcome.INCOMPLETE, 3)), "plan.yml")
    assert "`sockdeploy abort plan.yml` again" in said[-1]
    assert "apply" not in said[-1]
