"""Taking the lock of a host, which a watch of this very run may hold still."""

from collections.abc import Callable

from deployer.host.facts import Failure
from deployer.host.observed import Locked
from deployer.task import Run

LOCKED = "locked"
OWN_LOCK = 80.0
"""Seconds after which a watch of ours whose connection was lost has surely missed us and freed the lock."""


def take(run: Run, begin: Callable[[], Locked | Failure]) -> Locked | Failure:
    """Begin a watch. One of this run whose connection was lost holds the lock until it misses us: wait for it."""
    patience = run.now() + OWN_LOCK
    while True:
        locked = begin()
        ours = isinstance(locked, Failure) and dict(locked.holder).get("rollout") == run.task.rollout
        if not ours or run.now() >= patience or run.sleep(OWN_LOCK / 20):
            return locked
