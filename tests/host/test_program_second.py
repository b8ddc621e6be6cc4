"""second, peek and dismiss on real systemd hosts."""

import socket

import pytest

from deployer.host.acts import Observe
from deployer.host.copy import Kind
from deployer.host.facts import Failure
from deployer.host.observed import Locked
from deployer.host.receipts import Second
from deployer.host.second import Accepts
from tests.fleet.system import wait_until
from tests.host.beside import Beside
from tests.host.stand import Stand


@pytest.mark.systemd
def test_a_bridge_serves_beside_the_live_release_on_the_same_socket_and_leaves_no_trace(each_stand: Stand) -> None:
    stand = each_stand
    stand.deploy("v1")
    stand.stage("v2")
    bridge = Beside(stand)
    before = bridge.state()
    begun = bridge.begin()
    assert begun.look.running
    assert begun.look.cwd == f"{stand.site.root}/releases/v2"
    assert 0 < begun.began <= begun.started
    assert f"socket:[{before['inode']}]" in bridge.held()
    assert bridge.answering() == {"v1", "v2"}
    assert bridge.peek().look.running
    assert bridge.state() == before
    ended = bridge.dismiss()
    assert (ended.look.active, ended.look.result) == ("inactive", "success")
    assert any("Started" in line for line in ended.journal)
    assert ended.live is not None
    assert bridge.state() == before
    assert bridge.answering() == {"v1"}
    assert bridge.left() == ""
    assert bridge.dismiss().live is None


def test_a_rehearsal_answers_at_a_private_address_and_the_live_port_never_sees_it(busybox_stand: Stand) -> None:
    live = busybox_stand
    live.deploy("v1")
    live.stage("v2")
    rehearsal = Beside(live, Kind.REHEARSAL)
    before = rehearsal.state()
    begun = rehearsal.begin()
    ((address, private),) = begun.addresses
    assert address == live.site.listen
    assert private.startswith("127.0.0.1:")
    assert rehearsal.answering(f"http://{private}/") == {"v2"}
    assert rehearsal.answering() == {"v1"}
    assert f"socket:[{before['inode']}]" not in rehearsal.held()
    rehearsal.dismiss("all")
    assert rehearsal.state() == before
    assert rehearsal.left() == ""


def test_a_release_that_does_not_start_is_told_with_its_journal_and_nothing_of_it_stays(live: Stand) -> None:
    live.stage("v2", "exit 3")
    for kind in Kind:
        copy = Beside(live, kind)
        before = copy.state()
        failed = copy.attempt()
        assert isinstance(failed, Failure)
        assert failed.code == "start-failed"
        seen = Second.read(failed.facts)
        assert (seen.look.active, seen.look.result, seen.look.pid) == ("failed", "exit-code", 0)
        assert any("status=3" in line for line in seen.journal)
        assert copy.state() == before
        assert copy.left() == ""
        assert copy.answering() == {"v1"}


def test_one_whose_condition_is_not_met_did_not_start_and_one_that_is_there_is_replaced(live: Stand) -> None:
    live.stage("v2")
    copy = Beside(live)
    first = copy.begin()
    assert copy.begin().look.invocation != first.look.invocation
    live.host.sh(f"mkdir -p /etc/systemd/system/{live.unit}.d")
    live.host.write(f"/etc/systemd/system/{live.unit}.d/when.conf", "[Unit]\nConditionPathExists=/nowhere\n")
    failed = copy.attempt()
    assert isinstance(failed, Failure)
    assert failed.code == "start-failed"
    assert copy.left() == ""


def test_one_that_hangs_while_it_starts_is_given_up_in_time(live: Stand) -> None:
    live.stage("v2", "slow 60")
    copy = Beside(live)
    before = copy.state()
    failed = copy.attempt(timeout=1)
    assert isinstance(failed, Failure)
    assert failed.code == "timeout"
    assert copy.state() == before
    assert copy.left() == ""


def test_one_that_dies_after_it_started_is_seen_and_not_started_again_by_a_question(live: Stand) -> None:
    live.stage("v2")
    for kind in Kind:
        copy = Beside(live, kind)
        before = copy.state()
        begun = copy.begin()
        live.host.sh(f"kill -KILL {begun.look.pid}")
        while copy.peek().look.running:
            pass
        for _, private in begun.addresses:
            live.host.sh(f"curl -s -m 2 http://{private}/", check=False)
        dead = copy.peek()
        assert (dead.look.active, dead.look.pid) == ("failed", 0)
        assert sum("status=9/KILL" in line for line in dead.journal) == 1
        assert any("status=9/KILL" in line for line in copy.dismiss().journal)
        assert copy.state() == before
        assert copy.left() == ""


