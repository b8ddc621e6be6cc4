"""Receipts on real hosts: what an activation cost is counted and kept, and what it may not cost stops the wave."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended
from tests.fleet import Host
from tests.fleet.traffic import Traffic

PATIENT = {"interval": "200ms", "rise": 2, "stable_for": "2s", "deadline": "20s"}
NO_GUARD: dict[str, Any] = {"guard": False}

# Takes a listening socket from the process that holds it and shuts it down, as a service does that ends badly.
SHUT_DOWN = """
import ctypes, os, socket, sys
pid, port = map(int, sys.argv[1:])
call = ctypes.CDLL(None).syscall
holder = call(434, pid, 0)
for number in range(3, 20):
    taken = call(438, holder, number, 0)
    if taken >= 0 and os.readlink(f"/proc/self/fd/{taken}").startswith("socket:"):
        mine = socket.socket(fileno=taken)
        if mine.family == socket.AF_INET and mine.getsockname()[1] == port:
            mine.shutdown(socket.SHUT_RDWR)
"""


def receipt(ended: Ended, host: str = "web-1") -> dict[str, Any]:
    """The receipt of a host's activation, from the summary."""
    hosts = [each for wave in ended.summary["waves"] for each in wave["hosts"]]
    found: dict[str, Any] = next(each for each in hosts if each["name"] == host)["activation"]
    return found


def assert_taken_back(app: Deployment, ended: Ended) -> None:
    """The first host failed and runs r1 again, the others were not touched."""
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"] * len(app.hosts)
    assert [event.host for event in ended.events if isinstance(event, ev.HostActivated)] == [app.hosts[0].name]


def test_an_activation_leaves_a_receipt_in_the_summary_in_the_journal_and_on_the_host(deploy: Deploy) -> None:
    app = deploy("node")
    app.install("r1")
    mark = app.hosts[0].ssh_mark()
    ended = app.apply("r2", "ok", "-v", traffic={"keep_alive": True, "slow": "/slow/1"})
    assert ended.code == 0, ended.told
    counts = app.hosts[0].ssh_counts(mark)
    assert (counts.connections, counts.executions) == (1, 5)
    kept = receipt(ended)
    assert kept["before"]["inode"] == kept["after"]["inode"] == kept["inode_before"] == kept["inode_after"]
    assert kept["before"]["cookie"] == kept["after"]["cookie"] != ""
    assert kept["backlog"] > kept["after"]["limit"] == 511
    assert kept["losses"] == {"refused": 0, "queue": 0, "unserved": 0, "keep_alive": 1}
    assert kept["keep_alive"]["answered"] > 0
    assert (kept["slow"]["fate"], kept["slow"]["release"]) == ("ok", "r1")
    assert kept["held"]
    assert kept["cwd"] == f"{app.site.root}/releases/r2"
    assert kept["gap"] >= kept["boot"] > 0
    assert {each["release"] for each in kept["traffic"]} <= {"r1", "r2", ""}
    measured = ended.of(ev.HostMeasured)["web-1"]
    assert json.loads(json.dumps(asdict(measured.receipt))) == {k: v for k, v in kept.items() if k != "losses"}
    assert ended.says("own requests", "0 dropped", f"of 511 (the socket unit asks for {kept['backlog']})")
    assert f"cookie {kept['after']['cookie']}" in (ended.report / "summary.md").read_text()
    told = json.loads(app.run("history", "--json").out)
    (record,) = told["hosts"][0]["records"]
    assert (record["outcome"], record["cookie"], record["dropped"]) == ("confirmed", kept["after"]["cookie"], "0")
    assert "0 refused, 0 dropped, 0 unserved" in app.run("history").out


