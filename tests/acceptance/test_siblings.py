"""A service with two sockets: none of them may be lost, also the one that the plan does not name."""

from collections.abc import Callable, Iterator

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet import Host
from tests.fleet.traffic import Traffic

OFFSET = 5000
"""From the port of a site's own socket to that of the other."""

SOCKET = """\
[Socket]
ListenStream=0.0.0.0:{port}
ListenStream=/run/{service}.admin.sock
Service={service}.service
NoDelay=true
"""

WAITS = """\
[Service]
ExecStartPre=/bin/sh -c 'until grep -q r1 RELEASE || test -e /run/{service}.go; do sleep 0.1; done'
"""
"""A drop-in: any release but r1 starts when it is let go."""

Behind = Callable[[int], Deployment]


@pytest.fixture
def behind(deploy: Deploy) -> Iterator[Behind]:
    """Make a service behind two sockets with three addresses, live on so many hosts."""
    made = []

    def make(count: int) -> Deployment:
        app = deploy("gunicorn", count=count)
        made.append(app)
        for host in app.hosts:
            host.write(f"/etc/systemd/system/{other(app)}", SOCKET.format(port=port(app), service=app.site.service))
        app.install("r1")
        service = f"{app.site.service}.service"
        for host in app.hosts:
            host.sh(f"systemctl stop {service}; systemctl start {other(app)} && systemctl start {service}")
        return app

    yield make
    for app in made:
        for host in app.hosts:
            host.sh(f"systemctl stop {other(app)}; systemctl reset-failed {other(app)}", check=False)
            host.sh(f"rm -f /run/{app.site.service}.go /run/{app.site.service}.admin.sock")


def other(app: Deployment) -> str:
    return f"{app.site.service}.admin.socket"


def port(app: Deployment) -> int:
    return app.site.port + OFFSET


def listeners(app: Deployment, host: Host) -> list[str]:
    """Give the inodes of the other socket's listeners."""
    tcp = host.sh(f"ss -Hltne 'sport = :{port(app)}'").split()
    unix = host.sh(f"grep ' 00010000 .*/run/{app.site.service}.admin.sock$' /proc/net/unix", check=False).split()
    return [word for word in tcp if word.startswith("ino:")] + unix[6:7]


def test_a_restart_and_a_bridge_keep_both_and_refuse_nobody_at_either(behind: Behind) -> None:
    app = behind(1)
    (host,) = app.hosts
    before = listeners(app, host)
    assert len(before) == 2
    beside = {host.name: f"http://{host.address}:{port(app)}/"}
    with Traffic(app.site.urls(app.hosts), rate=20) as main, Traffic(beside, rate=20) as other_one:
        restarted = app.apply("r2")
        bridged = app.apply("r3", strategy="bridge")
    assert (restarted.code, bridged.code) == (0, 0), restarted.told + bridged.told
    assert listeners(app, host) == before
    reports = main.report(), other_one.report()
    assert [report.failed for report in reports] == [0, 0], f"{reports[0]}\n{reports[1]}"
    kept = restarted.of(ev.HostMeasured)["web-1"].receipt
    assert kept.after is not None
    assert len(kept.after.inode.split(",")) == 3


@pytest.mark.parametrize("verb", ["restart", "stop"])
def test_one_that_is_touched_behind_our_back_during_the_activation_stops_the_wave_and_is_open_afterwards(
    behind: Behind, verb: str
) -> None:
    app = behind(2)
    canary, rest = app.hosts
    canary.write(f"/etc/systemd/system/{app.site.service}.service.d/waits.conf", WAITS.format(service=app.site.service))
    canary.systemctl("daemon-reload")
    untouched = app.invocation(rest)
    running = app.begin("r2")
    switched = f"/var/lib/sockdeploy/{app.site.service}/switched"
    canary.sh(f"timeout 60 sh -c 'until [ -e {switched} ]; do sleep 0.1; done'", timeout=70)
    canary.systemctl(verb, other(app), check=False)
    canary.sh(f"touch /run/{app.site.service}.go")
    ended = running.end()
    assert ended.code == 1, ended.told
    assert ended.says(f"0.0.0.0:{port(app)}", f"/run/{app.site.service}.admin.sock")
    assert (app.answers(), app.invocation(rest)) == (["r1", "r1"], untouched)
    assert len(listeners(app, canary)) == 2
