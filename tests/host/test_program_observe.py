"""observe on real hosts: the lock, the watch, the questions, and that nothing outlives it."""

import time
from dataclasses import replace

import pytest

from deployer.facts import UnitLook
from deployer.host import observed
from deployer.host.acts import Observe
from deployer.host.facts import Failure
from deployer.host.observed import CurlAnswer, Ended, Locked
from tests.host.door import Door, Watch
from tests.host.stand import Stand

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
        assert watch.wait_for(Locked) == Locked("v1", "")
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


def test_a_killed_observer_frees_the_lock_at_once_and_leaves_no_process(live: Stand) -> None:
    with live.door.observe(observe(live)) as watch:
        watch.wait_for(UnitLook)
        watch.send(observed.ask("q1", "http://10.255.255.1/", timeout=2))
        pid = live.host.read(f"/var/lib/sockdeploy/{live.site.service}/lock").split("pid=")[1].split()[0]
        live.host.sh(f"kill -KILL {pid}")
        with live.door.observe(observe(live)) as second:
            second.wait_for(Locked)
            second.end()
    assert live.host.sh("pgrep -f '[o]bserve token='", check=False).count("\n") <= 1  # the question, for 2 s at most


def test_a_silent_tool_is_gone_and_the_lock_is_freed(live: Stand) -> None:
    with live.door.observe(observe(live, silence=1)) as watch:
        watch.wait_for(Locked)
        watch.send(observed.BEAT)
        ended = watch.wait_for(Ended)
    assert ended.failure is not None
    assert ended.failure.code == "silence"
    assert left_over(live) == ""


def test_a_crash_is_told_and_so_is_the_next_start(live: Stand) -> None:
    with live.door.observe(observe(live)) as watch:
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
        watch.wait_for(UnitLook)
        good = asked(watch, live.site.local_url, headers=(("X-Odd", "a 'b' %41 \\"),))
        assert (good.exit, good.status, dict(good.headers)["x-release"]) == (0, 200, "v1")
        assert b'"release": "v1"' in good.body
        assert asked(watch, "http://127.0.0.1:9/").exit == 7
        late = asked(watch, f"http://{big}/zeros", timeout=2)
        while late.exit == 7:
            late = asked(watch, f"http://{big}/zeros", timeout=2)
        assert (late.exit, late.status, len(late.body)) == (0, 200, 65536)
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


def asked(watch: Watch, url: str, *, timeout: float = 3, headers: tuple[tuple[str, str], ...] = ()) -> CurlAnswer:
    """Ask, and wait for the answer."""
    watch.send(observed.ask("q", url, timeout=timeout, headers=headers))
    return watch.wait_for(CurlAnswer)


def until(watch: Watch, sub: str) -> UnitLook:
    """Read looks until one has that state."""
    while (look := watch.wait_for(UnitLook)).sub != sub:
        pass
    return look
