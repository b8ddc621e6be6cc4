"""The gates that a host must satisfy where its plan declares them, on its new release alone: journal and command."""

from dataclasses import replace

from deployer.gates import command, journal
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.judging import Policy
from deployer.plan.model import Plan
from deployer.rollout.patience import unread
from deployer.rollout.state import HostRecord, RolloutState
from deployer.rollout.table import HostState

NOT_RUN = "not-run"
"""The code of a judgement that lacks only the end of the command gate's command."""


_MEANS = {Policy.PASS: Verdict.PASS, Policy.HOLD: Verdict.ERROR, Policy.ROLLBACK: Verdict.FAIL}


def may_hold(plan: Plan) -> bool:
    """Say whether one of these gates can hold the rollout."""
    return Policy.HOLD in {gate.on_error for gate in (plan.gates.journal, plan.gates.command) if gate is not None}


def on_trial(state: RolloutState, host: HostRecord) -> bool:
    """Say whether the host runs a release that is brought out: one that it goes back to was on trial before."""
    return state.verb.forward and host.state is HostState.ACTIVE


def journal_judgement(plan: Plan, state: RolloutState, host: HostRecord) -> Judgement:
    """Ask the journal gate; what could not be told is as its policy has it, or as a person has accepted it."""
    gate = plan.gates.journal
    if gate is None or not on_trial(state, host):
        return Judgement("journal", Verdict.PASS, "not-asked", "the journal was not read")
    return _decided(_read(plan, host, state.now), Policy.PASS if host.accepted else gate.on_error)


def command_judgement(plan: Plan, state: RolloutState, host: HostRecord) -> Judgement:
    """Ask the command gate; a command that could not tell is as its policy has it."""
    gate = plan.gates.command
    if gate is None or not on_trial(state, host) or host.accepted:
        return Judgement("command", Verdict.PASS, "not-asked", "no command was run")
    if host.command is None:
        return Judgement("command", Verdict.INCONCLUSIVE, NOT_RUN, "the command has not ended yet")
    return _decided(command.judge(host.command), gate.on_error)


def waived(plan: Plan, state: RolloutState, host: HostRecord) -> tuple[Judgement, ...]:
    """Give what could not be told of a host, and passes because its policy says so."""
    asked = [
        (plan.gates.journal, _read(plan, host, state.now)),
        (plan.gates.command, command.judge(host.command)),
    ]
    passing = [judged for gate, judged in asked if gate is not None and gate.on_error is Policy.PASS]
    return tuple(judged for judged in passing if on_trial(state, host) and judged.verdict is Verdict.ERROR)


def _read(plan: Plan, host: HostRecord, now: float) -> Judgement:
    receipt = host.receipt
    known = host.unit.invocation if host.unit is not None else receipt.invocation if receipt is not None else ""
    judged = journal.judge(host.journal, known)
    # While nobody watches the host, nobody knows which start it is: the unit gate waits for that.
    late = judged.verdict is Verdict.INCONCLUSIVE and host.unit is not None and unread(plan, host, now)
    return replace(judged, verdict=Verdict.ERROR) if late else judged


def _decided(judged: Judgement, policy: Policy) -> Judgement:
    """Have the policy decide what could not be told; one that holds leaves it an error."""
    decided = _MEANS[policy] if judged.verdict is Verdict.ERROR else judged.verdict
    return replace(judged, verdict=decided)
