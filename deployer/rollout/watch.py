"""While hosts prove themselves: whose gates have spoken, who has to be asked again, who is watched."""

from deployer import events as ev
from deployer.facts import Act, Failure, LossKind
from deployer.gates.health import Wanted
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.model import Plan
from deployer.rollout import again
from deployer.rollout.decisions import Decision, Declare, Do
from deployer.rollout.declared import NOT_RUN, on_trial
from deployer.rollout.leftovers import waits
from deployer.rollout.proof import NOT_MEASURED, judgement, wanted
from deployer.rollout.state import MOST_LOSSES, HostRecord, RolloutState, lost
from deployer.rollout.table import HostState

_LACKING = {NOT_MEASURED: Act.MEASURE, NOT_RUN: Act.COMMAND}
"""What completes the proof of a host that lacks nothing else."""

_NOTHING_LEFT = Judgement("unit", Verdict.PASS, "removed", "it was a first deploy, and nothing is left of it")


def watched(state: RolloutState) -> dict[str, Wanted]:
    """Give the hosts whose health URL is asked now, each with what it must answer."""
    if state.outcome is not None or state.cancelled:
        return {}
    return {host.name: wanted(state, host) for host in state.hosts.values() if host.proving and not host.removed}


def journaled(plan: Plan, state: RolloutState) -> frozenset[str]:
    """Give the hosts whose journal is read now."""
    if plan.gates.journal is None or state.outcome is not None or state.cancelled:
        return frozenset()
    return frozenset(host.name for host in state.hosts.values() if host.proving and on_trial(state, host))


def loaded(state: RolloutState) -> frozenset[str]:
    """Give the hosts that get requests of our own now: those between two proven releases."""
    if state.outcome is not None or state.cancelled:
        return frozenset()
    hosts = (host for host in state.hosts.values() if host.touched)
    return frozenset(host.name for host in hosts if not (host.state is HostState.ACTIVE and host.healthy))


def judge(plan: Plan, state: RolloutState) -> tuple[Decision, ...]:
    """Declare what the gates have decided of each host; what one lacks that satisfies all others is asked for."""
    declared: list[Decision] = []
    for host in state.hosts.values():
        if host.proving:
            asked = _NOTHING_LEFT if host.removed else judgement(plan, state, host)
            spoken = _spoken(state, host, asked)
            declared += [Declare(spoken)] if spoken is not None else []
            declared += map(Declare, again.told(plan, state, host) if isinstance(spoken, ev.HostReverted) else ())
            declared += [Do(host.name, _LACKING[asked.code])] if host.ready and asked.code in _LACKING else []
    return tuple(declared)


def _spoken(state: RolloutState, host: HostRecord, asked: Judgement) -> ev.Event | None:
    back = host.state is HostState.REVERTING
    if asked.verdict is Verdict.PASS:
        return _good(state, host, back=back)
    if asked.verdict is not Verdict.FAIL:
        return None
    failure = Failure(LossKind.GATE, asked.code, asked.message, asked.remedy, asked.evidence)
    if back or not state.verb.forward:
        # There is no third release to go to.
        return ev.HostStranded(at=state.now, host=host.name, failure=failure)
    return ev.HostFailed(at=state.now, host=host.name, failure=failure, gate=asked.gate)


def _good(state: RolloutState, host: HostRecord, *, back: bool) -> ev.Event | None:
    if back:
        return ev.HostReverted(at=state.now, host=host.name, release=host.back)
    if host.healthy:
        return None
    return ev.HostHealthy(at=state.now, host=host.name, seconds=round(state.now - host.since, 3))


def give_up(state: RolloutState) -> tuple[Decision, ...]:
    """Name the hosts that nothing more can be done for: what was touched is stranded, what was not is left out."""
    return tuple(
        Declare((ev.HostStranded if host.touched else ev.HostFailed)(at=state.now, host=host.name, failure=failure))
        for host in state.hosts.values()
        if host.busy is None and (failure := _hopeless(host)) is not None
    )


def _hopeless(host: HostRecord) -> Failure | None:
    if host.stuck is not None:
        return host.stuck if host.touched else None
    to_come = host.failure is None and host.state in {HostState.PENDING, HostState.STAGED}
    going_on = host.touched or to_come
    return lost(f"{host.losses} times") if going_on and host.losses > MOST_LOSSES else None


def recover(state: RolloutState) -> tuple[Decision, ...]:
    """Look again at hosts of which something is not known, and take back the lock of those that answered."""
    return tuple(
        Do(host.name, Act.INSPECT if _unclear(host) else Act.OBSERVE)
        for host in state.hosts.values()
        if host.busy is None and not (host.locked and not _unclear(host)) and _needed(state, host)
    )


def _unclear(host: HostRecord) -> bool:
    return host.state is HostState.UNKNOWN or host.facts is None


def _needed(state: RolloutState, host: HostRecord) -> bool:
    """Say whether something is still to be done on a host."""
    due = state.defeat is None or waits(host)
    return host.touched or (host.state is HostState.STAGED and host.failure is None and due)
