"""Each event has the words and the weight that a reader expects."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, HostFacts, LossKind, UnitLook
from deployer.sinks.line import Weight, line
from deployer.sinks.phrases import size, span
from tests.sinks import stories
from tests.sinks.stories import START, Script, told

FAILURE = Failure(LossKind.HOOK, "hook-failed", "migrate.sh ended with 3")
FAILED_UNIT = UnitLook("failed", "failed", "killed", 0, "c0ffee", 3, inode="", held=False, socket_active="failed")
STARTING = UnitLook("activating", "start", "success", 9, "c0ffee", 0)
REDIRECT = HealthLook("local", status=302, location="/login", seconds=0.5)
SILENT = HealthLook("host", error="connection refused")


@pytest.mark.parametrize(
    ("event", "weight", "text"),
    [
        (ev.CancelRequested(at=1, signal=2), Weight.FAILURE, "asked to stop (SIGINT): nothing new is started"),
        (ev.CancelRequested(at=1, signal=99), Weight.FAILURE, "asked to stop (signal 99): nothing new is started"),
        (ev.HookStarted(at=1, point="before_wave", wave="full"), Weight.DETAIL, "full: hook before_wave"),
        (ev.HookEnded(at=1, point="after_rollout"), Weight.DETAIL, "hook after_rollout succeeded"),
        (
            ev.HookEnded(at=1, point="before_wave", wave="full", failure=FAILURE),
            Weight.FAILURE,
            "full: hook before_wave failed: migrate.sh ended with 3 [hook-failed]",
        ),
        (
            ev.WaveFailed(at=1, wave="full", failure=FAILURE),
            Weight.FAILURE,
            "full: wave failed (migrate.sh ended with 3 [hook-failed]): nothing more is activated",
        ),
        (ev.WaveBaking(at=1, wave="full", until=1), Weight.MILESTONE, "full: healthy; needs no bake"),
        (
            ev.WaveBaking(at=1, wave="full", until=61, latest=601),
            Weight.MILESTONE,
            "full: healthy; has to stay good for 60 s, and every rule to say yes within 10 min 0 s",
        ),
        (ev.Warned(at=1, message="slow", host="web-1"), Weight.MILESTONE, "canary/web-1: warning: slow"),
        (
            ev.HostInspected(at=1, host="web-1", facts=HostFacts(current="r2", pending="r2")),
            Weight.DETAIL,
            "canary/web-1: fit, runs r2, r2 made live by a run that did not end",
        ),
        (ev.HostInspected(at=1, host="web-1", facts=HostFacts()), Weight.DETAIL, "canary/web-1: fit, runs no release"),
        (ev.HostObserved(at=1, host="web-1", current="r1", pending=""), Weight.DETAIL, "canary/web-1: locked"),
        (
            ev.HostRehearsed(at=1, host="web-1", seconds=2.13, looks=4),
            Weight.DETAIL,
            "canary/web-1: r2 rehearsed in 2.1 s, 4 answers on a private socket",
        ),
        (
            ev.HostBridged(at=1, host="web-1", seconds=3.2, good=18, spoiled=0),
            Weight.DETAIL,
            "canary/web-1: bridge: r2 serves beside the live release after 3.2 s, 18 good answers, 0 spoiled",
        ),
        (
            ev.BridgeStopped(at=1, host="web-1", seconds=9.0, asked=104, good=18, spoiled=0),
            Weight.DETAIL,
            "canary/web-1: bridge stopped after 9.0 s; it spoiled 0 of our 104 requests",
        ),
        (
            ev.BridgeStopped(at=1, host="web-1", seconds=1.5, asked=24, good=0, spoiled=10),
            Weight.MILESTONE,
            "canary/web-1: bridge stopped after 1.5 s; it spoiled 10 of our 24 requests",
        ),
        (ev.HostStaged(at=1, host="web-1"), Weight.DETAIL, "canary/web-1: r2 staged, it was there already"),
        (ev.ActStarted(at=1, host="web-1", act=Act.INSPECT), Weight.LOOK, "canary/web-1: inspect began"),
        (
            ev.ActUnknown(at=1, host="web-1", act=Act.ACTIVATE, reason="no exit status"),
            Weight.MILESTONE,
            "canary/web-1: how activate ended is not known, the host is looked at again: no exit status",
        ),
        (
            ev.HostAdopted(at=1, host="web-1"),
            Weight.DETAIL,
            "canary/web-1: runs r2 already, never confirmed; it has to prove itself",
        ),
        (ev.HostReverted(at=1, host="web-1"), Weight.MILESTONE, "canary/web-1: back to no release, as before"),
        (
            ev.HostRestored(at=1, host="web-1", receipt=stories.RECEIPT, removed=True),
            Weight.DETAIL,
            "canary/web-1: the first release is removed again, nothing is left of it",
        ),
        (
            ev.HostRestored(at=1, host="web-1", receipt=replace(stories.RECEIPT, switched=0.0), release="r1"),
            Weight.DETAIL,
            "canary/web-1: r1 is still live, now it has to prove itself",
        ),
        (
            ev.HostRestored(at=1, host="web-1", receipt=replace(stories.RECEIPT, pid=0), release="r1"),
            Weight.DETAIL,
            "canary/web-1: r1 was gone back to, and its service does not run",
        ),
        (
            ev.HostInspected(at=1, host="web-1", facts=HostFacts(current="r1", aside="a bridge of r2 runs")),
            Weight.MILESTONE,
            "canary/web-1: fit, runs r1; a bridge of r2 runs, left by a run that did not end",
        ),
        (
            ev.HostPruned(at=1, host="web-1", removed=("r0",)),
            Weight.DETAIL,
            "canary/web-1: old releases removed: r0",
        ),
        (ev.HostPruned(at=1, host="web-1"), Weight.LOOK, "canary/web-1: old releases removed: none"),
        (
            ev.UnitSeen(at=1, host="web-1", look=FAILED_UNIT),
            Weight.DETAIL,
            "canary/web-1: unit failed (failed), result killed, pid 0, 3 restarts, listener gone, not held by systemd",
        ),
        (
            ev.UnitSeen(at=1, host="web-1", look=STARTING),
            Weight.LOOK,
            "canary/web-1: unit activating (start), result success, pid 9, 0 restarts",
        ),
        (
            ev.HealthSeen(at=1, host="web-1", look=REDIRECT),
            Weight.DETAIL,
            "canary/web-1: answers 302, no release id from local in 500 ms, Location: /login",
        ),
        (
            ev.HealthSeen(at=1, host="web-1", look=SILENT),
            Weight.DETAIL,
            "canary/web-1: no answer from host: connection refused",
        ),
    ],
)
def test_an_event_is_said_in_these_words(event: ev.Event, weight: Weight, text: str) -> None:
    said = line(event, told([*Script().begin().events, event]))
    assert said is not None
    assert (said.weight, str(said)) == (weight, text)


@pytest.mark.parametrize("event", [ev.Ticked(at=START), stories.success()[-1]])
def test_what_needs_no_line_has_none(event: ev.Event) -> None:
    assert line(event, told([*Script().begin().events, event])) is None


def test_notes_of_the_plan_follow_the_opening() -> None:
    (opening,) = Script().begin().events
    assert isinstance(opening, ev.RolloutStarted)
    noted = ev.RolloutStarted(
        at=1, rollout="x", verb=opening.verb, service="myapp", release="r2", digest="", waves=opening.waves[:1],
        notes=("wave pilot is empty",),
    )  # fmt: skip
    said = line(noted, told([noted]))
    assert said is not None
    assert said.text.startswith("apply r2 to myapp on 1 host (canary 1) at 1970-01-01 00:00:01.000Z, rollout x")
    assert said.text.endswith("\nnote: wave pilot is empty")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0 s"), (3.21, "3.2 s"), (119, "119 s"), (125, "2 min 5 s"), (86399, "23 h 59 min")],
)
def test_a_length_of_time_reads_as_a_person_says_it(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_size_reads_as_a_person_says_it() -> None:
    assert [size(count) for count in (7, 1500, 10_000_000)] == ["7 B", "1.5 kB", "10.0 MB"]
