"""A queue consumer, which has no socket: the same waves and way back, judged by its unit, and by its health if any."""

from typing import Any

from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended
from tests.fleet import Host

UNIT = """\
[Unit]
Description=a consumer

[Service]
Type=exec
WorkingDirectory={root}/current
ExecStart=/bin/sh consume
Restart=on-failure
RestartSec=2

[Install]
WantedBy=multi-user.target
"""
WELL = "while :; do sleep 1; done\n"
BROKEN = "exit 1\n"
ANSWERING = "exec python3 -m http.server {port}\n"


def test_a_broken_consumer_is_taken_back_from_the_canary(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    for host in app.hosts:
        _install(app, host)
    second = app.invocation(app.hosts[1])
    ended = _apply(app, "r2", BROKEN, gates=None)
    assert ended.code == 1, ended.told
    assert app.currents() == ["r1"] * 2
    assert app.unit_state(app.hosts[0], "service")[0] == "active"
    assert app.invocation(app.hosts[1]) == second


def test_a_consumer_that_answers_somewhere_is_judged_by_that_too(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    health = app.health(url=f"http://127.0.0.1:{app.site.port}/RELEASE", expect={"release": {"body": "{{release}}"}})
    unit = app.folder / f"{app.site.service}.service"
    unit.write_text(UNIT.format(root=app.site.root))
    ended = _apply(app, "r1", ANSWERING.format(port=app.site.port), gates={"health": health}, units=[str(unit)])
    assert ended.code == 0, ended.told
    assert app.currents() == ["r1"] * 2
    assert [app.unit_state(host, "service") for host in app.hosts] == [("active", "enabled")] * 2


def _install(app: Deployment, host: Host) -> None:
    """A good r1, as another tool left it."""
    root, service = app.site.root, f"{app.site.service}.service"
    host.write(f"{root}/releases/r1/consume", WELL)
    host.write(f"/etc/systemd/system/{service}", UNIT.format(root=root))
    host.sh(f"ln -sfn releases/r1 {root}/current && systemctl daemon-reload && systemctl enable --now {service}")


def _apply(app: Deployment, release: str, program: str, **changes: Any) -> Ended:
    folder = app.folder / "releases" / release
    folder.mkdir(parents=True)
    (folder / "consume").write_text(program)
    app.plan(release, socket="none", **changes)
    return app.run("apply")
