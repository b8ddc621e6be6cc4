"""What all tests share: one fleet of real systemd hosts for each process, and a site of its own for each test.

A test that asks for a fleet is marked `fleet`, and fails when the fleet cannot boot. SOCKDEPLOY_QUICK=1 leaves out such
tests and those of the image. SUITE=trixie runs on trixie what otherwise runs on bookworm.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.fleet import Fleet, Host
from tests.fleet.site import Site, new_site

SUITE = os.environ.get("SUITE", "bookworm")
QUICK = os.environ.get("SOCKDEPLOY_QUICK") == "1"
FLEET_FIXTURES = {"fleet", "boot_fleet"}
SLOW_MARKERS = ("fleet", "systemd", "image")


@pytest.hookimpl(tryfirst=True)  # before groups are read
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a fleet; with SOCKDEPLOY_QUICK=1 leave it out."""
    for item in items:
        # Files go to processes whole, and all that needs the one container engine to the same.
        group = "image" if item.get_closest_marker("image") else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
        if FLEET_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("fleet")
    if QUICK:
        slow = [item for item in items if any(item.get_closest_marker(marker) for marker in SLOW_MARKERS)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """The shared fleet: web-1 to web-4 of SUITE, web-5 of trixie."""
    with Fleet.boot(f"test-{os.getpid()}", [SUITE] * 4 + ["trixie"]) as booted:
        yield booted


@pytest.fixture
def hosts(fleet: Fleet) -> Iterator[tuple[Host, ...]]:
    """The four hosts of one suite; every fault that a test left on them is mended."""
    yield fleet.hosts[:4]
    for host in fleet.hosts[:4]:
        host.mend()


@pytest.fixture
def host(hosts: Sequence[Host]) -> Host:
    """One host of the shared fleet."""
    return hosts[0]


@pytest.fixture(params=["bookworm", "trixie"])
def each_host(request: pytest.FixtureRequest, fleet: Fleet) -> Iterator[Host]:
    """A bookworm host (systemd 252), then a trixie host (257); with SUITE=trixie both are trixie."""
    chosen = fleet.hosts[0 if request.param == "bookworm" else -1]
    yield chosen
    chosen.mend()


@pytest.fixture
def boot_fleet() -> Iterator[Callable[..., Fleet]]:
    """Boot further fleets, gone after the test: `boot_fleet(["trixie"], packages=["haproxy"])`."""
    booted: list[Fleet] = []

    def boot(suites: Sequence[str] = (SUITE,), *, packages: Sequence[str] = ()) -> Fleet:
        booted.append(Fleet.boot(f"test-{os.getpid()}-{len(booted)}", suites, packages=packages))
        return booted[-1]

    yield boot
    for one in booted:
        one.down()


@pytest.fixture
def make_site(fleet: Fleet, tmp_path: Path) -> Iterator[Callable[[str], Site]]:
    """Sites of the test's own on the shared fleet, wiped after it: `make_site("node")`."""
    made: list[Site] = []

    def make(kind: str = "gunicorn") -> Site:
        made.append(new_site(tmp_path / f"site-{len(made)}", kind))
        return made[-1]

    yield make
    for site in made:
        for host in fleet:
            site.wipe(host)


@pytest.fixture
def site(make_site: Callable[[], Site]) -> Site:
    """One site (gunicorn)."""
    return make_site()