def test_what_a_dead_run_left_is_gone_before_the_next_has_the_lock(live: Stand) -> None:
    live.stage("v2")
    for kind in Kind:
        Beside(live, kind).begin()
    assert live.codes(release="v2") == set()
    copy = Beside(live)
    before = copy.state()
    observe = Observe(live.site.service, live.site.root, "who=ann", live.socket, live.listeners)
    with live.door.observe(observe) as watch:
        watch.wait_for(Locked)
        assert copy.left() == ""
        watch.end()
    assert copy.state() == before
    assert copy.answering() == {"v1"}


def test_confirm_and_revert_leave_no_bridge(live: Stand) -> None:
    live.stage("v2")
    copy = Beside(live)
    copy.begin()
    live.activate("v2")
    assert copy.peek().look.running
    assert live.revert().release == "v1"
    assert copy.left() == ""
    copy.begin()
    assert live.revert().nothing
    assert copy.left() == ""
    copy.begin()
    live.activate("v2")
    live.confirm("v2")
    assert copy.left() == ""
    assert copy.answering() == {"v2"}


@pytest.mark.systemd
def test_a_connection_that_a_bridge_took_is_told_from_one_that_the_service_took(each_stand: Stand) -> None:
    stand = each_stand
    stand.deploy("v1")
    stand.stage("v2")
    copy = Beside(stand)
    copy.begin()
    at = (stand.host.address, stand.site.port)
    for stopped, expected in ((stand.unit, False), (copy.unit, True)):
        # The kernel gives a connection to whoever accepts: here that is one of the two alone.
        stand.host.sh(f"systemctl kill -s STOP {stopped}")
        with socket.create_connection(at, 30) as idle:
            assert eventually_accepts(stand, idle) is expected
        stand.host.sh(f"systemctl kill -s CONT {stopped}")
    assert copy.dismiss().look.result == "success"


def eventually_accepts(stand: Stand, idle: socket.socket) -> bool:
    """Give whether the service accepts, once somebody has taken a connection on which nothing was said yet."""
    taken = f"ss -Htnp state established dport = :{idle.getsockname()[1]}"
    wait_until(lambda: "users:" in stand.host.sh(taken), "nobody accepted", 30)
    return stand.door.do(Accepts(stand.site.service, stand.socket, stand.listeners)).accepts


def test_a_bridge_that_does_not_stop_is_killed_when_its_time_is_over(live: Stand) -> None:
    live.stage("v2")
    copy = Beside(live)
    before = copy.state()
    begun = copy.begin()
    live.host.sh(f"kill -STOP {begun.look.pid}")
    ended = copy.dismiss(timeout=1)
    assert ended.look.pid == 0
    assert copy.state() == before
    assert copy.left() == ""


def test_one_that_nobody_comes_back_for_drains_and_ends_by_itself_and_the_host_says_what_is_left(live: Stand) -> None:
    live.stage("v2")
    copy = Beside(live, cover=2)
    before = copy.state()
    copy.begin()
    told = live.inspect("v2")
    assert [(aside.kind, aside.release, aside.active) for aside in told.asides] == [("bridge", "v2", "active")]
    assert told.unused == ("v2",)
    wait_until(lambda: not copy.peek().look.running, "it still ran", 60)
    assert any("SIGTERM" in line or "Stopping" in line for line in copy.peek().journal), copy.peek().journal
    assert copy.peek().look.pid == 0
    (left,) = live.inspect().asides
    assert left.told == "a bridge of v2 does not run any more"
    assert copy.dismiss().look.pid == 0
    assert live.inspect().asides == ()
    assert copy.state() == before
    assert copy.left() == ""


def test_too_little_memory_for_two_is_refused_before_anything_is_written(live: Stand) -> None:
    live.stage("v2")
    copy = Beside(live)
    live.host.sh("grep -v MemAvailable /proc/meminfo >/run/meminfo; echo 'MemAvailable: 8 kB' >>/run/meminfo")
    live.host.sh("mount --bind /run/meminfo /proc/meminfo")
    try:
        failed = copy.attempt()
    finally:
        live.host.sh("umount /proc/meminfo; rm /run/meminfo")
    assert isinstance(failed, Failure)
    assert failed.code == "memory"
    assert copy.left() == ""


def test_a_release_that_is_not_on_the_host_cannot_run_beside(live: Stand) -> None:
    failed = Beside(live, release="v9").attempt()
    assert isinstance(failed, Failure)
    assert failed.code == "not-staged"
