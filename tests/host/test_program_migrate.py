"""Moving a service that holds its port by itself behind its socket, and back, on real systemd hosts."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from deployer.host import acts
from deployer.host.command import call
from deployer.host.listeners import kernel_forms
from deployer.host.receipts import Activation
from deployer.host.source import load_program
from tests.fleet.alone import Alone
from tests.host.door import token
from tests.host.stand import Stand


def moving(stand: Stand, release: str, **changes: object) -> acts.Activate:
    """Give the act that makes a release live behind the socket, in place of a service that listens by itself."""
    act = replace(stand.activation(release, units=stand.units), alone=stand.listeners)
    return replace(act, **changes)  # type: ignore[arg-type]  # fields of the act


@pytest.fixture
def alone(stand: Stand) -> Alone:
    """Give a service that holds its port by itself; the host has the program."""
    found = Alone(stand.site, stand.host)
    found.install()
    stand.inspect()
    return found


@pytest.fixture
def neighbour(stand: Stand) -> Iterator[str]:
    """Give the name of a unit that can be started to hold the site's port, on one address; it is gone afterwards."""
    name = f"{stand.site.service}-neighbour.service"
    listen = f"/usr/bin/python3 -m http.server --bind {stand.host.address} {stand.site.port}"
    stand.host.write(f"/run/systemd/system/{name}", f"[Service]\nExecStart={listen}\n")
    stand.host.systemctl("daemon-reload")
    yield name
    stand.host.sh(f"systemctl stop {name}; rm /run/systemd/system/{name}; systemctl daemon-reload", check=False)


def test_it_is_moved_with_one_gap_that_is_told_and_then_deployed_to_as_any_other(stand: Stand) -> None:
    Alone(stand.site, stand.host).install(enabled=False)
    stand.inspect()
    stand.stage("v1")
    moved = stand.door.do(moving(stand, "v1"))
    assert (moved.moved, moved.closed > 0) == (True, True)
    assert (moved.after.running, moved.after.held, moved.after.socket_active) == (True, True, "active")
    assert moved.after.inode != moved.before.inode
    assert '"release": "v1"' in stand.answers()
    assert {stand.host.show(unit, "UnitFileState")["UnitFileState"] for unit in (stand.socket, stand.unit)} == {
        "enabled"
    }
    stand.confirm("v1")
    stand.stage("v2")
    second = stand.activate("v2")
    assert (second.moved, second.listener_kept, second.after.inode) == (False, True, moved.after.inode)
    assert stand.revert().release == "v1"


def test_a_move_to_a_release_that_does_not_start_is_undone(stand: Stand, alone: Alone) -> None:
    before = alone.standing()
    stand.stage("v1", "exit 1")
    failed = stand.door.fail(moving(stand, "v1"))
    assert failed.code == "start-failed"
    assert Activation.read(failed.facts).moved
    back = stand.revert()
    assert (back.moved, back.closed > 0, back.first, back.release) == (True, True, False, "")
    assert (back.after.running, back.after.held) == (True, False)
    assert '"release": "old"' in stand.answers()
    assert stand.unstage("v1")
    assert alone.standing() == before


def test_a_port_that_somebody_else_still_holds_is_given_back(stand: Stand, neighbour: str) -> None:
    alone = Alone(stand.site, stand.host)
    alone.install("127.0.0.1", enabled=False)
    there = f"ss -Hltn 'src {stand.host.address}:{stand.site.port}'"
    stand.host.sh(f"systemctl start {neighbour}; until {there} | grep -q .; do sleep 0.1; done")
    stand.inspect()
    before = alone.standing()
    stand.stage("v1")
    failed = stand.door.fail(moving(stand, "v1", alone=kernel_forms([f"127.0.0.1:{stand.site.port}"])))
    assert (failed.code, failed.detail.partition(" ")[0]) == ("start-failed", stand.socket)
    assert any("Address already in use" in line for line in failed.journal)
    back = stand.revert()
    assert back.closed > Activation.read(failed.facts).closed > 0
    assert '"release": "old"' in stand.answers()
    assert stand.unstage("v1")
    assert alone.standing() == before


def test_a_service_that_ran_elsewhere_before_a_first_deploy_runs_again_when_that_is_undone(stand: Stand) -> None:
    alone = Alone(stand.site, stand.host)
    alone.install(port=stand.site.port + 10_000)
    stand.inspect()
    before = alone.standing()
    stand.stage("v1")
    first = stand.activate("v1", units=stand.units)
    assert (first.moved, first.after.held) == (False, True)
    back = stand.revert()
    assert (back.moved, back.first, back.after.running) == (False, False, True)
    assert stand.unstage("v1")
    assert alone.standing() == before


def test_units_that_systemd_refuses_never_close_the_port(stand: Stand, alone: Alone) -> None:
    before, invocation = alone.standing(), stand.inspect().service.invocation
    broken = tuple(replace(unit, text=unit.text.replace("ExecStart=", "#ExecStart=")) for unit in stand.units)
    stand.stage("v1")
    failed = stand.door.fail(moving(stand, "v1", units=broken))
    assert failed.code == "unit-refused"
    assert Activation.read(failed.facts).reverted
    assert stand.inspect().service.invocation == invocation
    assert stand.unstage("v1")
    assert alone.standing() == before


def test_a_move_that_is_killed_half_way_is_finished_by_a_revert(stand: Stand, alone: Alone) -> None:
    before = alone.standing()
    stand.stage("v1", "slow 30")
    sent = call(moving(stand, "v1"), load_program(), token=token(), sudo=True)
    argv = [*stand.host.enter("deploy"), "sh", "-c", sent.command]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(sent.stdin)
        process.stdin.close()
        stand.host.sh(f"for i in $(seq 300); do ! systemctl -q is-active {stand.socket} || break; sleep 0.1; done")
        stand.host.sh(f"pkill -KILL -f '[a]ctivate token='; pkill -KILL -f '[s]tart {stand.unit}'", check=False)
        assert b"end=" not in process.stdout.read()
    assert stand.revert().moved
    assert '"release": "old"' in stand.answers()
    assert stand.unstage("v1")
    assert alone.standing() == before


def test_what_ran_under_current_runs_there_again_and_is_no_release_to_go_back_to_later(stand: Stand) -> None:
    alone = Alone(stand.site, stand.host)
    alone.install(linked=True)
    # A socket unit that cannot listen as long as the service does, and another than the plan brings.
    text = stand.site.units()[stand.socket].replace("NoDelay=true", "NoDelay=false")
    stand.host.write(f"/etc/systemd/system/{stand.socket}", text)
    stand.host.sh(f"systemctl daemon-reload; systemctl enable --quiet {stand.socket}")
    stand.inspect()
    before = alone.standing()
    stand.stage("v1")
    stand.door.do(moving(stand, "v1"))
    assert stand.revert().release == "old"
    assert '"release": "old"' in stand.answers()
    assert stand.unstage("v1")
    assert alone.standing() == before
    stand.stage("v1-again")
    stand.door.do(moving(stand, "v1-again"))
    stand.confirm("v1-again")
    assert [known.release for known in stand.inspect().good] == ["v1-again"]
