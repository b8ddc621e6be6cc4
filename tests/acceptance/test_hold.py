"""A rollout that waits for a person: held on the hosts, resumed or taken back from anywhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended
from tests.fleet.system import wait_until
from tests.fleet.traffic import Traffic

WAVES: list[dict[str, Any]] = [
    {"name": "canary", "hosts": 1},
    {"name": "pilot", "hosts": 1, "approve": True},
    {"name": "full", "hosts": "rest"},
]


@pytest.fixture
def app(deploy: Deploy) -> Deployment:
    """Three hosts that run r1, and a plan that holds before the pilot."""
    app = deploy("python", count=3)
    app.install("r1")
    app.changes = {"waves": WAVES}
    return app


def held(app: Deployment, **changes: Any) -> Ended:
    """Bring r2 out up to where it is held."""
    ended = app.apply("r2", **changes)
    assert ended.code == 4, ended.told
    assert app.answers() == ["r2", "r1", "r1"]
    return ended


def elsewhere(app: Deployment, tmp_path: Path, *words: str) -> Ended:
    """Run a verb as another machine would: the plan alone, no artifact, no journal."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    here = app.plan("r2", artifact={"path": str(folder / "nothing")})
    plan = folder / "plan.yml"
    plan.write_text(here.read_text())
    return app.start(*words, plan=plan).end()


def on_record(app: Deployment, name: str = "hold") -> list[bool]:
    """Say of each host whether it has a hold, or something else, on record."""
    return [host.exists(f"/var/lib/sockdeploy/{app.site.service}/{name}") for host in app.hosts]


def remarks(app: Deployment) -> list[dict[str, Any]]:
    """Give what status says of each host's hold."""
    found: list[dict[str, Any]] = [host["hold"] for host in json.loads(app.run("status", "--json").out)["hosts"]]
    return found


def test_before_a_wave_to_be_approved_it_waits_and_resumes_from_any_machine_without_one_failed_request(
    app: Deployment, tmp_path: Path
) -> None:
    with Traffic(app.site.urls(app.hosts), rate=20) as traffic:
        first = held(app)
        assert first.says("held", "before wave pilot", "sockdeploy resume", "sockdeploy abort", "sockdeploy rollback")
        assert first.summary["outcome"] == "held"
        assert first.summary["held"]["wave"] == "pilot"
        assert on_record(app) == [True] * 3
        assert on_record(app, "pending") == [True, False, False]
        assert {(hold["release"], hold["wave"], hold["past"]) for hold in remarks(app)} == {("r2", "pilot", False)}
        started = app.invocation(app.hosts[0])
        second = elsewhere(app, tmp_path, "resume")
        assert second.code == 0, second.told
    report = traffic.report()
    assert report.failed == 0, str(report)
    assert app.answers() == app.currents() == ["r2"] * 3
    assert app.invocation(app.hosts[0]) == started, "what waited well is not restarted"
    assert list(second.of(ev.HostAdopted)) == ["web-1"]
    assert second.summary["resumes"] == first.summary["rollout"]
    assert on_record(app) == on_record(app, "pending") == [False] * 3
    assert app.run("history").says("held", "confirmed")


def test_another_wave_to_approve_holds_again_and_what_broke_meanwhile_is_taken_back_by_resume(app: Deployment) -> None:
    app.changes = {"waves": [*WAVES[:2], {**WAVES[2], "approve": True}]}
    held(app)
    hosts = json.loads(app.run("resume", "--dry-run", "--json").out)["hosts"]
    assert [(host["current"], host["then"], host["does"]) for host in hosts] == [
        ("r2", "r2", "proves itself again"), ("r1", "r2", "restart"), ("r1", "r2", "restart"),
    ]  # fmt: skip
    again = app.run("resume")
    assert again.code == 4, again.told
    assert app.answers() == ["r2", "r2", "r1"]
    assert {hold["wave"] for hold in remarks(app)} == {"full"}
    app.hosts[0].sh(f"echo fail500 > {app.site.root}/releases/r2/MODE")
    app.hosts[0].systemctl("restart", f"{app.site.service}.service")
    ended = app.run("resume")
    assert ended.code == 1, ended.told
    assert app.answers() == app.currents() == ["r1"] * 3
    assert on_record(app) == on_record(app, "pending") == [False] * 3
    assert [app.releases(host) for host in app.hosts] == [["r1"]] * 3


