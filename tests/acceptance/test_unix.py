"""A service on a unix socket: that nobody listens there any more is seen, and mended, as with a port."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet.site import Site

NO_GUARD: dict[str, Any] = {"guard": False}
STRICT = "[Unit]\nStartLimitIntervalSec=60\nStartLimitBurst=1\n"


@dataclass(frozen=True, slots=True)
class UnixSite(Site):
    """A site whose socket is a file."""

    @property
    def listen(self) -> str:
        return f"/run/{self.service}.sock"

    @property
    def local_url(self) -> str:
        return f"unix:{self.listen}:/healthz"


@pytest.fixture
def app(deploy: Deploy) -> Iterator[Deployment]:
    """A service on a unix socket, live on one host."""
    made = deploy("python")
    site = made.site
    app = replace(made, site=UnixSite(site.kind, site.service, site.port, site.folder))
    app.install("r1")
    yield app
    app.hosts[0].sh(f"systemctl stop {site.service}.socket; rm -f {app.site.listen}", check=False)


@contextmanager
def knocking(app: Deployment) -> Iterator[None]:
    """Ask the service over and over: a connection has systemd start a service that is down."""
    (host,), unit = app.hosts, f"{app.site.service}-knock"
    ask = f"while :; do curl -s -m 1 --unix-socket {app.site.listen} http://localhost/; sleep 0.05; done"
    host.sh(f"systemd-run --quiet --collect --unit={unit} /bin/sh -c '{ask}'")
    try:
        yield
    finally:
        host.systemctl("stop", unit)


def answers(app: Deployment) -> str:
    """Give what the service answers on its socket."""
    return app.hosts[0].sh(f"curl -s -m 30 --unix-socket {app.site.listen} http://localhost/", check=False)


def test_a_socket_that_a_crash_loop_closed_is_seen_and_open_again_with_the_old_release(app: Deployment) -> None:
    (host,) = app.hosts
    host.write(f"/etc/systemd/system/{app.site.service}.service.d/strict.conf", STRICT)
    host.systemctl("daemon-reload")
    with knocking(app):
        ended = app.apply("r2", "exit-after-ready 0", **NO_GUARD)
    assert ended.code == 1, ended.told
    assert '"r1"' in answers(app)
    assert app.unit_state(host, "socket") == app.unit_state(host) == ("active", "enabled")
    closed = ended.of(ev.HostRestored)[host.name].receipt.closed
    assert closed > 0
    assert ended.says(f"the port was closed for {closed:.1f} s")


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_a_socket_that_somebody_stops_or_restarts_meanwhile_fails_the_host_and_is_open_afterwards(
    app: Deployment, verb: str
) -> None:
    (host,) = app.hosts
    patient = {"health": app.health(stable_for="4s", deadline="60s")}
    running = app.begin("r2", gates=patient, **NO_GUARD)
    running.wait_for(ev.HostActivated, [host.name])
    host.systemctl(verb, f"{app.site.service}.socket", check=False)
    ended = running.end()
    assert ended.code == 1, ended.told
    assert ended.summary["failed"]["code"] in {"listener-lost", "listener-changed", "unit-restarted", "unit-stopped"}
    assert '"r1"' in answers(app)
    assert app.unit_state(host, "socket") == app.unit_state(host) == ("active", "enabled")
