"""The verbs that only look: status, history, plan, and --dry-run. None of them changes anything."""

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet
from tests.fleet.site import new_site


@pytest.fixture(scope="module")
def app(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Two hosts: r1 by hand, then r2 by sockdeploy; r3 made, not brought out."""
    site = new_site(tmp_path_factory.mktemp("looks"), "python")
    app = Deployment(site, fleet, list(fleet.hosts[:2]), site.folder)
    app.install("r1")
    ended = app.apply("r2")
    assert ended.code == 0, ended.told
    app.release("r3")
    yield app
    app.clean()


@pytest.fixture(autouse=True)
def nothing_changes(app: Deployment) -> Iterator[None]:
    """Each test leaves the hosts as they were."""
    app.plan("r3")
    before = app.snapshot()
    yield
    assert app.snapshot() == before


def test_status_says_what_each_host_runs_and_that_it_is_well(app: Deployment) -> None:
    ended = app.run("status")
    assert ended.code == 0, ended.told
    assert ended.says("web-1", "web-2", "r2", "active (running)", "active, held", "200, r2", "free")


def test_status_is_a_json_document_too(app: Deployment) -> None:
    hosts = json.loads(app.run("status", "--json").out)["hosts"]
    known = [(host["host"], host["release"], host["held"]) for host in hosts]
    assert known == [("web-1", "r2", True), ("web-2", "r2", True)]


def test_status_of_a_fleet_with_a_host_that_cannot_be_read_shows_the_others_and_exits_5(app: Deployment) -> None:
    keys = {host.name: {"address": host.address} for host in app.hosts}
    app.plan("r3", inventory={**keys, "gone": {"address": "127.0.0.1", "port": 9}}, timeouts={"connect": "1s"})
    ended = app.run("status")
    assert ended.code == 5
    assert ended.says("web-1", "r2", "gone", "cannot be reached")


def test_history_says_who_brought_out_what_and_when_newest_first(app: Deployment) -> None:
    records = json.loads(app.run("history", "--json").out)["hosts"][0]["records"]
    newest = [records[0][key] for key in ("verb", "release", "previous", "outcome")]
    assert newest == ["apply", "r2", "r1", "confirmed"]
    assert records[0]["who"]
    ended = app.run("history")
    assert ended.code == 0
    assert ended.says("web-1", "r2", "confirmed")


def test_plan_says_what_each_host_would_get_and_how_much_is_sent(app: Deployment) -> None:
    document = json.loads(app.run("plan", "--json").out)
    assert [(host["host"], host["current"], host["does"]) for host in document["hosts"]] == [
        ("web-1", "r2", "upload, restart"), ("web-2", "r2", "upload, restart"),
    ]  # fmt: skip
    assert all(host["bytes_to_send"] > 0 for host in document["hosts"])
    ended = app.run("plan")
    assert ended.code == 0
    assert ended.says("canary", "web-1", "r2", "r3", "upload, restart", "kB")


def test_plan_shows_the_commands_that_would_be_sent(app: Deployment) -> None:
    ended = app.run("plan", "--commands")
    assert ended.code == 0, ended.told
    assert ended.says("while all goes well", "sudo -n timeout")
    assert ended.says("inspect", "observe", "stage", "activate", "confirm", "prune")


def test_a_host_that_runs_the_release_already_is_sent_looks_alone(app: Deployment) -> None:
    app.plan("r2")
    (first, _) = json.loads(app.run("plan", "--commands", "--json").out)["hosts"]
    assert (first["does"], len(first["commands"])) == ("nothing", 2)
    assert [name for name in ("stage", "activate", "confirm", "prune") if name in " ".join(first["commands"])] == []


def test_with_nothing_to_abort_the_document_says_so(app: Deployment) -> None:
    ended = app.run("abort", "--json")
    assert ended.code == 0, ended.told
    hosts = json.loads(ended.out)["hosts"]
    assert [(host["current"], host["then"], host["does"]) for host in hosts] == [("r2", "r2", "nothing")] * 2


def test_a_dry_run_says_what_plan_says(app: Deployment) -> None:
    assert app.run("apply", "--dry-run").out == app.run("plan").out


def test_the_looks_work_for_a_user_without_a_terminal_and_in_colourless_ci(app: Deployment) -> None:
    ended = app.run("status", variables={"NO_COLOR": "1", "CI": "true"})
    assert "\x1b" not in ended.told
