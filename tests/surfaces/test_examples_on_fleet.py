"""The examples on real hosts: from nothing to a running service, then a new release under traffic.

Each is deployed as its README says, from a copy of its folder, on a host of its own. Of its plan only the inventory is
replaced, and how long a host must stay good before it is believed.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cli import Ended, sockdeploy
from tests.fleet import Fleet, Host
from tests.fleet.site import Site
from tests.fleet.traffic import Report, Traffic
from tests.surfaces.examples import EXAMPLES, Example

RATE = 10
"""New connections per second to each."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What became of an example: its first deploy and its upgrade, with the requests sent meanwhile."""

    host: Host
    first: Ended
    upgrade: Ended
    traffic: Report


@pytest.fixture(scope="module")
def deployed(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Deployed]]:
    """Every example on a host of its own, all at once, by name."""
    pairs = list(zip(EXAMPLES, fleet, strict=False))
    with ThreadPoolExecutor(len(pairs)) as pool:
        work = {e.name: pool.submit(deploy, e, host, fleet, tmp_path_factory.mktemp(e.name)) for e, host in pairs}
    try:
        yield {name: done.result() for name, done in work.items()}
    finally:
        for example, host in pairs:
            Site("", example.service, 0, Path()).wipe(host)


each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@each_example
def test_a_host_with_nothing_on_it_runs_the_example_after_the_first_apply(
    example: Example, deployed: Mapping[str, Deployed]
) -> None:
    found = deployed[example.name]
    assert found.first.code == 0, found.first.out + found.first.err
    units = f"{example.service}.socket", f"{example.service}.service"
    assert found.host.systemctl("is-enabled", *units).split() == ["enabled", "enabled"]


@each_example
def test_the_next_release_follows_without_a_failed_request(
    example: Example, deployed: Mapping[str, Deployed]
) -> None:
    found = deployed[example.name]
    assert found.upgrade.code == 0, found.upgrade.out + found.upgrade.err
    assert (found.traffic.refused, found.traffic.failed) == (0, 0), str(found.traffic)
    assert set(found.traffic.by_release) == {"r1", "r2"}
    units = f"{example.service}.socket", f"{example.service}.service"
    assert found.host.systemctl("is-active", *units).split() == ["active", "active"]


def deploy(example: Example, host: Host, fleet: Fleet, folder: Path) -> Deployed:
    """Bring out r1, then r2 under traffic, as seen from the host itself: the examples listen on loopback."""
    copy = example.copy(folder / "checkout")
    plan = yaml.safe_load((copy / "plan.yml").read_text())
    plan["inventory"] = {host.name: {"address": host.address}}
    plan["gates"]["health"]["stable_for"] = "1s"
    (copy / "plan.yml").write_text(yaml.safe_dump(plan, sort_keys=False))
    words = ["apply", "plan.yml", "--ssh-key", str(fleet.key), "--known-hosts", str(fleet.known_hosts), "--release"]
    first = sockdeploy(*words, "r1", folder=copy)
    (copy / plan["artifact"]["path"] / "NEWS").write_text("what is new in r2\n")
    url = {example.name: plan["gates"]["health"]["url"]}
    with Traffic(url, rate=RATE, before=["ip", "netns", "exec", host.namespace]) as traffic:
        upgrade = sockdeploy(*words, "r2", folder=copy)
        traffic.wait_for(RATE)
    return Deployed(host, first, upgrade, traffic.report())
