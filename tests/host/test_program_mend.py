"""The acts of check on real hosts: drop-ins written behind an open port, and who listens with what."""

import socket

from deployer.host.accepted import taken_by
from deployer.host.acts import Inspect, Observe
from deployer.host.check_acts import Accepted, MendUnits
from deployer.host.observed import Locked
from deployer.host.unitfile import UnitFile
from deployer.verbs.mends import NAME
from tests.host.stand import Stand

TEXT = "[Service]\nTimeoutStopSec=17\n"


def mend(stand: Stand, *units: UnitFile) -> MendUnits:
    """Give the act."""
    files = units or (UnitFile(stand.unit, TEXT),)
    return MendUnits(stand.site.service, files, stand.socket, stand.listeners)


def test_a_drop_in_is_read_and_nothing_is_restarted(each_stand: Stand) -> None:
    stand = each_stand
    stand.deploy("v1")
    before = stand.inspect()
    after = stand.door.do(mend(stand))
    assert (after.inode, after.held, after.invocation) == (before.inode, True, before.service.invocation)
    found = stand.inspect()
    assert found.service.properties.one("TimeoutStopUSec") == "17s"
    path = f"/etc/systemd/system/{stand.unit}.d/{NAME}"
    assert found.service.text_of(path) == TEXT
    assert stand.host.sh(f"stat -c '%a %u' {path}") == "644 0\n"


def test_units_of_others_are_left_alone(live: Stand) -> None:
    refused = live.door.fail(mend(live, UnitFile("ssh.service", TEXT)))
    assert refused.code == "argument"
    assert not live.host.exists("/etc/systemd/system/ssh.service.d")


def test_nothing_is_written_while_a_rollout_is_at_work(live: Stand) -> None:
    act = Observe(live.site.service, live.site.root, "who=ann", live.socket, live.listeners)
    with live.door.observe(act) as watch:
        watch.wait_for(Locked)
        refused = live.door.fail(mend(live))
        assert (refused.code, refused.holder) == ("locked", (("who", "ann"),))
        watch.end()
    assert not live.host.exists(f"/etc/systemd/system/{live.unit}.d/{NAME}")


def test_a_listener_that_a_reload_loses_is_told(live: Stand) -> None:
    file = f"/etc/systemd/system/{live.socket}"
    live.host.sh(f"sed -i s/{live.site.port}/19994/ {file}")
    assert live.door.fail(mend(live)).code == "listener-lost"


def test_the_service_s_own_sockets_are_told_from_those_it_was_passed(live: Stand) -> None:
    found = live.inspect()
    assert found.used is not None
    assert int(found.inode) in found.used
    assert found.alone == ()
    run = "import socket, time; s = socket.create_server(('127.0.0.1', 19993)); time.sleep(60)"
    live.host.write(f"{live.site.root}/current/own.py", run)
    command = f"/usr/bin/python3 {live.site.root}/current/own.py"
    live.host.sh(
        f"sed -i 's#^ExecStart=.*#ExecStart={command}#; s#=notify#=exec#' /etc/systemd/system/{live.unit}; "
        f"systemctl daemon-reload; systemctl restart {live.unit}; "
        "until ss -Hltn 'sport = :19993' | grep -q .; do sleep 0.05; done"
    )
    found = live.inspect()
    assert int(found.inode) in (found.used or ())
    assert found.alone == ("tcp:0100007F:4E19",)


def test_a_thorough_look_sees_the_firewall_and_the_hardening(live: Stand) -> None:
    act = Inspect(live.site.service, live.site.root, live.socket, thorough=True)
    found = live.door.do(act)
    assert found.firewall == "no"
    assert found.service.properties.one("ProtectSystem") == "strict"
    assert live.inspect().firewall == ""


def test_a_connection_is_found_on_the_listener_that_took_it(live: Stand) -> None:
    found = live.inspect()
    with socket.create_connection((live.host.address, live.site.port)) as stream:
        lines = live.door.do(Accepted(live.site.service, f"{stream.getsockname()[1]:04x}"))
    assert taken_by(lines, found.listeners) == found.listeners[0]
    assert live.door.do(Accepted(live.site.service, "0001")) == ()
