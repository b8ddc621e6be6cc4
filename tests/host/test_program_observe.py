"""observe on real hosts: the lock, the watch, the questions, and that nothing outlives it."""

import contextlib
import socket
import time
from dataclasses import replace
from itertools import count

import pytest

from deployer.facts import ListenerLook, UnitLook
from deployer.host import observed
from deployer.host.acts import Observe
from deployer.host.facts import Failure
from deployer.host.journal import JournalAnswer, JournalQuestion
from deployer.host.listeners import kernel_forms
from deployer.host.observed import CurlAnswer, Ended, Locked
from deployer.host.unitfile import UnitFile
from tests.host.door import Door, Watch
from tests.host.stand import Stand

NUMBERS = count()
"""No two questions of a watch have the same number: the files of one go when its answer has been printed."""

HOLDER = "who=ann@desk\nsince=12:00\nrollout=r 100%"


def observe(stand: Stand, **more: object) -> Observe:
    """Give the act."""
    act = Observe(stand.site.service, stand.site.root, HOLDER, stand.socket, stand.listeners)
    return replace(act, **more)  # type: ignore[arg-type]  # plain words of a test


def left_over(stand: Stand) -> str:
    """Give the processes of observe executions, once those that end within a tick have ended."""
    time.sleep(0.6)
    return stand.host.sh(f"pgrep -f '[o]bserve token='; ls -d /run/sockdeploy/{stand.site.service}*", check=False)


@pytest.mark.parametrize("user", ["root", "deploy"])
def test_a_second_observer_is_told_who_holds_the_lock_and_the_end_frees_it(live: Stand, user: str) -> None:
    stand = replace(live, user=user)
    with stand.door.observe(observe(stand)) as watch:
        locked = watch.wait_for(Locked)
        assert (locked.current, locked.pending) == ("v1", "")
        assert locked.opens > 0
        watch.send(observed.LOOK)
        assert watch.wait_for(UnitLook).running
        refused = stand.door.fail(observe(stand))
        assert refused.code == "locked"
        assert refused.holder == (("who", "ann@desk"), ("since", "12:00"), ("rollout", "r 100%"))
        seen = stand.inspect()
        assert (seen.locked, seen.held_by) == (True, refused.holder)
        assert watch.end() < 1
        assert watch.seen[-1] == Ended()
    assert left_over(stand) == ""
    assert not stand.inspect().locked


def test_the_listener_is_counted_when_that_is_asked_for(live: Stand) -> None:
    with live.door.observe(observe(live)) as watch:
        watch.send(observed.RECEIPT)
        first = watch.wait_for(ListenerLook)
        assert first.inode == live.inspect().inode
        assert (first.cookie != "", first.drops, first.queue) == (True, 0, 0)
        assert first.limit is not None
        assert first.limit > 0
        # Nobody takes what waits while the service is frozen.
        live.host.sh(f"systemctl kill --signal=STOP {live.unit}")
        with contextlib.ExitStack() as clients:
            for _ in range(3):
                address = (live.host.address, live.site.port)
                clients.enter_context(socket.create_connection(address, timeout=5))
            watch.send(observed.RECEIPT)
            second = watch.wait_for(ListenerLook)
        live.host.sh(f"systemctl kill --signal=CONT {live.unit}")
        assert (second.inode, second.cookie, second.drops) == (first.inode, first.cookie, 0)
        assert second.peak >= second.queue >= 2
        assert second.opens > first.opens
        assert second.clock > first.clock
        watch.end()


def test_a_watch_tells_what_the_activation_saw_and_then_what_changes(live: Stand) -> None:
    live.stage("v2")
    with live.door.observe(observe(live)) as watch:
        watch.send(observed.RECEIPT)
        watch.wait_for(ListenerLook)
        got = live.activate("v2")
        assert watch.wait_for(UnitLook) == got.after
        live.host.sh(f"kill -KILL {got.after.pid}")
        assert watch.wait_for(UnitLook).pid != got.after.pid
        watch.end()
    live.revert()


