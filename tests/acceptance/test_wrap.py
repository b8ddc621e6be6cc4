"""A service that cannot take a socket, behind HAProxy that can: a deploy costs nobody a request."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer import events as ev
from tests.acceptance.initial import OWN_PORT, PACKAGES, Wrapped, begun
from tests.fleet import Fleet, Host
from tests.fleet.alone import Alone
from tests.fleet.site import new_site
from tests.fleet.traffic import Traffic

pytestmark = pytest.mark.fleet

RATE = 40
SOON = 20.0
"""Seconds that are less than HAProxy may take to finish what it holds."""

SLOW = "slow 1"
"""A release that listens a second after it was started."""


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wrapped]:
    """A host of each suite that had nothing but HAProxy, and now runs r1 by init's own files."""
    with Fleet.boot(f"wrap-{os.getpid()}", ["bookworm", "trixie"], packages=PACKAGES) as fleet:
        found = Wrapped.begin(new_site(tmp_path_factory.mktemp("wrap"), "python"), fleet)
        ended = found.app.apply("r1")
        assert ended.code == 0, ended.told
        yield found


def test_a_first_deploy_of_what_init_wrote_brings_service_and_proxy_up(wrapped: Wrapped) -> None:
    app = wrapped.app
    assert app.answers() == ["r1", "r1"]
    for host in app.hosts:
        assert app.unit_state(host, "socket") == app.unit_state(host, "service") == ("active", "enabled")
        assert host.show(wrapped.proxy, "ActiveState") == {"ActiveState": "active"}
        assert "haproxy" in _holders(wrapped, host)


def test_systemd_has_nothing_to_say_about_the_units(wrapped: Wrapped) -> None:
    service = wrapped.app.site.service
    names = " ".join(
        f"/etc/systemd/system/{name}" for name in (f"{service}.socket", f"{service}.service", wrapped.proxy)
    )
    for host in wrapped.app.hosts:
        assert host.sh(f"systemd-analyze verify --man=no {names} 2>&1") == ""


def test_three_deploys_under_traffic_cost_no_request(wrapped: Wrapped) -> None:
    app = wrapped.app
    before = [_inode(wrapped, host) for host in app.hosts]
    with Traffic(app.site.urls(app.hosts), rate=RATE) as fresh:
        for release, mode in (("r2", SLOW), ("r3", "ok"), ("r4", SLOW)):
            ended = app.apply(release, mode)
            assert ended.code == 0, ended.told
    report = fresh.report()
    assert (report.refused, report.failed) == (0, 0), str(report)
    assert report.by_release.keys() >= {"r2", "r3", "r4"}
    assert [_inode(wrapped, host) for host in app.hosts] == before


def test_restarts_by_hand_close_no_kept_connection(wrapped: Wrapped) -> None:
    app = wrapped.app
    with Traffic(app.site.urls(app.hosts), rate=RATE, keep_alive=True) as kept:
        for _ in range(3):
            for host in app.hosts:
                host.systemctl("restart", f"{app.site.service}.service")
            kept.wait_for(2 * RATE)
    assert kept.report().failed == 0, str(kept.report())


def test_what_the_service_had_not_read_is_asked_again_unless_that_could_do_it_twice(wrapped: Wrapped) -> None:
    host, service = wrapped.app.hosts[0], f"{wrapped.app.site.service}.service"
    url = f"http://127.0.0.1:{wrapped.app.site.port}/"
    ask = f"curl -s -o /dev/null -w '%{{method}} %{{http_code}}\\n' {url} -X"
    frozen = f"systemctl kill --signal=STOP --kill-whom=main {service}"
    waiting = f'until [ "$(ss -Htn state established dport = :{OWN_PORT} | wc -l)" = 2 ]; do sleep 0.05; done'
    told = host.sh(f"{frozen}; {ask} GET & {ask} POST & {waiting}; systemctl restart {service}; wait")
    assert sorted(told.split("\n")) == ["", "GET 200", "POST 502"]


def test_check_finds_nothing_but_that_everybody_may_ask(wrapped: Wrapped) -> None:
    ended = wrapped.app.run("check", "--json")
    found = [{finding["code"] for finding in host["findings"]} for host in json.loads(ended.out)["hosts"]]
    assert (ended.code, found) == (0, [{"open-to-all"}] * 2), ended.out


def test_a_restart_of_the_proxy_refuses_nobody(wrapped: Wrapped) -> None:
    app = wrapped.app
    with Traffic(app.site.urls(app.hosts), rate=RATE) as fresh:
        for host in app.hosts:
            host.systemctl("restart", wrapped.proxy)
        fresh.wait_for(2 * RATE)
    assert fresh.report().failed == 0, str(fresh.report())


def test_a_release_that_never_listens_is_taken_back_and_those_who_waited_are_answered(wrapped: Wrapped) -> None:
    app = wrapped.app
    before = app.currents()
    with Traffic(app.site.urls(app.hosts), rate=RATE) as fresh:
        ended = app.apply("bad", "exit 3")
    assert ended.code == 1, ended.told
    assert set(ended.of(ev.HostReverted)) == {host.name for host in app.hosts}
    assert app.currents() == app.answers() == before
    assert fresh.report().failed == 0, str(fresh.report())


def test_a_service_that_has_the_port_itself_moves_behind_the_proxy_and_back_when_the_release_never_listens(
    wrapped: Wrapped, tmp_path: Path
) -> None:
    site, host = new_site(tmp_path / "alone", "python"), wrapped.app.hosts[0]
    words = ["--kind", "binary", "--run", "/usr/bin/python3 -B service.py", "--listen", site.listen]
    app = begun(site, wrapped.app.fleet, [host], *words, "--wrap", f"127.0.0.1:{OWN_PORT + 1}")
    old = Alone(site, host)
    old.install()
    before = old.standing()
    soon = {"health": {**app.changes["gates"]["health"], "deadline": "4s"}}
    broken = app.apply("r1", "exit 3", "--migrate", "--yes", gates=soon)
    assert broken.code == 1, broken.told
    assert (old.standing(), app.answers()) == (before, ["old"])
    # Requests that wait in HAProxy for the release do not keep the port closed.
    assert broken.of(ev.HostRestored)[host.name].receipt.closed < SOON
    moved = app.apply("r2", "ok", "--migrate", "--yes")
    assert moved.code == 0, moved.told
    assert moved.of(ev.HostActivated)[host.name].receipt.moved
    assert app.answers() == ["r2"]


def _inode(wrapped: Wrapped, host: Host) -> str:
    return host.sh(f"ss -Hltne sport = :{wrapped.app.site.port} | grep -o 'ino:[0-9]*'").strip()


def _holders(wrapped: Wrapped, host: Host) -> str:
    return host.sh(f"ss -Hltnp sport = :{wrapped.app.site.port}")
