"""What runs beside the live release when the run that began it is killed, cancelled or disturbed."""

import signal

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Running
from tests.acceptance.test_bridge import main_process, second_units
from tests.fleet.system import wait_until


def bridged(app: Deployment) -> Running:
    """Begin to bring out r2 by a bridge that never proves itself, and wait until it runs."""
    gates = {"health": app.health(fall=1000, deadline="120s")}
    running = app.begin("r2", "fail500", strategy="bridge", rehearse=False, gates=gates)
    running.wait_until(lambda: " running " in second_units(app))
    return running


def test_a_bridge_that_a_killed_run_left_is_told_by_status_and_check_and_ended_by_abort(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    before = main_process(app)
    bridged(app).kill()
    told = "a bridge of r2 runs beside the live release"
    wait_until(lambda: app.run("check").says("second-left", told, "sockdeploy abort"), "the lock was not free", 60)
    assert app.run("status").says(told, "sockdeploy abort")
    assert app.run("abort", "--dry-run").says("bridge of r2 ended, staged r2 removed")
    ended = app.run("abort", "--yes")
    assert ended.code == 0, ended.told
    assert second_units(app) == ""
    assert app.releases(app.hosts[0]) == ["r1"]
    assert main_process(app) == before
    assert app.run("abort", "--yes").says("nothing to abort")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancel_under_a_bridge_leaves_the_host_untouched_and_says_so_and_abort_removes_what_was_staged(
    deploy: Deploy, number: signal.Signals
) -> None:
    app = deploy("python")
    app.install("r1")
    before = main_process(app)
    ended = bridged(app).stop(number)
    assert ended.code == 128 + number, ended.told
    assert ended.says("untouched, on r1", "Nothing was switched", "sockdeploy abort")
    assert not ended.says("stranded")
    assert second_units(app) == ""
    assert main_process(app) == before
    back = app.run("abort", "--yes")
    assert back.code == 0, back.told
    assert app.releases(app.hosts[0]) == ["r1"]
    assert main_process(app) == before


def test_a_port_that_a_person_closes_under_a_bridge_is_opened_again_and_the_release_is_not_blamed(
    deploy: Deploy,
) -> None:
    app = deploy("python")
    app.install("r1")
    running = bridged(app)
    app.hosts[0].sh(f"systemctl stop {app.site.service}.socket")
    ended = running.end()
    assert ended.code == 1, ended.told
    assert ended.says("the live socket was closed while", "the same release will do", "r1 is live again")
    assert ended.says("the port was closed for")
    assert not ended.says("the live release was not touched")
    assert ended.of(ev.HostRestored)
    assert app.answers() == ["r1"]
    assert app.unit_state(app.hosts[0])[0] == "active"
    assert second_units(app) == ""
