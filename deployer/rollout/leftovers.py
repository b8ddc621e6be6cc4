"""What a run leaves on hosts, or finds there of one before: staged files, and a hold on record; and its tidying up."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, Failure, HostFacts, LossKind, Verb
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.state import HostRecord, RolloutState
from deployer.rollout.table import HostState

TIDYING = frozenset({Act.PRUNE, Act.UNSTAGE, Act.UNHOLD})
"""Acts that change nothing of what runs: one that fails is not repeated, and fails nobody."""


def inherited(state: RolloutState, host: HostRecord) -> bool:
    """Say whether a run before this one has staged the release here, and it was never confirmed.

    An abort takes away every release that is so.
    """
    facts = host.facts or HostFacts()
    if state.verb is Verb.ABORT and facts.unused:
        return True
    live = facts.current == state.release and not facts.pending
    return state.verb in {Verb.RESUME, Verb.ABORT} and facts.staged and not live and state.release not in facts.good


def waits(host: HostRecord) -> bool:
    """Say whether a run before this one has switched the host to the release, and its turn has not come again."""
    return host.leftover and host.state in {HostState.PENDING, HostState.STAGED}


def abandon(state: RolloutState) -> tuple[Decision, ...]:
    """Name the leftovers that could not be taken back, nor have the hold put on record."""
    names = [host for host in state.hosts.values() if waits(host)]
    return tuple(Declare(ev.HostStranded(at=state.now, host=host.name, failure=_left(host))) for host in names)


def _left(host: HostRecord) -> Failure:
    message = "an earlier run has left the release live here, and it could not be taken back"
    return host.failure or Failure(LossKind.CANCELLED, "unfinished", message, "run resume, abort or rollback again")


def evolve_held(host: HostRecord, event: ev.HostHeld | ev.HostUnheld) -> HostRecord:
    """Fold the events of a hold on record."""
    return host.to(HostState.HELD) if isinstance(event, ev.HostHeld) else replace(host, unheld=True)


def untidy(host: HostRecord, act: Act) -> HostRecord:
    """Leave what could not be tidied up."""
    if act is Act.UNHOLD:
        return replace(host, unheld=True)
    return replace(host, pruned=True, uploaded=False)


def unstages(state: RolloutState, kept: frozenset[HostState]) -> tuple[Decision, ...]:
    """Have staged files taken away, but from hosts in a state that keeps them."""
    staged = (host for host in state.hosts.values() if host.uploaded and host.locked and host.state not in kept)
    return tuple(Do(host.name, Act.UNSTAGE) for host in staged)


def frees(state: RolloutState) -> tuple[Decision, ...]:
    """Have the hold taken off the record where neither a confirm nor a revert has done that."""
    return tuple(Do(host.name, Act.UNHOLD) for host in state.hosts.values() if _still_held(host))


def _still_held(host: HostRecord) -> bool:
    on_record = host.facts is not None and host.facts.hold != "" and not host.unheld
    return on_record and host.locked and host.busy is None and host.state is not HostState.HELD
