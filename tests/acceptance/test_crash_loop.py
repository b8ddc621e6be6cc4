"""A release that crashes over and over, under traffic, with the sample units and systemd's own limits."""

import pytest

from tests.acceptance.conftest import Deploy
from tests.fleet.traffic import Traffic


@pytest.mark.parametrize(("kind", "mode"), [("python", "exit 0"), ("node", "exit 0"), ("python", "exit-after-ready 1")])
def test_a_release_that_exits_at_once_never_closes_the_port(deploy: Deploy, kind: str, mode: str) -> None:
    app = deploy(kind)
    app.install("r1")
    with Traffic(app.site.urls(app.hosts), rate=40) as traffic:
        ended = app.apply("r2", mode)
        traffic.wait_for(40)
    report = traffic.report()
    assert ended.code == 1, ended.told
    assert report.refused == 0, str(report)
    assert set(report.by_release) == {"r1"}
    assert app.answers() == ["r1"]
    host, service = app.hosts[0], app.site.service
    assert app.unit_state(host) == ("active", "enabled")
    assert not host.exists(f"/run/systemd/system/{service}.service.d")
    assert host.show(f"{service}.service", "Restart")["Restart"] == "on-failure"