def test_the_queue_is_counted_until_the_service_accepts_though_systemd_calls_it_up_at_once(live: Stand) -> None:
    at_once = tuple(UnitFile(unit.name, unit.text.replace("Type=notify", "Type=exec")) for unit in live.units)
    live.stage("v2", "slow 4")
    with live.door.observe(observe(live)) as watch, contextlib.ExitStack() as clients:
        watch.send(observed.RECEIPT)
        watch.wait_for(ListenerLook)
        assert live.activate("v2", units=at_once).after.running
        for _ in range(7):
            address = (live.host.address, live.site.port)
            clients.enter_context(socket.create_connection(address, timeout=5))
        assert '"release": "v2"' in live.host.sh(f"curl -s -m 30 {live.site.local_url}")
        watch.send(observed.RECEIPT)
        assert watch.wait_for(ListenerLook).peak >= 7
        watch.end()
    live.revert()


def test_the_queue_of_a_unix_socket_is_counted_too(live: Stand) -> None:
    path = f"/run/{live.site.service}.count"
    run = f"systemd-socket-activate -l {path} /bin/sleep 60"
    live.host.sh(f"systemd-run --quiet --collect --unit={live.site.service}-count {run}; sleep 0.3; test -S {path}")
    with live.door.observe(observe(live, listeners=kernel_forms([path]))) as watch:
        watch.send(observed.RECEIPT)
        seen = watch.wait_for(ListenerLook)
        watch.end()
    live.host.sh(f"systemctl stop {live.site.service}-count; rm -f {path}")
    assert seen.inode not in {"", "0"}
    assert (seen.cookie, seen.drops) == ("", 0)
    assert seen.limit is not None
    assert seen.limit > 0


def test_a_killed_observer_frees_the_lock_at_once_and_leaves_no_process(live: Stand) -> None:
    with live.door.observe(observe(live)) as watch:
        watch.wait_for(Locked)
        watch.send(observed.ask("q1", "http://10.255.255.1/", timeout=2))
        pid = live.host.read(f"/var/lib/sockdeploy/{live.site.service}/lock").split("pid=")[1].split()[0]
        live.host.sh(f"kill -KILL {pid}")
        with live.door.observe(observe(live)) as second:
            second.wait_for(Locked)
            second.end()
    # The watch looks once more, and the question is under way for 2 s.
    live.host.sh("timeout 60 sh -c 'while pgrep -f \"[o]bserve token=\"; do sleep 0.2; done'")


def kept(stand: Stand) -> str:
    """Give all that sockdeploy keeps of the service on the host, to the moment, and the names in its runtime folder."""
    folder = f"/var/lib/sockdeploy/{stand.site.service}"
    return stand.host.sh(f"find {folder} -printf '%p %l %T@ %C@\\n' | sort; cat {folder}/lock; ls /run/sockdeploy")


def test_who_only_looks_on_neither_disturbs_who_holds_the_lock_nor_is_disturbed(live: Stand) -> None:
    stand = replace(live, user="deploy")
    with stand.door.observe(observe(stand)) as holder:
        holder.wait_for(Locked)
        before = kept(stand)
        with stand.door.observe(observe(stand, lock=False)) as watch:
            assert watch.wait_for(Locked).current == "v1"
            first = watch.wait_for(UnitLook)
            assert first.running
            assert asked(watch, stand.site.local_url).status == 200
            watch.send(JournalQuestion(first.invocation, ("no such line",)).line(f"j{next(NUMBERS)}"))
            assert watch.wait_for(JournalAnswer).error == ""
            assert dict(stand.inspect().held_by)["who"] == "ann@desk"
            stand.host.sh(f"kill -KILL {first.pid}")
            assert until(watch, "running").invocation != first.invocation
            watch.end()
            assert watch.seen[-1] == Ended()
        assert kept(stand) == before
        holder.send(observed.LOOK)
        assert holder.wait_for(UnitLook).running
        holder.end()
    assert left_over(stand) == ""


def test_the_lock_is_there_for_the_taking_while_somebody_only_looks_on(live: Stand) -> None:
    with live.door.observe(observe(live, lock=False)) as watch:
        watch.wait_for(Locked)
        assert not live.inspect().locked
        with live.door.observe(observe(live)) as holder:
            holder.wait_for(Locked)
            holder.end()
        watch.end()
    assert left_over(live) == ""


