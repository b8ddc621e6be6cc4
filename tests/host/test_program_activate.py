"""activate, confirm and revert on real systemd hosts."""

import subprocess
import threading
import time
from dataclasses import replace

from deployer.host.acts import NO_SOCKET, Activate, Confirm
from deployer.host.command import call
from deployer.host.receipts import Activation
from deployer.host.source import load_program
from deployer.host.unitfile import UnitFile
from tests.host.door import token
from tests.host.stand import Stand


def test_a_first_deploy_installs_enables_and_starts_and_a_second_keeps_the_listener(each_stand: Stand) -> None:
    stand = each_stand
    stand.inspect()
    stand.stage("v1")
    first = stand.activate("v1", units=stand.units)
    assert first.first
    assert first.began < first.switched < first.started
    assert first.after.running
    assert first.after.held
    assert stand.guarded()
    stand.confirm("v1")
    assert not stand.guarded()
    assert '"release": "v1"' in stand.answers()
    assert {stand.host.show(unit, "UnitFileState")["UnitFileState"] for unit in (stand.socket, stand.unit)} == {
        "enabled"
    }

    stand.stage("v2")
    second = stand.activate("v2")
    assert not second.first
    assert second.listener_kept
    assert second.after.inode == first.after.inode
    assert second.before.invocation != second.after.invocation
    assert second.after.cwd == f"{stand.site.root}/releases/v2"
    assert second.after.restarts == 0
    assert '"release": "v2"' in stand.answers()

    back = stand.revert()
    assert (back.release, back.answer) == ("v1", "v1")
    assert back.listener_kept
    assert '"release": "v1"' in stand.answers()
    assert not stand.guarded()
    assert stand.revert().nothing


def test_the_whole_path_works_where_sh_is_busybox_and_the_user_is_root(busybox_stand: Stand) -> None:
    stand = busybox_stand
    stand.deploy("v1")
    stand.stage("v2", owner="app", shared=("var/uploads/", ".env"))
    assert stand.activate("v2").listener_kept
    assert stand.revert().release == "v1"
    assert stand.prune(1).removed == ("v2",)


def test_a_first_deploy_that_does_not_start_leaves_nothing_behind(stand: Stand) -> None:
    before = stand.trace()
    stand.inspect()
    stand.stage("v1", "exit 1", shared=("var/uploads/",))
    failed = stand.door.fail(stand.activation("v1", units=stand.units))
    assert failed.code == "start-failed"
    assert any("status=1" in line for line in failed.journal)
    assert Activation.read(failed.facts).first
    assert stand.revert().release == ""
    assert stand.unstage("v1")
    assert stand.trace() == before
    assert stand.host.show(stand.socket, "LoadState")["LoadState"] == "not-found"


def test_a_release_that_exits_0_again_and_again_never_closes_the_port(live: Stand) -> None:
    live.stage("v2", "exit-after-ready 0")
    live.door.attempt(live.activation("v2"))
    loop = f"for i in $(seq 30); do curl -s -o /dev/null -m 0.2 {live.site.local_url}; echo $?; done"
    refused = live.host.sh(loop).split().count("7")
    look = live.inspect()
    assert refused == 0
    assert (look.socket and look.socket.active, look.held) == ("active", True)
    back = live.revert()
    assert back.listener_kept
    assert '"release": "v1"' in live.answers()


def test_a_release_that_does_not_start_in_time_is_stopped_and_reverted(live: Stand) -> None:
    live.stage("v2", "slow 30")
    failed = live.door.fail(live.activation("v2", timeout=1))
    assert failed.code == "timeout"
    assert live.host.show(live.unit, "Job").get("Job", "0") in {"", "0"}
    assert live.revert().release == "v1"
    assert '"release": "v1"' in live.answers()


def test_an_activation_that_is_killed_half_way_is_finished_by_a_revert(live: Stand) -> None:
    live.stage("v2", "slow 30")
    sent = call(live.activation("v2"), load_program(), token=token(), sudo=True)
    argv = [*live.host.enter("deploy"), "sh", "-c", sent.command]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("switched=") for line in process.stdout)
        live.host.sh("pkill -KILL -f '[a]ctivate token='", check=False)
    pending = live.inspect().pending
    assert pending is not None
    assert (pending.release, pending.way_back, pending.answer) == ("v2", "v1", "v1")
    assert live.revert().release == "v1"
    assert '"release": "v1"' in live.answers()
    assert live.inspect().pending is None


def test_an_activation_after_a_dead_run_keeps_the_first_way_back(live: Stand) -> None:
    live.stage("v2")
    live.activate("v2")
    live.stage("v3")
    live.activate("v3")
    pending = live.inspect().pending
    assert pending is not None
    assert (pending.release, pending.way_back) == ("v3", "v1")
    assert live.revert().release == "v1"


