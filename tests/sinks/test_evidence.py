"""The lines under a failure: what it brought itself, and once what the host looked like before it was taken back."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, Failure, LossKind, Outcome
from deployer.sinks.phrases import answer, evidence, unit
from tests.sinks.stories import BAD, RUNNING, WRONG, Script, told

UNIT, LISTENER, BOOM = "unit: failed (exit-code)", "listener: 777, held by systemd", "journal: sys.exit(3)"
NOT_STARTED = Failure(LossKind.ACTIVATION, "not-started", "it did not start", evidence=(f"{UNIT}\n{BOOM}", BOOM))


def _failed(*taken: str, activation: Failure = NOT_STARTED) -> Script:
    script = Script().begin().inspected()
    script.add(ev.ActStarted(at=script.at, host="web-1", act=Act.ACTIVATE))
    script.add(ev.ActFailed(at=script.at, host="web-1", act=Act.ACTIVATE, failure=activation))
    script.add(ev.EvidenceTaken(at=script.at, host="web-1", lines=taken))
    return script


def test_what_the_failure_has_shown_is_not_shown_again_as_the_hosts_last_look() -> None:
    story = told(_failed(UNIT, LISTENER, BOOM).end(Outcome.ROLLED_BACK, 1, NOT_STARTED, "canary"))
    assert evidence(story.troubles[0], story) == (UNIT, BOOM, BOOM, LISTENER)  # the service has said it twice


def test_the_hosts_last_look_is_shown_with_its_first_failure_alone() -> None:
    stuck = Failure(LossKind.ACTIVATION, "not-reverted", "it did not come back", evidence=("unit: still failed",))
    script = _failed(LISTENER)
    script.add(ev.HostStranded(at=script.at, host="web-1", failure=stuck))
    story = told(script.end(Outcome.INCOMPLETE, 3, NOT_STARTED, "canary", ("web-1",)))
    first, second = (evidence(trouble, story) for trouble in story.troubles)
    assert (first[-1], second) == (LISTENER, ("unit: still failed",))


def test_a_failure_that_brings_no_lines_shows_what_was_seen_last() -> None:
    bare = replace(WRONG, evidence=())
    script = Script().begin().inspected().live("web-1", (BAD,)).fails("web-1", "canary", bare)
    story = told(script.end(Outcome.ROLLED_BACK, 1, bare, "canary"))
    assert evidence(story.troubles[0], story) == (f"last answer: {answer(BAD)}", f"unit: {unit(RUNNING)}")
