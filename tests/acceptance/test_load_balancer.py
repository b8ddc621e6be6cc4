"""The load balancer's check must reach the service's own socket, before a rollout and all along."""

from typing import Any

from deployer.events import ActFailed, HealthSeen, HostFailed, Warned
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment


def _check(app: Deployment, port: int) -> dict[str, Any]:
    return {"load_balancer": {"check": f"http://{{address}}:{port}/healthz"}}


def test_the_load_balancer_s_check_is_asked_from_here_all_along(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", **_check(app, app.site.port))
    assert ended.code == 0, ended.told
    looks = [event.look for event in ended.events if isinstance(event, HealthSeen)]
    assert {look.release for look in looks if look.source == "load balancer"} >= {"r2"}
    assert not any(isinstance(event, Warned) for event in ended.events)


def test_a_sidecar_that_answers_in_the_service_s_place_is_refused(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    host, port, unit = app.hosts[0], app.site.port + 4000, f"{app.site.service}-sidecar"
    host.sh(
        f"systemd-run -q --unit={unit} --socket-property=ListenStream={port} "
        f"/lib/systemd/systemd-socket-proxyd 127.0.0.1:{app.site.port}"
    )
    before = app.snapshot()
    ended = app.apply("r2", **_check(app, port))
    host.sh(f"systemctl stop {unit}.socket {unit}.service")
    assert ended.code == 5, ended.told
    assert ended.of(ActFailed)["web-1"].failure.code == "load-balancer-elsewhere"
    assert app.snapshot() == before


def test_a_check_that_only_connects_is_advised_against(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    app.plan("r1", load_balancer={"check": f"tcp://{{address}}:{app.site.port}"})
    checked = app.run("check")
    assert checked.code == 0, checked.told
    assert checked.says("load-balancer-tcp", "blind")


def test_a_host_that_the_load_balancer_loses_is_taken_back(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "inward", gates={"health": app.health(deadline="4s")}, **_check(app, app.site.port))
    assert ended.code == 1, ended.told
    failure = ended.of(HostFailed)["web-1"].failure
    assert failure.code == "not-healthy-in-time"
    assert any("from load balancer" in line for line in failure.evidence)
    assert app.answers() == ["r1"]
