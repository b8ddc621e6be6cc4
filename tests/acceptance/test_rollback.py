"""The verb rollback: back to a good release, all hosts at once, nothing uploaded."""

import json

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment


@pytest.fixture
def app(deploy: Deploy) -> Deployment:
    """Two hosts that had r1, r2 and now r3, all good."""
    app = deploy("python", count=2)
    app.install("r1")
    for release in ("r2", "r3"):
        ended = app.apply(release)
        assert ended.code == 0, ended.told
    return app


def test_rollback_goes_to_the_newest_release_that_is_good_everywhere_and_to_the_one_named(app: Deployment) -> None:
    dry = app.run("rollback", "--dry-run")
    assert dry.code == 0
    assert dry.says("r2")
    hosts = json.loads(app.run("rollback", "--dry-run", "--json").out)["hosts"]
    assert [(host["host"], host["current"], host["then"], host["does"]) for host in hosts] == [
        ("web-1", "r3", "r2", "restart"), ("web-2", "r3", "r2", "restart"),
    ]  # fmt: skip
    assert app.answers() == ["r3"] * 2
    back = app.run("rollback")
    assert back.code == 0, back.told
    assert app.answers() == app.currents() == ["r2"] * 2
    assert not back.of(ev.HostStaged) or all(event.sent == 0 for event in back.of(ev.HostStaged).values())
    further = app.run("rollback", "--to", "r1")
    assert further.code == 0, further.told
    assert app.answers() == app.currents() == ["r1"] * 2


def test_rollback_to_a_release_that_is_not_there_is_refused_and_says_which_host_lacks_it(app: Deployment) -> None:
    before = app.snapshot()
    ended = app.run("rollback", "--to", "r9")
    assert ended.code == 5
    assert ended.says("r9", "web-1", "web-2", "sockdeploy history")
    assert app.snapshot() == before
