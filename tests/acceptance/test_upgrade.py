"""The main job: a new release under traffic, canary before pilot before full, and not one request that fails."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deployer import events as ev
from deployer.facts import Act
from tests.acceptance.deployment import Deployment
from tests.acceptance.mixture import Mixture
from tests.acceptance.run import Ended
from tests.fleet import Fleet
from tests.fleet.host import SshCounts
from tests.fleet.site import new_site
from tests.fleet.traffic import Report, Traffic

KINDS = {"web-1": "gunicorn", "web-2": "node", "web-3": "gunicorn", "web-4": "binary"}
WAVES = [["web-1"], ["web-2"], ["web-3", "web-4"]]
RATE = 40


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was seen of one upgrade of four hosts."""

    app: Deployment
    ended: Ended
    traffic: Report
    ssh: dict[str, SshCounts]
    sockets: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def upgrade(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    """From r1 to r2, with new connections to every host all along, each given 30 s."""
    site = new_site(tmp_path_factory.mktemp("upgrade"), "gunicorn")
    app = Deployment(site, fleet, list(fleet.hosts[:4]), site.folder)
    mixture = Mixture(site, KINDS)
    mixture.install(app.hosts, "r1")
    mixture.release("r2")
    full = {"name": "full", "hosts": "rest", "max_parallel": 2}
    app.plan("r2", waves=[{"name": "canary", "hosts": 1}, {"name": "pilot", "hosts": 1}, full])
    sockets = {host.name: _socket(app, host.name) for host in app.hosts}
    marks = {host.name: host.ssh_mark() for host in app.hosts}
    with Traffic(site.urls(app.hosts), rate=RATE, timeout=30) as traffic:
        ended = app.run("apply")
    counts = {host.name: host.ssh_counts(marks[host.name]) for host in app.hosts}
    yield Upgrade(app, ended, traffic.report(), counts, sockets)
    app.clean()


def _socket(app: Deployment, host: str) -> tuple[str, str]:
    """The listener's inode, and the run of the socket unit."""
    unit = f"{app.site.service}.socket"
    inode = app.fleet[host].sh(f"ss -Hltne sport = :{app.site.port} | grep -o 'ino:[0-9]*'").strip()
    return inode, app.fleet[host].show(unit, "InvocationID")["InvocationID"]


def test_every_host_ends_on_the_new_release(upgrade: Upgrade) -> None:
    assert upgrade.ended.code == 0, upgrade.ended.told
    assert upgrade.app.currents() == upgrade.app.answers() == ["r2"] * 4


def test_no_connection_is_refused(upgrade: Upgrade) -> None:
    assert upgrade.traffic.refused == 0, str(upgrade.traffic)
    assert upgrade.traffic.sent > 4 * RATE
    assert set(upgrade.traffic.by_release) == {"r1", "r2"}


@pytest.mark.parametrize("kind", ["gunicorn", "node", "binary"])
def test_no_request_fails(upgrade: Upgrade, kind: str) -> None:
    report = upgrade.traffic.of(*(name for name in KINDS if KINDS[name] == kind))
    assert report.failed == 0, str(report)


def test_the_old_release_never_answers_once_the_new_one_has(upgrade: Upgrade) -> None:
    activated = upgrade.ended.of(ev.HostActivated)
    for name in KINDS:
        late = [s for s in upgrade.traffic.of(name).samples if s.release == "r1" and s.scheduled > activated[name].at]
        assert not late, f"{name}: {late[:3]}"


def test_the_socket_is_the_same_before_and_after(upgrade: Upgrade) -> None:
    assert {name: _socket(upgrade.app, name) for name in KINDS} == upgrade.sockets


def test_canary_comes_before_pilot_before_full_by_the_events(upgrade: Upgrade) -> None:
    begun = {e.host: e.at for e in upgrade.ended.events if isinstance(e, ev.ActStarted) and e.act is Act.ACTIVATE}
    healthy = {name: event.at for name, event in upgrade.ended.of(ev.HostHealthy).items()}
    for before, after in itertools.pairwise(WAVES):
        assert max(healthy[host] for host in before) < min(begun[host] for host in after)


def test_canary_comes_before_pilot_before_full_by_the_hosts_own_clocks(upgrade: Upgrade) -> None:
    receipts = {name: event.receipt for name, event in upgrade.ended.of(ev.HostActivated).items()}
    for before, after in itertools.pairwise(WAVES):
        assert max(receipts[host].started for host in before) < min(receipts[host].switched for host in after)


def test_each_host_sees_one_connection_and_five_executions_when_there_is_nothing_to_prune(upgrade: Upgrade) -> None:
    assert upgrade.ssh == dict.fromkeys(KINDS, SshCounts(connections=1, executions=5))
