"""A host's own records of ended rollouts."""

from deployer.facts import Failure, LossKind
from deployer.fleet.caller import Caller
from deployer.host.acts import History
from deployer.host.facts import Failure as HostFailure

Record = tuple[tuple[str, str], ...]
"""Key and value pairs."""


def records(caller: Caller, service: str, limit: int) -> tuple[Record, ...] | Failure:
    """Give the last `limit` records, oldest first."""
    got = caller.call(History(service, limit))
    return Failure(LossKind.REFUSED, got.code, got.detail) if isinstance(got, HostFailure) else got
