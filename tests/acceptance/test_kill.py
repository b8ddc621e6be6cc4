"""SIGKILL: the program that rolls out may die at any instant; running it again finishes the job, either way."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet.relay import Relay

TIMES = 5
SIZE = 3_000_000
"""Bytes of the release that is being sent when the program dies."""

RATE = 4_000_000
"""Bytes per second that the way to the host carries: slow enough to die in the middle."""

SEED = 4


@pytest.fixture
def slow(deploy: Deploy, tmp_path: Path) -> Iterator[tuple[Deployment, Relay]]:
    """A deployment to one host behind a slow link."""
    app = deploy("python")
    host = app.hosts[0]
    with Relay((host.address, 22), rate=RATE) as relay:
        known = tmp_path / "known_hosts"
        known.write_text(relay.known_hosts(host.host_key))
        app.changes = {
            "ssh": app.ssh(known_hosts=str(known)),
            "inventory": {"web-1": {"address": "127.0.0.1", "port": relay.port}},
            "waves": [{"name": "all", "hosts": "rest"}],
        }
        yield app, relay


def test_killed_at_random_bytes_of_an_upload_it_leaves_current_alone_and_no_litter_after_the_next_run(
    slow: tuple[Deployment, Relay],
) -> None:
    app, relay = slow
    host = app.hosts[0]
    app.install("r1")
    (app.release("r2") / "big").write_bytes(random.Random(SEED).randbytes(SIZE))
    app.plan("r2")
    for at in random.Random(SEED).sample(range(SIZE), TIMES):
        mark = relay.sent
        running = app.start("apply")
        running.wait_until(lambda mark=mark, at=at: relay.sent - mark > at)  # type: ignore[misc]  # a lambda's default
        running.kill()
        assert app.current(host) == "r1"
        assert "r2" not in app.releases(host)
    ended = app.run("apply")
    assert ended.code == 0, ended.told
    assert app.releases(host) == ["r1", "r2"]
    assert app.answers() == ["r2"]


def test_killed_in_the_middle_of_a_wave_apply_again_finishes_without_restarting_good_hosts(deploy: Deploy) -> None:
    app = deploy("python", count=4)
    _die_after_the_pilot(app)
    done = [app.invocation(host) for host in app.hosts[:2]]
    ended = app.run("apply")
    assert ended.code == 0, ended.told
    assert app.answers() == app.currents() == ["r2"] * 4
    assert [app.invocation(host) for host in app.hosts[:2]] == done
    assert not any(host.exists(f"/var/lib/sockdeploy/{app.site.service}/pending") for host in app.hosts)


def test_killed_in_the_middle_of_a_wave_rollback_puts_every_host_back(deploy: Deploy) -> None:
    app = deploy("python", count=4)
    _die_after_the_pilot(app)
    assert app.run("status").says("r2 is not confirmed", "active, held")
    ended = app.run("rollback")
    assert ended.code == 0, ended.told
    assert app.answers() == app.currents() == ["r1"] * 4
    assert not any(host.exists(f"/var/lib/sockdeploy/{app.site.service}/pending") for host in app.hosts)
    assert not any(host.exists(f"/run/systemd/system/{app.site.service}.service.d") for host in app.hosts)


def _die_after_the_pilot(app: Deployment) -> None:
    app.install("r1")
    running = app.begin("r2")
    running.wait_for(ev.HostHealthy, ["web-1", "web-2"])
    running.kill()