def test_a_socket_that_somebody_restarts_meanwhile_stops_the_wave(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    running = app.begin("r2", gates={"health": app.health(**PATIENT)})
    running.wait_for(ev.HostActivated, ["web-1"])
    app.hosts[0].systemctl("restart", f"{app.site.service}.socket")
    ended = running.end()
    assert ended.summary["failed"]["code"] in {"listener-changed", "listener-lost"}, ended.told
    assert_taken_back(app, ended)


def test_a_queue_that_overflows_is_foreseen_and_stops_the_wave(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    host, unit = app.hosts[0], f"{app.site.service}.socket"
    host.write(f"/etc/systemd/system/{unit}.d/short.conf", "[Socket]\nBacklog=2\n")
    host.sh(f"systemctl daemon-reload && systemctl stop {app.site.service}.service {unit} && systemctl start {unit}")
    host.systemctl("start", f"{app.site.service}.service")
    first = app.apply("r1-slow", "slow 1", "--wave", "canary", traffic="off")
    assert first.code == 0, first.told
    with Traffic(app.site.urls([host]), rate=40):
        ended = app.apply("r2", "slow 2", hooks={"before_wave": ["sleep", "1.5"]})
    assert ended.code == 1, ended.told
    assert ended.summary["failed"]["code"] == "connections-dropped", ended.told
    assert [warned.host for warned in ended.events if isinstance(warned, ev.Warned)] == ["web-1"]
    assert ended.says("the queue of the listener may be too short: it holds 2 connections")
    assert receipt(ended)["losses"]["queue"] > 0
    assert receipt(ended)["after"]["peak"] >= receipt(ended)["after"]["limit"] == 2
    assert app.answers()[1] == "r1"


def test_a_process_in_another_releases_folder_stops_the_wave_whatever_it_answers(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1", "wrong-release r2")
    for host in app.hosts:
        drop_in = f"/etc/systemd/system/{app.site.service}.service.d/stay.conf"
        host.write(drop_in, f"[Service]\nWorkingDirectory={app.site.root}/releases/r1\n")
        host.systemctl("daemon-reload")
    ended = app.apply("r2")
    assert ended.code == 1, ended.told
    assert ended.summary["failed"]["code"] == "wrong-release", ended.told
    assert app.currents() == ["r1", "r1"]


@pytest.mark.parametrize("mode", ["exit 0", "exit 3"])
def test_a_crash_loop_without_the_guard_ends_on_the_old_release(deploy: Deploy, mode: str) -> None:
    app = deploy("python")
    app.install("r1")
    with Traffic(app.site.urls(app.hosts), rate=40) as traffic:
        ended = app.apply("r2", mode, **NO_GUARD)
        traffic.wait_for(40)
    report = traffic.report()
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"]
    assert set(report.by_release) == {"r1"}
    assert app.unit_state(app.hosts[0]) == ("active", "enabled")


def test_a_port_that_a_crash_loop_closed_is_seen_and_the_report_says_for_how_long(
    deploy: Deploy, each_host: Host
) -> None:
    app = deploy("python", chosen=[each_host])
    app.install("r1")
    strict = f"/etc/systemd/system/{app.site.service}.service.d/strict.conf"
    each_host.write(strict, "[Unit]\nStartLimitIntervalSec=60\nStartLimitBurst=1\n")
    each_host.systemctl("daemon-reload")
    with Traffic(app.site.urls([each_host]), rate=40) as traffic:
        ended = app.apply("r2", "exit-after-ready 0", **NO_GUARD)
        traffic.wait_for(20)
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"]
    assert app.unit_state(each_host) == ("active", "enabled")
    assert traffic.report().refused > 0
    closed = ended.of(ev.HostRestored)[each_host.name].receipt.closed
    assert closed > 0
    assert ended.says(f"the port was closed for {closed:.1f} s")
    assert f"{closed:.1f} s |" in (ended.report / "summary.md").read_text()
    (record,) = json.loads(app.run("history", "--json").out)["hosts"][0]["records"]
    assert float(record["closed"]) > 0


def test_a_service_that_shuts_its_socket_down_is_seen_and_the_port_is_opened_again(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    host = app.hosts[0]
    running = app.begin("r2", gates={"health": app.health(**PATIENT)})
    running.wait_for(ev.HostActivated, ["web-1"])
    pid = host.show(f"{app.site.service}.service", "MainPID")["MainPID"]
    host.write("/root/shut_down.py", SHUT_DOWN)
    host.sh(f"python3 /root/shut_down.py {pid} {app.site.port}")
    ended = running.end()
    # systemd may have opened another listener by the time somebody looks: with the service, when it starts again.
    assert ended.summary["failed"]["code"] in {"listener-lost", "listener-changed"}, ended.told
    assert_taken_back(app, ended)
    assert ended.of(ev.HostRestored)["web-1"].receipt.closed > 0


def test_a_socket_that_somebody_stops_meanwhile_is_started_again(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    running = app.begin("r2", gates={"health": app.health(**PATIENT)})
    running.wait_for(ev.HostActivated, ["web-1"])
    app.hosts[0].systemctl("stop", f"{app.site.service}.socket")
    ended = running.end()
    assert ended.summary["failed"]["code"] == "listener-lost", ended.told
    assert_taken_back(app, ended)
    assert ended.of(ev.HostRestored)["web-1"].receipt.closed > 0


def test_the_gap_lasts_until_the_first_answer_when_systemd_calls_a_service_up_that_does_not_accept_yet(
    deploy: Deploy,
) -> None:
    app = deploy("python")
    app.install("r1")
    app.hosts[0].write(f"/etc/systemd/system/{app.site.service}.service.d/exec.conf", "[Service]\nType=exec\n")
    app.hosts[0].systemctl("daemon-reload")
    ended = app.apply("r2", "slow 2", "-v")
    assert ended.code == 0, ended.told
    kept = receipt(ended)
    assert kept["answered"]
    assert kept["gap"] >= kept["boot"] > 1.5
    assert ended.says("until the first answer")
    (record,) = json.loads(app.run("history", "--json").out)["hosts"][0]["records"]
    assert float(record["gap"]) == kept["gap"]
