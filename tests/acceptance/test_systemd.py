"""The same on the oldest and the newest systemd that is promised."""

import pytest

from tests.acceptance.conftest import Deploy
from tests.fleet import Host
from tests.fleet.traffic import Traffic


@pytest.mark.systemd
def test_an_upgrade_and_a_crash_loop_under_traffic_refuse_nobody(deploy: Deploy, each_host: Host) -> None:
    app = deploy("python", chosen=[each_host])
    first = app.apply("r1", units=app.units())
    assert first.code == 0, first.told
    with Traffic(app.site.urls(app.hosts), rate=40) as traffic:
        upgraded = app.apply("r2", units=app.units())
        crashed = app.apply("r3", "exit 0", units=app.units())
    report = traffic.report()
    assert upgraded.code == 0, upgraded.told
    assert crashed.code == 1, crashed.told
    assert report.refused == 0, str(report)
    assert set(report.by_release) == {"r1", "r2"}
    assert app.answers() == ["r2"]
