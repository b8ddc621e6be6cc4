"""A cancelled rollout: nothing new is begun, and every host that is left half way is named."""

from deployer import events as ev
from deployer.facts import Failure, LossKind, Outcome
from deployer.rollout.decisions import Decision, Declare
from deployer.rollout.state import RolloutState

WIND_DOWN = 4.0
"""Seconds that acts which run get to end after a cancel; GitHub kills 10 s after its first signal."""

SIGNALLED = 128
"""What a shell adds to a signal's number for the exit code of what it ended."""

_UNFINISHED = Failure(
    LossKind.CANCELLED,
    "unfinished",
    "the rollout was cancelled before this host was confirmed or taken back",
    "run apply or rollback again",
)


def cancel(state: RolloutState) -> tuple[Decision, ...]:
    """Wait a little for what runs, then name the hosts that were touched and end."""
    if state.busy and state.now - state.cancelled_at < WIND_DOWN:
        return ()
    hosts = tuple(host.name for host in state.hosts.values() if host.touched)
    stranded = [Declare(ev.HostStranded(at=state.now, host=host, failure=_UNFINISHED)) for host in hosts]
    code = SIGNALLED + state.cancelled
    end = ev.RolloutFinished(
        at=state.now, outcome=Outcome.CANCELLED, exit_code=code, hosts=(*state.stranded, *hosts)
    )
    return (*stranded, Declare(end))
