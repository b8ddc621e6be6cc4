"""Deployments on the shared fleet, wiped after each test."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet, Host
from tests.fleet.site import new_site

Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(fleet: Fleet, tmp_path: Path) -> Iterator[Deploy]:
    """Make deployments of the test's own: `deploy("node", count=2)`; `chosen` names the hosts instead of a number."""
    made: list[Deployment] = []

    def make(kind: str = "python", count: int = 1, chosen: Sequence[Host] = ()) -> Deployment:
        site = new_site(tmp_path / f"site-{len(made)}", kind)
        site.folder.mkdir()
        made.append(Deployment(site, fleet, list(chosen or fleet.hosts[:count]), site.folder))
        return made[-1]

    yield make
    for app in made:
        app.clean()
