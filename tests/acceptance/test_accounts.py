"""Whoever logs in: root needs no sudo, and plain sudo is enough for everybody else (all other tests)."""

from tests.acceptance.conftest import Deploy


def test_root_needs_no_sudo(deploy: Deploy) -> None:
    app = deploy("python")
    app.user = "root"
    host = app.hosts[0]
    host.sh("mv /usr/bin/sudo /usr/bin/sudo.away")
    try:
        first = app.apply("r1", units=app.units(), owner="app:app", shared=["var/", ".env"])
        broken = app.apply("r2", "fail500", units=app.units(), owner="app:app", shared=["var/", ".env"])
    finally:
        host.sh("mv /usr/bin/sudo.away /usr/bin/sudo")
    assert first.code == 0, first.told
    assert broken.code == 1, broken.told
    assert app.answers() == ["r1"]
    root = app.site.root
    assert host.sh(f"stat -c %U {root}/releases/r1/service.py {root}/shared/var").split() == ["app", "app"]
    assert host.sh(f"readlink -f {root}/current/var").strip() == f"{root}/shared/var"


def test_old_releases_go_and_the_newest_good_ones_stay(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    for release in ("r2", "r3", "r4", "r5"):
        ended = app.apply(release, keep=1)
        assert ended.code == 0, ended.told
    assert app.releases(app.hosts[0]) == ["r1", "r3", "r4", "r5"]
