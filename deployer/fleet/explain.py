"""What a failed act means: from a host's or a connection's words to the failure a person reads."""

from dataclasses import replace

from deployer.facts import Failure, LossKind, Receipt, UnitLook
from deployer.findings import Finding
from deployer.gates.lost import which_lost
from deployer.gates.second import Trial
from deployer.gates.unit import describe
from deployer.host.copy import Kind
from deployer.host.facts import AnswerError
from deployer.host.facts import Failure as HostFailure
from deployer.host.layout import ROOM, reloads
from deployer.host.receipts import Activation, Evidence, Second
from deployer.transport.base import TransportError, TransportFailure

GONE = frozenset({TransportFailure.UNREACHABLE, TransportFailure.LOST})
"""Transport failures that mean nobody answers; all others mean that somebody answered and something does not fit."""

NO_WAY = "no-way-to-ask"
"""The code of a host that is watched, and whose health URL can be asked in no way."""

LISTENER = "listener-lost"
"""What the host program calls a listener that is not what it was."""

STATE = "state"
"""What the host program calls a record of its own that it cannot write."""

_NOT_RELOADED = f"{reloads('ROOT/current')} (ROOT: the plan's root); or write strategy: restart in the plan"


def refusal(findings: tuple[Finding, ...]) -> Failure:
    """Put findings into one failure: the first speaks, the others are evidence."""
    first, *others = findings
    evidence = (*first.evidence.splitlines(), *(line for finding in others for line in str(finding).splitlines()))
    return Failure(LossKind.REFUSED, first.code, first.message, first.remedy, evidence)


def not_connected(error: TransportError) -> Failure:
    """Say why a host cannot be reached; one that refuses us is not fit, one that does not answer is unreachable."""
    kind = LossKind.UNREACHABLE if error.failure in GONE else LossKind.REFUSED
    return Failure(kind, str(error.failure), error.message, error.remedy)


def not_locked(host: str, failure: HostFailure) -> Failure:
    """Say who holds the lock, where from and since when."""
    holder = dict(failure.holder)
    who = f"{holder.get('who', 'somebody')} from {holder.get('from', 'somewhere')}"
    what = f"{holder.get('verb', 'a rollout')} of {holder.get('release', 'a release')}"
    message = f"another rollout holds {host}: {who} since {holder.get('since', 'some time ago')} ({what})"
    remedy = "wait until it has ended; the lock of a run that died frees itself within a minute"
    return Failure(LossKind.LOCKED, "locked", message, remedy)


def no_way_to_ask(url: str, host: str, error: TransportError) -> Failure:
    """Say why a health URL can be asked neither over the connection nor by curl."""
    message = f"{url} cannot be asked from {host}: {error.message}; and there is no curl on the host"
    remedy = "in sshd_config allow AllowTcpForwarding and PermitOpen, without DisableForwarding; or install curl"
    return Failure(LossKind.REFUSED, NO_WAY, message, remedy)


def activation(failure: HostFailure) -> Activation | None:
    """Give what an activation or revert that failed reported all the same; None when it did not come so far."""
    try:
        ended = Activation.read(failure.facts)
    except AnswerError:
        return None
    return ended if ended.after.active else None


def act_failure(failure: HostFailure, kind: LossKind, addresses: tuple[str, ...] = ()) -> Failure:
    """Give the failure of an act that came to an end on the host, with unit and journal where it reported them.

    `addresses` are where the service listens, in the order of the inodes.
    """
    told = Activation.read(failure.facts)
    unit = describe(told.after) if told.after.active else ()
    moved = (f"the port was closed for {told.closed:.2f} s (migration)",) if told.moved else ()
    journal = tuple(f"journal: {line}" for line in failure.journal)
    remedy = {STATE: ROOM, "not-reloaded": _NOT_RELOADED}.get(failure.code, "")
    which = which_lost(told.before.inode, told.after.inode, addresses) if failure.code == LISTENER else ""
    return Failure(kind, failure.code, f"{failure.detail or failure.code}{which}", remedy, (*unit, *moved, *journal))


def second_failure(failure: Failure, second: Second, trial: Trial | None = None) -> Failure:
    """Give the failure of a second instance with what its end showed; of a bridge also what it cost."""
    journal = tuple(f"journal: {line}" for line in second.journal)
    cost = (
        f"; it spoiled {trial.spoiled} of {trial.asked} requests of our own, and a like share of the clients'"
        if trial
        else ""
    )
    return replace(
        failure,
        message=f"{failure.message}{cost}; the live release was not touched",
        evidence=(*failure.evidence, *journal),
    )


def disturbance(kind: Kind, before: UnitLook | None, ended: Second) -> Failure | None:
    """Say what somebody did to the live service while a second instance ran, which does nothing to it; None: nothing.

    `before` is what it was like when that had begun. Nobody can blame the release then.
    """
    what = _disturbed(before, ended.live)
    journal = tuple(f"journal: {line}" for line in ended.journal)
    message = f"{what} while the new release ran as a {kind}, by nothing that this rollout did"
    return Failure(LossKind.GATE, f"{kind}-disturbed", message, evidence=journal) if what else None


def _disturbed(before: UnitLook | None, after: UnitLook | None) -> str:
    if after is None:
        return ""
    if after.socket_active and not after.held:
        return "the live socket was closed"
    if not after.running:
        return "the live service was stopped"
    same = before is None or (before.inode, before.invocation) == (after.inode, after.invocation)
    return "" if same else "the live service was restarted"


def evidence_lines(evidence: Evidence) -> tuple[str, ...]:
    """Give evidence as lines: the unit, the listener, the journal."""
    return (*describe(evidence.look), *(f"journal: {line}" for line in evidence.journal))


def receipt(activation: Activation) -> Receipt:
    """Give a host's receipt as the core knows it."""
    return Receipt(
        switched=activation.switched,
        started=activation.started,
        invocation=activation.after.invocation,
        pid=activation.after.pid,
        inode_before=activation.before.inode,
        inode_after=activation.after.inode,
        restarts=activation.after.restarts,
        held=activation.after.held,
        socket_invocation=activation.socket_invocation,
        socket_result=activation.socket_result,
        backlog=activation.backlog,
        cwd=activation.after.cwd,
        exe=activation.after.exe,
        moved=activation.moved,
    )
