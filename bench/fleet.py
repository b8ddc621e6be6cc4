"""The fleet a bench runs on: one of its own, or one that is up already."""

import contextlib
import os
from collections.abc import Iterator, Sequence

from tests.fleet import Fleet


@contextlib.contextmanager
def fleet_of(name: str | None, hosts: int, packages: Sequence[str] = ()) -> Iterator[Fleet]:
    """The fleet of that name, as it is; without a name one of `hosts` hosts with `packages`, gone with the block."""
    if name:
        yield Fleet.attach(name)
        return
    print(f"booting {hosts} hosts ...", flush=True)
    with Fleet.boot(f"bench-{os.getpid()}", ["bookworm"] * hosts, packages=packages) as fleet:
        yield fleet
