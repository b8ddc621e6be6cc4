"""SIGINT and SIGTERM: it stops at once, and says where every host stands."""

import signal

import pytest

from deployer import events as ev
from deployer.facts import Act
from tests.acceptance.conftest import Deploy

LIMIT = 7
"""Seconds: GitHub kills 7.5 s after its first signal."""

BAKING = {"name": "canary", "hosts": 1, "bake": {"min": "60s", "max": "60s"}}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancelled_rollout_ends_in_time_and_says_where_each_host_stands(
    deploy: Deploy, number: signal.Signals, code: int
) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    running = app.begin("r2", waves=[BAKING, {"name": "full", "hosts": "rest"}])
    running.wait_for(ev.HostHealthy, ["web-1"])
    ended = running.stop(number)
    assert ended.code == code, ended.told
    assert ended.seconds < LIMIT
    assert ended.says("web-1", "web-2", "where every host stands", "run `sockdeploy apply", "sockdeploy abort")
    assert app.currents() == ["r2", "r1"]
    app.plan("r2")  # the default waves, which bake no time
    again = app.run("apply")
    assert again.code == 0, again.told
    assert app.answers() == ["r2"] * 2


def test_cancelled_while_a_host_restarts_it_still_ends_in_time(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    running = app.begin("r2", "slow 30")
    running.wait_for(ev.ActStarted, ["web-1"], Act.ACTIVATE)
    ended = running.stop(signal.SIGTERM)
    assert ended.code == 143, ended.told
    assert ended.seconds < LIMIT
    assert ended.says("web-1")
