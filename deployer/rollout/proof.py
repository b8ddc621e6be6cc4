"""What a host has to prove, and whether it has: the gates asked about one host of a rollout."""

from dataclasses import replace

from deployer.facts import HostFacts, Receipt
from deployer.gates import health, receipt, unit
from deployer.gates.health import Streak, Wanted
from deployer.gates.verdict import Judgement, Verdict, worst
from deployer.plan.model import Plan
from deployer.rollout import again
from deployer.rollout.declared import command_judgement, journal_judgement
from deployer.rollout.patience import overdue
from deployer.rollout.state import HostRecord, RolloutState
from deployer.rollout.table import HostState
from deployer.rollout.target import NOTHING

STABLE_FOR = 10.0
"""Seconds for a service without a health URL: the health gate's own default."""

NOT_MEASURED = "not-measured"
"""The code of a judgement that lacks only the receipt of the activation."""


def wanted(state: RolloutState, host: HostRecord) -> Wanted:
    """Say which release value the host's health URL must answer now."""
    facts = host.facts or HostFacts()
    if host.state is not HostState.REVERTING or facts.way_back == state.release != NOTHING:
        return Wanted(state.release)
    if facts.answer:
        return Wanted(facts.answer, body=False)
    if host.before is not None and host.before.release is not None and not facts.pending:
        return Wanted(host.before.release, body=False)
    # Nobody knows what the way back answers: anything but the release that is taken back.
    return Wanted(None, unwanted=state.release if state.verb.forward else facts.pending, body=False)


def well_before(plan: Plan, state: RolloutState, host: HostRecord) -> bool:
    """Say whether the host ran the wanted release, and well, before anything was done to it."""
    facts, health_gate = host.facts, plan.gates.health
    if facts is None or not facts.same:
        return False
    if state.release == NOTHING:
        return not facts.pending
    if not facts.active:
        return False
    if health_gate is None:
        return True
    look = host.before
    return look is not None and health.classify(health_gate.expect, Wanted(state.release), look) is health.Answer.GOOD


def unit_judgement(plan: Plan, state: RolloutState, host: HostRecord) -> Judgement:
    """Ask the unit gate."""
    return unit.judge(host.unit, _baseline(plan, state, host), plan.gates.unit.max_restarts)


def _baseline(plan: Plan, state: RolloutState, host: HostRecord) -> unit.Baseline:
    facts, known = host.facts or HostFacts(), host.receipt or Receipt()
    active = host.state is HostState.ACTIVE
    inode = (facts.inode if active else "") or known.inode_after
    gate = plan.gates.health
    return unit.Baseline(
        invocation=known.invocation,
        started=known.started,
        inode=inode if plan.socket else "",
        before=facts.invocation if active else "",
        restarts=known.restarts,
        folder=f"{plan.root}/releases/{state.release}",
        prove=active and (gate is None or gate.expect.release is None),
        addresses=facts.addresses,
    )


def judgement(plan: Plan, state: RolloutState, host: HostRecord) -> Judgement:
    """Ask every gate about the host's present release; the worst verdict counts.

    What an activation cost is counted when nothing else is open, and the user's command is run after that.
    """
    asked = worst((_looks(plan, state, host), journal_judgement(plan, state, host)))
    for gate in (_receipt, command_judgement):
        if asked.verdict is not Verdict.PASS:
            return asked
        asked = worst((asked, gate(plan, state, host)))
    return asked


def _receipt(plan: Plan, state: RolloutState, host: HostRecord) -> Judgement:
    known = host.receipt
    if known is None or known.before is None or host.state is not HostState.ACTIVE:
        return Judgement("receipt", Verdict.PASS, "not-counted", "the listener was not looked at before")
    if not host.measured:
        return Judgement("receipt", Verdict.INCONCLUSIVE, NOT_MEASURED, "what the activation cost is being counted")
    addresses = host.facts.addresses if host.facts else ()
    return receipt.judge(known, f"{plan.root}/releases", state.release, addresses)


def _looks(plan: Plan, state: RolloutState, host: HostRecord) -> Judgement:
    """Ask the gates that look at the unit and at its answers."""
    asked = unit_judgement(plan, state, host)
    if asked.verdict is Verdict.FAIL:
        return asked
    gate = plan.gates.health
    if gate is None:
        return _lasting(plan, asked, host, state.now)
    streaks = [host.streaks.get(source, Streak()) for source in again.sources(gate, state, host)]
    looks = [health.judge(streak, gate, since=host.since, now=state.now) for streak in streaks]
    return worst((*looks, _in_time(plan, asked, host, state.now)))


def _in_time(plan: Plan, asked: Judgement, host: HostRecord, now: float) -> Judgement:
    """Let nothing wait for ever."""
    late = asked.verdict is not Verdict.PASS and overdue(plan, host, now)
    return replace(asked, verdict=Verdict.FAIL) if late else asked


def _lasting(plan: Plan, asked: Judgement, host: HostRecord, now: float) -> Judgement:
    """Judge a service without a health URL: its unit must run for a while without a break."""
    if asked.verdict is Verdict.PASS and not (host.healthy or now - host.unit_since >= STABLE_FOR):
        message = f"running, not yet for {STABLE_FOR:g} s"
        asked = replace(asked, verdict=Verdict.INCONCLUSIVE, code="proving", message=message)
    return _in_time(plan, asked, host, now)
