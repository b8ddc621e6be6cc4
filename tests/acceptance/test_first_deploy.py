"""A first deploy: hosts that have nothing of the service, not even its units."""

from dataclasses import replace
from pathlib import Path

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet import Host

TOGETHER = [{"name": "all", "hosts": "rest", "max_parallel": 4}]


def test_a_first_deploy_installs_the_units_and_brings_the_service_up(deploy: Deploy) -> None:
    app = deploy("python", count=3)
    ended = app.apply("r1", units=app.units(), waves=TOGETHER)
    assert ended.code == 0, ended.told
    assert app.answers() == ["r1"] * 3
    for host in app.hosts:
        assert app.unit_state(host, "socket") == ("active", "enabled")
        assert app.unit_state(host, "service") == ("active", "enabled")
        for name, text in app.site.units().items():
            assert host.read(f"/etc/systemd/system/{name}") == text
        assert _drop_ins(app, host) == ""


def test_an_instance_is_brought_up_and_taken_away_again_by_its_template_s_units(deploy: Deploy, tmp_path: Path) -> None:
    app = deploy("python")
    (host,), base = app.hosts, app.site.service
    texts = {f"{base}@{name.removeprefix(base)}": text for name, text in app.site.units().items()}
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace(f"{base}.socket", f"{base}@%i.socket"))
    app.site = replace(app.site, service=f"{base}@one")
    app.changes = {"root": f"/srv/{base}", "units": [str(tmp_path / name) for name in texts]}
    broken = app.apply("r1", "fail500")
    assert broken.code == 1, broken.told
    assert host.sh(f"find /etc/systemd /run/systemd -name '*{base}*'") == ""
    ended = app.apply("r2")
    assert ended.code == 0, ended.told
    assert app.unit_state(host, "socket") == app.unit_state(host, "service") == ("active", "enabled")
    assert host.show(f"{base}@one.socket", "FragmentPath")["FragmentPath"] == f"/etc/systemd/system/{base}@.socket"
    assert app.answers() == ["r2"]
    host.sh(f"systemctl stop {base}@one.socket {base}@one.service; rm -r /etc/systemd/system/{base}@.* /srv/{base}")


def test_a_broken_first_deploy_leaves_nothing_behind_and_says_so(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    ended = app.apply("r1", "fail500", units=app.units(), waves=TOGETHER)
    assert ended.code == 1, ended.told
    assert set(ended.of(ev.HostReverted)) == {"web-1", "web-2"}
    for host in app.hosts:
        _assert_nothing_left(app, host)
    assert ended.says("back to no release, as before", "500"), ended.told


def test_a_first_release_that_cannot_start_leaves_nothing_behind(deploy: Deploy) -> None:
    app = deploy("python")
    ended = app.apply("r1", "exit 3", units=app.units())
    assert ended.code == 1, ended.told
    _assert_nothing_left(app, app.hosts[0])
    assert ended.says("journal: ")


def test_a_first_deploy_without_units_is_refused(deploy: Deploy) -> None:
    app = deploy("python")
    ended = app.apply("r1")
    assert ended.code == 5
    assert ended.says("web-1", f"{app.site.service}.socket", "units:")
    assert not app.hosts[0].exists(app.site.root)


def _assert_nothing_left(app: Deployment, host: Host) -> None:
    service = app.site.service
    assert not host.exists(app.site.root)
    kept = host.sh(f"cd /var/lib/sockdeploy/{service} && find . -type f").split()
    assert set(kept) <= {"./history", "./lock", "./turn"}
    assert not host.exists(f"/var/lib/sockdeploy/{service}/pending")
    assert host.sh(f"find /etc/systemd /run/systemd -name '*{service}*'") == ""
    for suffix in ("socket", "service"):
        shown = host.show(f"{service}.{suffix}", "LoadState", "ActiveState")
        assert shown == {"LoadState": "not-found", "ActiveState": "inactive"}
    assert host.sh(f"ss -Hltn sport = :{app.site.port}") == ""
    assert host.sh("systemctl --failed --no-legend --plain") == ""


def _drop_ins(app: Deployment, host: Host) -> str:
    return host.sh(f"ls -d /run/systemd/system/{app.site.service}.* 2>/dev/null", check=False)
