"""The unit gate: the service that was started still runs, behind the same listener."""

from dataclasses import replace

import pytest

from deployer.facts import UnitLook
from deployer.gates.unit import Baseline, describe, judge
from deployer.gates.verdict import Verdict

FOLDER = "/srv/myapp/releases/r2"
BASELINE = Baseline(invocation="new", started=100.0, inode="10", folder=FOLDER, prove=False, before="old")
RUNNING = UnitLook(
    "active", "running", "success", 7, "new", 0, cwd=FOLDER, inode="10", held=True, socket_active="active", clock=101.0
)


def test_a_unit_that_runs_behind_its_listener_passes() -> None:
    assert judge(RUNNING, BASELINE, 0).verdict is Verdict.PASS


def test_a_unit_that_nobody_saw_is_inconclusive() -> None:
    assert judge(None, BASELINE, 0).code == "not-seen"


def test_a_look_from_before_the_start_does_not_count() -> None:
    stale = replace(RUNNING, invocation="between", active="inactive", clock=100.0)
    assert judge(stale, BASELINE, 0).code == "not-seen"


def test_a_late_look_that_still_shows_the_replaced_process_does_not_count() -> None:
    assert judge(replace(RUNNING, invocation="old", clock=105.0), BASELINE, 0).code == "not-seen"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"active": "failed", "result": "exit-code"}, "unit-failed"),
        ({"restarts": 1, "invocation": "other"}, "unit-restarted"),
        ({"invocation": "other"}, "unit-restarted"),
        ({"active": "inactive"}, "unit-stopped"),
        ({"active": "deactivating"}, "unit-stopped"),
        ({"held": False}, "listener-lost"),
        ({"inode": "11"}, "listener-changed"),
    ],
)
def test_what_goes_wrong_with_a_unit_fails_it_with_its_own_code(change: dict[str, str | int], code: str) -> None:
    judged = judge(replace(RUNNING, **change), BASELINE, 0)  # type: ignore[arg-type]
    assert (judged.verdict, judged.code) == (Verdict.FAIL, code)


def test_a_changed_listener_shows_both_inodes() -> None:
    assert "inode 10 before, 11 now" in judge(replace(RUNNING, inode="11"), BASELINE, 0).message


def test_of_several_listeners_the_lost_one_is_named_by_its_address() -> None:
    several = replace(BASELINE, inode="10,11", addresses=("127.0.0.1:80", "127.0.0.1:81"))
    other = judge(replace(RUNNING, inode="10,12"), several, 0)
    assert (other.code, "the listener (127.0.0.1:81) is another one" in other.message) == ("listener-changed", True)
    closed = judge(replace(RUNNING, inode="10,0", held=False), several, 0)
    assert (closed.code, "holds the listener (127.0.0.1:81)" in closed.message) == ("listener-lost", True)


def test_as_many_restarts_as_tolerated_pass_and_one_more_fails() -> None:
    once = replace(RUNNING, restarts=1, invocation="other")
    assert judge(once, BASELINE, 1).verdict is Verdict.PASS
    assert judge(replace(once, restarts=2), BASELINE, 1).code == "unit-restarted"


def test_restarts_that_systemd_had_counted_before_the_start_do_not_count() -> None:
    baseline = replace(BASELINE, restarts=7)
    assert judge(replace(RUNNING, restarts=7), baseline, 0).verdict is Verdict.PASS
    assert judge(replace(RUNNING, restarts=8), baseline, 0).code == "unit-restarted"


def test_a_unit_that_still_starts_is_inconclusive() -> None:
    assert judge(replace(RUNNING, active="activating"), BASELINE, 0).code == "starting"


def test_a_service_without_a_socket_is_not_asked_for_a_listener() -> None:
    look = replace(RUNNING, inode="", held=False, socket_active="")
    assert judge(look, replace(BASELINE, inode=""), 0).verdict is Verdict.PASS
    assert len(describe(look)) == 1


def test_where_no_release_is_answered_the_process_must_run_in_the_release_folder() -> None:
    proof = replace(BASELINE, prove=True)
    assert judge(RUNNING, proof, 0).verdict is Verdict.PASS
    assert judge(replace(RUNNING, cwd="/", exe=FOLDER + "/bin/app"), proof, 0).verdict is Verdict.PASS
    elsewhere = judge(replace(RUNNING, cwd=FOLDER + "0", exe="/usr/bin/python3"), proof, 0)
    assert (elsewhere.verdict, elsewhere.code) == (Verdict.INCONCLUSIVE, "release-not-proven")


def test_the_evidence_shows_unit_and_listener() -> None:
    unit, listener = describe(replace(RUNNING, held=False))
    assert "MainPID=7" in unit
    assert listener == "listener: inode 10, not held by systemd"
