"""What is wrong with a host is said before anything is uploaded, with the lines to change."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet import Host

Breaks = Callable[[Deployment, Host], dict[str, Any]]


def _not_enabled(app: Deployment, host: Host) -> dict[str, Any]:
    host.systemctl("disable", "--quiet", f"{app.site.service}.socket")
    return {}


def _not_active(app: Deployment, host: Host) -> dict[str, Any]:
    host.systemctl("stop", f"{app.site.service}.service", f"{app.site.service}.socket")
    return {}


def _not_held_by_systemd(app: Deployment, host: Host) -> dict[str, Any]:
    """PID 1 drops the socket and goes on calling it active; the service still listens."""
    unit = f"/etc/systemd/system/{app.site.service}.socket"
    host.sh(f"sed -i 's/^ListenStream=.*/ListenStream=127.0.0.1:{app.site.port}/' {unit} && systemctl daemon-reload")
    return {}


def _another_address_in_the_units(app: Deployment, _: Host) -> dict[str, Any]:
    units = app.site.unit_files()
    socket = next(path for path in units if path.suffix == ".socket")
    socket.write_text(socket.read_text().replace("ListenStream=0.0.0.0", "ListenStream=127.0.0.1"))
    return {"units": [str(path) for path in units]}


def _another_option_in_the_units(app: Deployment, _: Host) -> dict[str, Any]:
    units = app.site.unit_files()
    socket = next(path for path in units if path.suffix == ".socket")
    socket.write_text(socket.read_text().replace("NoDelay=true", "NoDelay=false"))
    return {"units": [str(path) for path in units]}


def _another_address_in_the_plan(app: Deployment, _: Host) -> dict[str, Any]:
    return {"socket": {"unit": f"{app.site.service}.socket", "listen": f"127.0.0.1:{app.site.port}"}}


def _current_is_a_folder(app: Deployment, host: Host) -> dict[str, Any]:
    root = app.site.root
    host.sh(f"rm {root}/current && cp -a {root}/releases/r1 {root}/current")
    return {}


def _nothing_runs_under_current(app: Deployment, host: Host) -> dict[str, Any]:
    unit = f"/etc/systemd/system/{app.site.service}.service"
    host.sh(f"sed -i 's#/current#/releases/r1#' {unit} && systemctl daemon-reload")
    return {}


def _id_taken(app: Deployment, host: Host) -> dict[str, Any]:
    host.sh(f"cp -a {app.site.root}/releases/r1 {app.site.root}/releases/r2")
    return {}


BROKEN: list[tuple[Breaks, Sequence[str]]] = [
    (_not_enabled, ("not enabled", "systemctl enable")),
    (_not_active, ("not active", "systemctl")),
    (_not_held_by_systemd, ("does not hold", "systemctl")),
    (_another_address_in_the_units, ("0.0.0.0:", "127.0.0.1:")),
    (_another_option_in_the_units, ("NoDelay", "yes", "no")),
    (_another_address_in_the_plan, ("0.0.0.0:", "127.0.0.1:")),
    (_current_is_a_folder, ("current is a real", "ln -s")),
    (_nothing_runs_under_current, ("current", "WorkingDirectory")),
    (_id_taken, ("r2", "choose another id")),
]


@pytest.mark.parametrize(("breaks", "said"), BROKEN, ids=[breaks.__name__.strip("_") for breaks, _ in BROKEN])
def test_a_host_that_is_not_fit_is_refused_with_the_lines_to_change(
    deploy: Deploy, breaks: Breaks, said: Sequence[str]
) -> None:
    app = deploy("python")
    app.install("r1")
    changes = breaks(app, app.hosts[0])
    before = app.snapshot()
    ended = app.apply("r2", **changes)
    assert ended.code == 5, ended.told
    assert ended.says("web-1", *said)
    assert app.snapshot() == before


def test_a_service_that_binds_the_port_by_itself_is_refused(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    service, host = app.site.service, app.hosts[0]
    unit = f"/etc/systemd/system/{service}.service"
    listen = f"/usr/bin/python3 -m http.server {app.site.port}"
    host.sh(
        f"systemctl stop {service}.service {service}.socket; "
        f"sed -i 's#^ExecStart=.*#ExecStart={listen}#; s#notify#exec#; /^Requires=/d' {unit}; systemctl daemon-reload; "
        f"systemctl start {service}.service"
    )
    before = app.snapshot()
    ended = app.apply("r2")
    assert ended.code == 5, ended.told
    assert ended.says("web-1", f"{service}.socket", "[self-bound]", "LISTEN_FDS=1")
    assert app.snapshot() == before


def test_every_finding_of_every_host_is_told_at_once(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    _not_enabled(app, app.hosts[0])
    _id_taken(app, app.hosts[0])
    _current_is_a_folder(app, app.hosts[1])
    ended = app.apply("r2")
    assert ended.code == 5, ended.told
    assert ended.says("not enabled", "choose another id", "current is a real")
