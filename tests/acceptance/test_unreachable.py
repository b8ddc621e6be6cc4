"""Hosts that cannot be reached: before anything began, and in the middle."""

from deployer import events as ev
from tests.acceptance.conftest import Deploy

QUICK_CONNECT = {"connect": "1s"}


def test_a_host_that_is_unreachable_before_the_start_refuses_the_rollout_and_nothing_is_touched(deploy: Deploy) -> None:
    app = deploy("python", count=3)
    app.install("r1")
    before = app.snapshot()
    app.hosts[2].partition()
    ended = app.apply("r2", timeouts=QUICK_CONNECT)
    app.hosts[2].heal()
    assert ended.code == 5, ended.told
    assert ended.says("web-3", "cannot be reached", "nothing was switched")
    assert app.snapshot() == before


def test_an_unreachable_host_that_the_wave_tolerates_is_left_out_and_named(deploy: Deploy) -> None:
    app = deploy("python", count=3)
    app.install("r1")
    app.hosts[2].systemctl("stop", "ssh.service", "ssh.socket", check=False)
    waves = [{"name": "all", "hosts": "rest", "max_failures": 1}]
    ended = app.apply("r2", timeouts=QUICK_CONNECT, waves=waves)
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2", "r2", "r1"]
    assert ended.says("web-3", "cannot be reached", "the plan tolerates that")


def test_a_host_lost_in_the_middle_is_named_and_the_others_are_taken_back(deploy: Deploy) -> None:
    app = deploy("python", count=3)
    app.install("r1")
    waves = [
        {"name": "canary", "hosts": 1},
        {"name": "pilot", "hosts": 1, "bake": {"min": "60s", "max": "60s"}},
        {"name": "full", "hosts": "rest"},
    ]
    running = app.begin("r2", waves=waves, timeouts=QUICK_CONNECT)
    running.wait_for(ev.HostHealthy, ["web-1", "web-2"])
    app.hosts[1].poweroff()
    ended = running.end()
    assert ended.code == 3, ended.told
    assert set(ended.of(ev.HostStranded)) == {"web-2"}
    assert set(ended.of(ev.HostReverted)) == {"web-1"}
    assert ended.says("web-2 needs a person", "rollback")
    assert (app.answer(app.hosts[0]), app.answer(app.hosts[2])) == ("r1", "r1")