@pytest.mark.parametrize("lock", [True, False])
def test_a_silent_tool_is_gone_and_the_lock_is_freed(live: Stand, lock: bool) -> None:
    with live.door.observe(observe(live, silence=1, lock=lock)) as watch:
        watch.wait_for(Locked)
        watch.send(observed.BEAT)
        ended = watch.wait_for(Ended)
    assert ended.failure is not None
    assert ended.failure.code == "silence"
    assert left_over(live) == ""


def test_a_crash_is_told_and_so_is_the_next_start(live: Stand) -> None:
    with live.door.observe(observe(live)) as watch:
        watch.send(observed.LOOK)
        first = watch.wait_for(UnitLook)
        live.host.sh(f"kill -KILL {first.pid}")
        crashed = watch.wait_for(UnitLook)
        assert (crashed.sub, crashed.pid, crashed.result) == ("auto-restart", 0, "signal")
        again = until(watch, "running")
        assert again.restarts == 1
        assert again.invocation != first.invocation
        assert again.inode == first.inode
        watch.end()


def test_a_listener_that_systemd_let_go_of_is_told_though_its_unit_says_active(live: Stand) -> None:
    unit = f"/etc/systemd/system/{live.socket}"
    with live.door.observe(observe(live, full=500)) as watch:
        watch.send(observed.LOOK)
        assert watch.wait_for(UnitLook).held
        live.host.sh(f"sed -i s/{live.site.port}/19998/ {unit}; systemctl daemon-reload")
        lost = watch.wait_for(UnitLook)
        assert (lost.held, lost.socket_active) == (False, "active")
        watch.end()
    assert "not-held" in live.codes()


def test_questions_are_answered_while_the_watch_goes_on(live: Stand) -> None:
    big = f"127.0.0.1:{live.site.port + 500}"
    serve = "cd /tmp && head -c 300000 /dev/zero > zeros && exec python3 -m http.server -b 127.0.0.1"
    serve += f" {live.site.port + 500}"
    live.host.sh(f"systemd-run --quiet --unit {live.site.service}-zeros sh -c '{serve}'")
    with live.door.observe(observe(live)) as watch:
        watch.wait_for(Locked)
        good = asked(watch, live.site.local_url, headers=(("X-Odd", "a 'b' %41 \\"),))
        assert (good.exit, good.status, dict(good.headers)["x-release"]) == (0, 200, "v1")
        assert b'"release": "v1"' in good.body
        assert asked(watch, "http://127.0.0.1:9/").exit == 7
        late = asked(watch, f"http://{big}/zeros", timeout=2)
        while late.exit == 7:
            late = asked(watch, f"http://{big}/zeros", timeout=2)
        assert (late.exit, late.status, len(late.body)) == (0, 200, 65536)
        assert len(asked(watch, f"http://{big}/zeros", timeout=30, limit=200_000).body) == 200_000
        assert asked(watch, "unix:/run/nothing.sock:/healthz").exit == 7
        watch.send(observed.LOOK)
        assert watch.wait_for(UnitLook).running
        watch.end()
    live.host.sh(f"systemctl stop {live.site.service}-zeros; rm /tmp/zeros")


def test_observe_refuses_what_is_no_sound_argument(live: Stand) -> None:
    door = Door(live.host)
    for act in (observe(live, service="../x"), observe(live, listeners=("udp:1",)), observe(live, root="/srv/../etc")):
        failed = door.fail(act)
        assert failed.code == "argument"
        assert isinstance(failed, Failure)


def asked(
    watch: Watch, url: str, *, timeout: float = 3, headers: tuple[tuple[str, str], ...] = (), limit: int | None = None
) -> CurlAnswer:
    """Ask, and wait for the answer."""
    watch.send(observed.ask(f"a{next(NUMBERS)}", url, timeout=timeout, headers=headers, limit=limit))
    return watch.wait_for(CurlAnswer)


def until(watch: Watch, sub: str) -> UnitLook:
    """Read looks until one has that state."""
    while (look := watch.wait_for(UnitLook)).sub != sub:
        pass
    return look
