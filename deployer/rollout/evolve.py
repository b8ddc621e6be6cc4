"""How events change the state of a rollout. Only events do."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, HostFacts, LossKind, Receipt, Resumed, UnitLook
from deployer.gates import journal
from deployer.gates.health import Streak, extend
from deployer.gates.verdict import Verdict
from deployer.plan.model import Plan
from deployer.rollout import again
from deployer.rollout.leftovers import TIDYING, evolve_held, inherited, untidy
from deployer.rollout.proof import unit_judgement, wanted
from deployer.rollout.resumed import accepted, resumed
from deployer.rollout.state import HookRecord, HostRecord, RolloutState, lost
from deployer.rollout.table import HostState
from deployer.rollout.waves import evolve_waves


def evolve(plan: Plan, state: RolloutState, event: ev.Event) -> RolloutState:
    """Give the state after an event. After the end nothing changes it: an act that still ran tells nobody."""
    if state.outcome is not None:
        return state
    state = replace(state, now=max(state.now, event.at))
    if isinstance(event, ev.HostEvent):
        host = _evolve_host(plan, state, state.hosts[event.host], event)
        return state.with_host(_unit_judged(plan, state, host))
    return _evolve_rollout(state, event)


def _evolve_rollout(state: RolloutState, event: ev.Event) -> RolloutState:
    match event:
        case ev.CancelRequested(signal=signal) if not state.cancelled:
            return replace(state, cancelled=signal, cancelled_at=state.now)
        case ev.HookStarted(point=point, wave=wave):
            return _with_hook(state, point, wave, HookRecord())
        case ev.HookEnded(point=point, wave=wave, failure=failure):
            return _with_hook(state, point, wave, HookRecord(ended=True, failure=failure))
        case ev.Warned(point=point, wave=wave) if (point, wave) in state.hooks:
            return _with_hook(state, point, wave, replace(state.hooks[point, wave], told=True))
        case ev.RolloutStarted(resumes=Resumed() as held):
            return resumed(state, held)
        case ev.RolloutFinished(outcome=outcome, exit_code=code):
            return replace(state, outcome=outcome, exit_code=code)
        case _:
            return evolve_waves(state, event)


def _with_hook(state: RolloutState, point: str, wave: str, hook: HookRecord) -> RolloutState:
    return replace(state, hooks={**state.hooks, (point, wave): hook})


def _evolve_host(plan: Plan, state: RolloutState, host: HostRecord, event: ev.HostEvent) -> HostRecord:
    match event:
        case ev.ActStarted(act=act):
            return _started(host, act)
        case ev.HealthSeen(look=look):
            return _health_seen(plan, state, host, look)
        case ev.UnitSeen(look=look):
            return _unit_seen(host, look, state.now)
        case ev.HostInspected(facts=facts):
            return _inspected(state, replace(host, busy=None), facts)
        case ev.HostObserved():
            return _observed(replace(host, busy=None, locked=not host.cut), event)
        case ev.ActFailed(act=act, failure=failure):
            return _act_failed(state, replace(host, busy=None), act, failure)
        case ev.ActUnknown(act=act, reason=reason):
            return _act_unknown(replace(host, busy=None), act, reason)
        case ev.HostMeasured() | ev.CommandEnded() | ev.JournalRead():
            return _proved(host, event)
        case ev.HostLost():
            return _host_lost(replace(host, locked=False, unit=None, cut=True, losses=host.losses + 1))
        case _:
            return _moved(state, host, event)


def _proved(host: HostRecord, event: ev.HostMeasured | ev.CommandEnded | ev.JournalRead) -> HostRecord:
    """Fold what gates have asked for."""
    match event:
        case ev.HostMeasured(receipt=receipt):
            return replace(host, busy=None, receipt=receipt, measured=True)
        case ev.CommandEnded(result=result):
            return replace(host, busy=None, command=result)
        case _:
            return replace(host, journal=journal.extend(host.journal, event.look)) if host.proving else host


def _moved(state: RolloutState, host: HostRecord, event: ev.HostEvent) -> HostRecord:
    """Fold the events that say a host came one step further."""
    done = replace(host, busy=None)
    match event:
        case ev.HostStaged(sent=sent):
            uploaded = sent > 0 if host.busy else host.uploaded or inherited(state, host)
            return replace(done, uploaded=uploaded).to(HostState.STAGED)
        case ev.HostUnstaged():
            return replace(done, uploaded=False)
        case ev.HostActivated(receipt=receipt):
            return _live(done, receipt, state.now)
        case ev.HostAdopted():
            running = _now_running(host.facts or HostFacts())
            return replace(_live(host, running, state.now), accepted=accepted(state, host))
        case ev.HostUnchanged():
            return replace(host, unchanged=True).to(HostState.CONFIRMED)
        case ev.HostHealthy():
            return replace(host, healthy=True, healthy_at=state.now)
        case ev.HostConfirmed(prunes=prunes):
            return replace(done, unheld=True, pruned=not prunes).to(HostState.CONFIRMED)
        case ev.HostPruned():
            return replace(done, pruned=True)
        case ev.HostHeld() | ev.HostUnheld():
            return evolve_held(done, event)
        case _:
            return _gone_wrong(state, host, event)


def _gone_wrong(state: RolloutState, host: HostRecord, event: ev.HostEvent) -> HostRecord:
    """Fold the events of failures and of the way back."""
    match event:
        case ev.HostFailed(failure=failure):
            failed = replace(host, failure=host.failure or failure, healthy=False)
            return failed if host.touched else _left_out(failed, failure)
        case ev.HostRestored(receipt=receipt, release=release, removed=removed):
            back = replace(host, busy=None, unheld=True, restored=True, removed=removed, back=release, receipt=receipt)
            return replace(back, since=state.now, streaks={}, unit_passes=False, unit_since=state.now)
        case ev.HostReverted():
            return host.to(HostState.REVERTED)
        case ev.HostStranded(failure=failure):
            return replace(host, busy=None, failure=host.failure or failure).to(HostState.STRANDED)
        case _:
            return host


def _started(host: HostRecord, act: Act) -> HostRecord:
    busy = replace(host, busy=act, cut=False)
    match act:
        case Act.STAGE:
            return replace(busy, uploaded=True)
        case Act.ACTIVATE:
            return busy.to(HostState.ACTIVATING)
        case Act.CONFIRM:
            return replace(busy, confirming=True)
        case Act.REVERT:
            entered = busy if host.state is HostState.REVERTING else busy.to(HostState.REVERTING)
            return replace(entered, restored=False, healthy=False)
        case _:
            return busy


def _live(host: HostRecord, receipt: Receipt, at: float) -> HostRecord:
    return replace(host.to(HostState.ACTIVE), receipt=receipt, since=at, unit_since=at)


def _unit_seen(host: HostRecord, look: UnitLook, at: float) -> HostRecord:
    """Keep a look at the unit, and since when it shows this start of the service."""
    seen = replace(host, unit=look)
    started = look.invocation not in {"", host.invocation}
    return replace(seen, invocation=look.invocation, seen_since=at) if started else seen


def _now_running(facts: HostFacts) -> Receipt:
    """Give the receipt of an activation nobody told us the end of: what the host says runs now is what must stay."""
    inode = facts.inode
    return Receipt(invocation=facts.invocation, inode_before=inode, inode_after=inode, restarts=facts.restarts)


def _health_seen(plan: Plan, state: RolloutState, host: HostRecord, look: HealthLook) -> HostRecord:
    health = plan.gates.health
    if health is None or not host.proving:
        return host
    answer = again.answer(health, state, host, look, wanted(state, host))
    streak = extend(host.streaks.get(look.source, Streak()), health, answer, look, state.now)
    return replace(host, streaks={**host.streaks, look.source: streak})


def _unit_judged(plan: Plan, state: RolloutState, host: HostRecord) -> HostRecord:
    """Note since when the unit gate passes, or does not."""
    passes = host.proving and unit_judgement(plan, state, host).verdict is Verdict.PASS
    return host if passes is host.unit_passes else replace(host, unit_passes=passes, unit_since=state.now)


def _observed(host: HostRecord, event: ev.HostObserved) -> HostRecord:
    if host.touched or host.facts is None:
        return host
    # Another rollout may have ended between our look and our lock: then look again, under the lock.
    known = (host.facts.current, host.facts.pending, host.facts.hold) == (event.current, event.pending, event.hold)
    return replace(host, before=event.look, facts=host.facts if known else None)


def _inspected(state: RolloutState, host: HostRecord, facts: HostFacts) -> HostRecord:
    if host.state is not HostState.UNKNOWN:
        return replace(host, facts=facts, leftover=state.verb.forward and facts.pending == state.release)
    if host.was is HostState.REVERTING:
        return replace(host.to(HostState.REVERTING), restored=host.restored and not facts.pending)
    if facts.current != state.release:
        message = "the host was found without the new release"
        return _astray(state, host, Failure(LossKind.ACTIVATION, "not-activated", message))
    if host.confirming and not facts.pending:
        return host.to(HostState.CONFIRMED)
    if host.receipt is not None:
        # Nobody saw its unit meanwhile: that does not count against it.
        return replace(host.to(HostState.ACTIVE), unit_since=state.now)
    return _live(host, _now_running(facts), state.now)


def _astray(state: RolloutState, host: HostRecord, failure: Failure) -> HostRecord:
    """Send a host whose activation came to nothing back; in a rollback there is no third release to go to."""
    failed = replace(host, failure=host.failure or failure)
    going_back = state.verb.forward or host.was is HostState.REVERTING
    return failed.to(HostState.REVERTING) if going_back else replace(failed, stuck=failure)


def _act_failed(state: RolloutState, host: HostRecord, act: Act, failure: Failure) -> HostRecord:
    if act in TIDYING:
        return untidy(host, act)
    if act is Act.ACTIVATE and failure.kind is LossKind.CANCELLED:  # before the switch
        return replace(host.to(HostState.STAGED), switched=False)
    failed = replace(host, failure=host.failure or failure, uploaded=host.uploaded and act is not Act.STAGE)
    if not host.touched:
        return _left_out(failed, failure)
    if act is Act.INSPECT and failure.kind is LossKind.REFUSED:
        return _astray(state, failed, failure)  # it answers, and is not fit: taking it back is all that is left
    if act in {Act.ACTIVATE, Act.MEASURE, Act.COMMAND} and state.verb.forward:
        return failed
    return replace(failed, stuck=failure)


def _left_out(host: HostRecord, failure: Failure) -> HostRecord:
    """Leave out a host that was not touched; one that a run before this one has touched is not to be forgotten."""
    return host.to(HostState.UNREACHABLE) if failure.kind is LossKind.UNREACHABLE and not host.leftover else host


def _act_unknown(host: HostRecord, act: Act, reason: str) -> HostRecord:
    host = replace(host, losses=host.losses + 1)
    if act is Act.OBSERVE:
        host = replace(host, locked=False, unit=None)
    if host.touched:
        return _unknown(host)
    if act in TIDYING:
        return untidy(host, act)
    if act is Act.INSPECT:
        return _left_out(replace(host, failure=lost(reason)), lost(reason))
    return replace(host, facts=None)  # look at it again, then go on


def _host_lost(host: HostRecord) -> HostRecord:
    if host.busy is None and host.touched:
        return _unknown(host)
    return host  # the act that runs will tell; one that was not touched is locked again


def _unknown(host: HostRecord) -> HostRecord:
    return host if host.state is HostState.UNKNOWN else replace(host, was=host.state).to(HostState.UNKNOWN)
