"""What `sockdeploy init` writes for services that take a socket, on hosts that had nothing of them."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.deployment import Deployment
from tests.acceptance.initial import begun
from tests.acceptance.run import Ended
from tests.fleet import Fleet
from tests.fleet.site import new_site
from tests.fleet.traffic import Report, Traffic

RUNS = {
    "gunicorn": ["--kind", "gunicorn", "--run", "service:app"],
    "node": ["--kind", "node", "--run", "service.js"],
    "python": ["--kind", "binary", "--run", "/usr/bin/python3 -B service.py", "--user", "app", "--shared", "var/up/"],
    "go": ["--kind", "binary", "--run", "./service"],
}
each_kind = pytest.mark.parametrize("kind", RUNS)


@pytest.fixture(scope="module")
def first(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, tuple[Deployment, Ended]]]:
    """A service of each kind on a host of its own, and how its first deploy ended."""
    folder = tmp_path_factory.mktemp("init")
    apps = {kind: _begun(kind, folder / kind, fleet, number) for number, kind in enumerate(RUNS)}
    with ThreadPoolExecutor(len(apps)) as pool:
        ended = dict(zip(apps, pool.map(lambda app: app.apply("r1"), apps.values()), strict=True))
    yield {kind: (app, ended[kind]) for kind, app in apps.items()}
    for app in apps.values():
        app.clean()


def _begun(kind: str, folder: Path, fleet: Fleet, number: int) -> Deployment:
    site = new_site(folder, kind)
    return begun(site, fleet, fleet.hosts[number : number + 1], *RUNS[kind], "--listen", f"127.0.0.1:{site.port}")


First = Mapping[str, tuple[Deployment, Ended]]


@each_kind
def test_the_first_deploy_brings_it_up(kind: str, first: First) -> None:
    app, ended = first[kind]
    assert ended.code == 0, ended.told
    assert app.unit_state(app.hosts[0], "socket") == app.unit_state(app.hosts[0], "service") == ("active", "enabled")


@each_kind
def test_check_finds_nothing(kind: str, first: First) -> None:
    app, _ = first[kind]
    ended = app.run("check", "--json")
    assert (ended.code, [host["findings"] for host in json.loads(ended.out)["hosts"]]) == (0, [[]]), ended.out


@each_kind
def test_systemd_has_nothing_to_say_about_the_units(kind: str, first: First) -> None:
    app, _ = first[kind]
    names = " ".join(f"/etc/systemd/system/{app.site.service}.{suffix}" for suffix in ("socket", "service"))
    said = app.hosts[0].sh(f"systemd-analyze verify --man=no {names} 2>&1", check=False)
    assert [line for line in said.splitlines() if app.site.service in line] == []


def test_the_next_release_can_be_bridged_at_once_and_costs_no_request(first: First) -> None:
    with ThreadPoolExecutor(len(first)) as pool:
        reports = dict(zip(first, pool.map(_bridged, (app for app, _ in first.values())), strict=True))
    assert {kind: (report.failed, *sorted(report.by_release)) for kind, report in reports.items()} == dict.fromkeys(
        RUNS, (0, "r1", "r2")
    )


def _bridged(app: Deployment) -> Report:
    host = app.hosts[0]
    with Traffic({host.name: app.site.local_url}, rate=20, before=["ip", "netns", "exec", host.namespace]) as traffic:
        ended = app.apply("r2", strategy="bridge")
        traffic.wait_for(20)
    assert ended.code == 0, ended.told
    return traffic.report()


def test_the_service_may_write_to_its_shared_folder_and_nowhere_else(first: First) -> None:
    app, _ = first["python"]
    host, service = app.hosts[0], f"{app.site.service}.service"
    pid = host.show(service, "MainPID")["MainPID"]
    inside = f"nsenter --target {pid} --mount runuser -u app -- touch"
    assert host.run(f"{inside} {app.site.root}/current/var/up/new").returncode == 0
    assert host.run(f"{inside} {app.site.root}/current/new").returncode != 0
