"""Stands of the test's own: a site on a bookworm host, on a trixie host, and on a host whose sh is busybox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.host import Host
from tests.fleet.site import new_site
from tests.host.stand import Stand


@pytest.fixture
def stand(host: Host, tmp_path: Path) -> Iterator[Stand]:
    """Give a new site on one host, deployed by a user with sudo."""
    yield from _stand(host, tmp_path)


@pytest.fixture
def each_stand(each_host: Host, tmp_path: Path) -> Iterator[Stand]:
    """Give a new site on a bookworm host, then on a trixie host."""
    yield from _stand(each_host, tmp_path)


@pytest.fixture
def live(stand: Stand) -> Stand:
    """Give a site whose release v1 is live and confirmed."""
    stand.deploy("v1")
    return stand


@pytest.fixture
def busybox_stand(host: Host, tmp_path: Path) -> Iterator[Stand]:
    """Give a new site on a host whose /bin/sh is busybox, deployed by root."""
    host.sh("ln -sfn busybox /bin/sh")
    yield from _stand(host, tmp_path, "root")
    host.sh("ln -sfn dash /bin/sh")


def _stand(host: Host, folder: Path, user: str = "deploy") -> Iterator[Stand]:
    """Make a site, and wipe it afterwards where it was, faults of its disk first."""
    site = new_site(folder, "python")
    yield Stand(host, site, user)
    host.mend()
    site.wipe(host)