def test_an_abort_leaves_nothing_of_what_was_held_and_another_finds_nothing_to_do(
    app: Deployment, tmp_path: Path
) -> None:
    held(app)
    app.hosts[1].sh(f"rm /var/lib/sockdeploy/{app.site.service}/hold")
    before = app.snapshot()
    refused = app.apply("r3")
    assert refused.code == 5
    assert refused.says("a rollout waits for a person", "r2 held before wave pilot", "sockdeploy resume")
    assert app.snapshot() == before
    ended = elsewhere(app, tmp_path, "abort")
    assert ended.code == 0, ended.told
    assert app.answers() == app.currents() == ["r1"] * 3
    assert on_record(app) == on_record(app, "pending") == [False] * 3
    assert [app.releases(host) for host in app.hosts] == [["r1"]] * 3
    app.plan("r2")
    again = app.run("abort")
    assert again.code == 0
    assert again.says("nothing to abort")
    none = app.run("resume")
    assert none.code == 5
    assert none.says("nothing is held")


def test_a_hold_past_its_deadline_is_told_and_resumed_only_when_somebody_insists_and_rollback_ends_it(
    app: Deployment,
) -> None:
    held(app, hold={"max": "1s"})
    wait_until(lambda: app.run("status").says("past its deadline since"), "its deadline does not pass", 60)
    late = app.run("status")
    assert late.says("r2 held before wave pilot by", "past its deadline since", "sockdeploy abort")
    refused = app.run("resume")
    assert refused.code == 5
    assert refused.says("past its deadline", "--yes")
    back = app.run("rollback")
    assert back.code == 0, back.told
    assert app.answers() == app.currents() == ["r1"] * 3
    assert on_record(app) == on_record(app, "pending") == [False] * 3


def test_an_abort_takes_back_what_a_killed_run_left(app: Deployment) -> None:
    app.changes = {}
    running = app.begin("r2")
    running.wait_for(ev.HostHealthy, ["web-1"])
    running.kill()
    shown = app.run("abort", "--dry-run")
    assert shown.code == 0
    assert shown.says("reverted")
    document = json.loads(app.run("abort", "--dry-run", "--json").out)
    assert (document["release"], document["hosts"][0]["does"]) == ("r2", "reverted")
    ended = app.run("abort")
    assert ended.code == 0, ended.told
    assert app.answers() == app.currents() == ["r1"] * 3
    assert on_record(app, "pending") == [False] * 3
    assert [app.releases(host) for host in app.hosts] == [["r1"]] * 3


def test_records_that_cannot_be_read_are_named_and_never_taken_for_none(app: Deployment) -> None:
    held(app)
    state = f"/var/lib/sockdeploy/{app.site.service}"
    app.hosts[0].sh(
        f"cp {state}/pending {state}/kept; head -c 300 /dev/urandom >{state}/pending; printf '' >{state}/hold"
    )
    app.hosts[2].sh(f"rm {state}/hold; mkdir {state}/hold")
    shown = app.run("status")
    assert shown.says(f"web-3: a rollout waits for a person, and its record cannot be read: {state}/hold")
    assert shown.says(f"web-1: the record of what the host goes back to cannot be read: {state}/pending")
    before = app.snapshot()
    refused = app.run("resume")
    assert refused.code == 5
    assert refused.says("the hold record of web-3 cannot be read")
    other = app.apply("r3")
    assert other.code == 5
    assert other.says(f"cannot be read: {state}/pending", f"cannot be read: {state}/hold")
    assert app.snapshot() == before
    app.plan("r2")
    ended = app.run("abort")
    assert ended.code == 3, ended.told
    assert ended.says("web-1", f"cannot be read: {state}/pending", "sockdeploy abort")
    assert app.currents() == ["r2", "r1", "r1"]
    assert on_record(app) == [True, False, False]
    app.hosts[0].sh(f"mv {state}/kept {state}/pending")
    again = app.run("abort")
    assert again.code == 0, again.told
    assert app.answers() == ["r1"] * 3
    assert on_record(app) == on_record(app, "pending") == [False] * 3