def test_unit_files_are_put_back_by_a_revert(live: Stand) -> None:
    before = live.host.read(f"/etc/systemd/system/{live.unit}")
    changed = tuple(
        replace(unit, text=unit.text.replace("TimeoutStopSec=30", "TimeoutStopSec=7")) for unit in live.units
    )
    live.stage("v2")
    live.activate("v2", units=(*changed, UnitFile(f"{live.site.service}-more.timer", "[Timer]\nOnBootSec=1h\n")))
    assert "7s" in live.host.show(live.unit, "TimeoutStopUSec").values()
    live.revert()
    assert live.host.read(f"/etc/systemd/system/{live.unit}") == before
    assert "30s" in live.host.show(live.unit, "TimeoutStopUSec").values()
    assert not live.host.exists(f"/etc/systemd/system/{live.site.service}-more.timer")


def test_a_socket_file_with_another_address_is_undone_before_the_switch(live: Stand) -> None:
    port = str(live.site.port)
    moved = tuple(replace(unit, text=unit.text.replace(port, "19999")) for unit in live.units)
    live.stage("v2")
    failed = live.door.fail(live.activation("v2", units=moved))
    assert failed.code == "listener-lost"
    assert Activation.read(failed.facts).reverted
    assert live.current() == "releases/v1"
    assert '"release": "v1"' in live.answers()
    assert live.inspect().held
    assert live.inspect().pending is None


def test_a_unit_file_that_systemd_refuses_is_undone_before_the_switch(live: Stand) -> None:
    invocation = live.inspect().service.invocation
    broken = tuple(replace(unit, text=unit.text.replace("ExecStart=", "#ExecStart=")) for unit in live.units)
    live.stage("v2")
    failed = live.door.fail(live.activation("v2", units=broken))
    assert failed.code == "unit-refused"
    assert Activation.read(failed.facts).reverted
    assert live.current() == "releases/v1"
    assert live.inspect().service.invocation == invocation
    assert not live.guarded()


def test_a_closed_port_is_opened_again_by_going_back(live: Stand) -> None:
    live.stage("v2", "exit-after-ready 0")
    live.door.attempt(live.activation("v2", guard=False))
    closed = f"for i in $(seq 50); do curl -s -o /dev/null -m 0.3 {live.site.local_url}; [ $? != 7 ] || break; done"
    live.host.sh(closed)
    assert live.host.show(live.socket, "ActiveState")["ActiveState"] == "failed"
    assert live.revert().after.held
    assert '"release": "v1"' in live.answers()


def test_units_that_need_no_guard_get_none(live: Stand) -> None:
    safe = {
        live.unit: live.site.units()[live.unit]
        .replace("Restart=on-failure", "Restart=always")
        .replace("[Service]", "StartLimitIntervalSec=0\n[Service]", 1),
        live.socket: live.site.units()[live.socket].replace("[Socket]", "[Socket]\nTriggerLimitIntervalSec=0"),
    }
    live.stage("v2")
    live.activate("v2", units=tuple(UnitFile(name, text) for name, text in safe.items()))
    assert live.guarded()
    live.confirm("v2")
    live.stage("v3")
    live.activate("v3")
    assert not live.guarded()
    live.confirm("v3")
    assert '"release": "v3"' in live.answers()


def test_a_service_without_a_socket_is_restarted_and_reverted(live: Stand) -> None:
    worker = f"{live.site.service}-queue"
    text = f"[Service]\nType=exec\nWorkingDirectory={live.site.root}/current\nExecStart=/bin/sh -c 'sleep 600'\n"
    live.host.write(f"/etc/systemd/system/{worker}.service", text)
    live.host.sh(f"systemctl daemon-reload; systemctl start {worker}")
    live.stage("v2")
    act = Activate(worker, live.site.root, "v2", "r2", NO_SOCKET, timeout=10)
    receipt = live.door.do(act)
    assert receipt.listener_kept
    assert receipt.after.cwd.endswith("/releases/v2")
    live.host.sh(f"systemctl stop {worker}; rm -r /var/lib/sockdeploy/{worker} /run/systemd/system/{worker}.service.d")


def test_confirm_is_recorded_once_and_the_way_back_counts_as_good(live: Stand) -> None:
    digest = live.stage("v2")
    live.activate("v2")
    live.confirm("v2")
    live.confirm("v2")
    good = {one.release: one for one in live.inspect().good}
    assert set(good) == {"v1", "v2"}
    assert good["v2"].digest == digest
    assert good["v1"].answer == "v1"
    assert live.host.read(f"/var/lib/sockdeploy/{live.site.service}/history").count("release=v2") == 1


def test_confirm_refuses_a_release_that_is_not_the_pending_one(live: Stand) -> None:
    live.stage("v2")
    live.activate("v2")
    got = live.door.fail(Confirm(live.site.service, live.site.root, "v1", "r", live.socket, live.listeners))
    assert got.code == "other-pending"
    live.revert()


def test_a_revert_waits_for_the_activation_that_still_runs(stand: Stand) -> None:
    stand.deploy("v1")
    stand.stage("v2", mode="slow 2")
    activation = threading.Thread(target=stand.activate, args=("v2",))
    activation.start()
    while stand.current() != "releases/v2":
        time.sleep(0.02)
    back = stand.revert()
    activation.join()
    assert (back.release, stand.current()) == ("v1", "releases/v1")
    assert '"release": "v1"' in stand.answers()
