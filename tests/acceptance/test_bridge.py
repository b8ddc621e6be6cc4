"""The new release beside the live one: rehearsed on a private socket, then serving on the live one meanwhile."""

import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended
from tests.fleet import Fleet, Host
from tests.fleet.traffic import Report, Traffic

BOOT = 2.0
BAD = ("exit 3", "hang", "fail500", "late500 1")
"""What a release may do that must never replace a good one; the last is well at first."""

ALL_AT_ONCE = [{"name": "all", "hosts": "rest", "max_parallel": 4}]


def listener(app: Deployment, host: Host) -> str:
    """Give inode and cookie of the listening socket, as the kernel numbers them."""
    told = host.sh(f"ss -Hltne 'sport = :{app.site.port}'").split()
    return " ".join(word for word in told if word.startswith(("ino:", "sk:")))


def main_process(app: Deployment) -> dict[str, str]:
    """Give what changes whenever the service itself is started again."""
    return app.hosts[0].show(f"{app.site.service}.service", "MainPID", "InvocationID")


def second_units(app: Deployment) -> str:
    """Give every unit and unit file of a second instance, a line each, of all hosts; "" when there is none."""
    name = f"sockdeploy-{app.site.service}-*"
    listed = f"systemctl list-units --all --plain --no-legend '{name}'; cd /run/systemd/system && ls -d {name}"
    return "".join(host.sh(listed, check=False) for host in app.hosts)


@pytest.mark.parametrize("kind", ["gunicorn", "node"])
def test_three_bridges_leave_no_stall_and_fail_nobody_where_a_restart_has_everyone_wait(
    deploy: Deploy, kind: str
) -> None:
    app = deploy(kind, count=3)
    app.install("r1")
    assert app.answers() == ["r1"] * 3  # systemd calls a service up that has yet to begin to serve
    before = [listener(app, host) for host in app.hosts]
    with Traffic(app.site.urls(app.hosts), rate=100) as traffic:
        bridged = app.apply("r2", f"slow {BOOT}", strategy="bridge", rehearse=False, waves=ALL_AT_ONCE)
        traffic.wait_for(40)
    assert bridged.code == 0, bridged.told
    assert not bridged.says("was not seen to take a connection"), bridged.told
    report = traffic.report()
    with Traffic(app.site.urls(app.hosts[:1]), rate=100) as traffic:
        restarted = app.apply("r3", f"slow {BOOT}", "--hosts", app.hosts[0].name, waves=ALL_AT_ONCE)
    assert restarted.code == 0, restarted.told
    restart = traffic.report()
    assert report.failed == restart.failed == 0, f"{report}\n{restart}"
    assert restart.slowest > BOOT, str(restart)
    assert report.slowest < restart.slowest / 2, f"{report}\n{restart}"
    assert set(report.by_release) == {"r1", "r2"}
    assert [listener(app, host) for host in app.hosts] == before
    for stopped in bridged.of(ev.BridgeStopped).values():
        assert stopped.good > 0
        assert stopped.spoiled == 0
    assert second_units(app) == ""


@pytest.mark.systemd
def test_a_bridge_is_rehearsed_first_and_says_so_also_where_sshd_lets_only_the_live_port_through(
    deploy: Deploy, fleet: Fleet
) -> None:
    app = deploy("python", chosen=[fleet.hosts[0], fleet.hosts[-1]])
    app.install("r1")
    app.hosts[0].sshd_config(f"PermitOpen 127.0.0.1:{app.site.port}")
    with Traffic(app.site.urls(app.hosts)) as traffic:
        ended = app.apply("r2", "ok", "--verbose", strategy="bridge", waves=ALL_AT_ONCE)
    assert ended.code == 0, ended.told
    assert traffic.report().failed == 0, str(traffic.report())
    assert app.answers() == ["r2", "r2"]
    names = {host.name for host in app.hosts}
    assert set(ended.of(ev.HostRehearsed)) == set(ended.of(ev.HostBridged)) == set(ended.of(ev.BridgeStopped)) == names
    assert ended.says("r2 rehearsed in", "bridge: r2 serves", "bridge stopped after", "it spoiled 0 of our")
    (hosts,) = (wave["hosts"] for wave in ended.summary["waves"])
    assert all(host["rehearsed_in"] > 0 and host["bridge"]["good"] > 0 for host in hosts)
    assert second_units(app) == ""


def one_on_each_host(deploy: Deploy, fleet: Fleet) -> list[Deployment]:
    """Have a good release live on as many hosts as there are bad ones, each of a service of its own."""
    apps = [deploy("python", chosen=[host]) for host in fleet.hosts[: len(BAD)]]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda app: app.install("r1"), apps))
    return apps


def bring_out_bad_releases(apps: Sequence[Deployment], *, rehearse: bool) -> tuple[list[Ended], Report]:
    """Bring out every bad release by a bridge, all at the same time, under traffic."""
    health = {"timeout": "1s", "stable_for": "2s", "deadline": "4s"}
    with Traffic({app.hosts[0].name: app.site.url(app.hosts[0]) for app in apps}, rate=40) as traffic:
        running = [
            app.begin("r2", mode, strategy="bridge", rehearse=rehearse, gates={"health": app.health(**health)})
            for app, mode in zip(apps, BAD, strict=True)
        ]
        ended = [one.end() for one in running]
        traffic.wait_for(40)
    return ended, traffic.report()


def test_a_bad_release_is_caught_in_its_rehearsal_and_costs_no_client_anything(deploy: Deploy, fleet: Fleet) -> None:
    apps = one_on_each_host(deploy, fleet)
    before = [main_process(app) for app in apps]
    ended, report = bring_out_bad_releases(apps, rehearse=True)
    assert report.failed == 0, str(report)
    assert set(report.by_release) == {"r1"}
    assert [main_process(app) for app in apps] == before
    for app, one in zip(apps, ended, strict=True):
        failed = one.of(ev.ActFailed)[app.hosts[0].name].failure
        assert one.code == 1, one.told
        assert failed.code.startswith("rehearsal-"), one.told
        assert one.says("on a private socket", "the live release was not touched")
        assert second_units(app) == ""
    assert {one.of(ev.ActFailed)[app.hosts[0].name].failure.code for app, one in zip(apps, ended, strict=True)} == {
        "rehearsal-start-failed", "rehearsal-not-healthy-in-time", "rehearsal-wrong-answer",
    }  # fmt: skip


def test_a_bad_release_that_was_not_rehearsed_spoils_what_its_bridge_took_and_that_is_counted(
    deploy: Deploy, fleet: Fleet
) -> None:
    apps = one_on_each_host(deploy, fleet)
    before = [main_process(app) for app in apps]
    ended, report = bring_out_bad_releases(apps, rehearse=False)
    assert report.refused == 0, str(report)
    assert [main_process(app) for app in apps] == before
    for app, mode, one in zip(apps, BAD, ended, strict=True):
        name = app.hosts[0].name
        assert one.code == 1, one.told
        assert one.of(ev.ActFailed)[name].failure.code.startswith("bridge-"), one.told
        assert second_units(app) == ""
        failed = [sample for sample in report.of(name).samples if sample.outcome != "ok"]
        stopped = one.of(ev.BridgeStopped).get(name)
        if mode == BAD[0]:
            assert (stopped, failed) == (None, [])  # it never took a request
            continue
        assert stopped, one.told
        assert stopped.spoiled > 0
        assert one.says(f"spoiled {stopped.spoiled} of {stopped.asked} requests")
        assert [sample for sample in failed if sample.scheduled > stopped.at] == []


def test_a_bridge_that_a_killed_run_left_is_removed_by_the_next(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    before = main_process(app)
    running = app.begin("r2", strategy="bridge", rehearse=False, gates={"health": app.health(stable_for="15s")})
    running.wait_until(lambda: "running" in second_units(app))
    running.kill()
    assert "running" in second_units(app)
    assert main_process(app) == before
    with Traffic(app.site.urls(app.hosts)) as traffic:
        ended = app.apply("r3")
    assert ended.code == 0, ended.told
    assert traffic.report().failed == 0, str(traffic.report())
    assert second_units(app) == ""
    assert app.answers() == ["r3"]


def test_a_cancelled_bridge_is_stopped_and_the_live_release_was_not_touched(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    before = main_process(app)
    running = app.begin("r2", strategy="bridge", rehearse=False, gates={"health": app.health(stable_for="15s")})
    running.wait_until(lambda: "running" in second_units(app))
    ended = running.stop(signal.SIGINT)
    assert ended.code == 130, ended.told
    assert second_units(app) == ""
    assert main_process(app) == before
    assert app.answers() == ["r1"]


def test_a_service_whose_accept_would_stall_is_refused_before_anything_is_sent(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    (host,), name = app.hosts, app.site.service
    host.sh(f"sed -i /NonBlocking/d /etc/systemd/system/{name}.service && systemctl daemon-reload")
    before = app.snapshot()
    ended = app.apply("r2", strategy="bridge")
    assert ended.code == 5, ended.told
    assert ended.says("bridge-blocking", "NonBlocking")
    assert app.snapshot() == before


def test_the_first_release_needs_no_bridge(deploy: Deploy) -> None:
    app = deploy("python")
    ended = app.apply("r1", strategy="bridge", units=app.units())
    assert ended.code == 0, ended.told
    assert not ended.of(ev.HostRehearsed)
    assert not ended.of(ev.HostBridged)
    assert app.answers() == ["r1"]
