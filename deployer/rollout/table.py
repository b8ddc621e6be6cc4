"""The host table: which states a host can be in, and which changes there are. Any other change is a bug and says so."""

from enum import StrEnum


class HostState(StrEnum):
    """Where a host stands in a rollout."""

    PENDING = "pending"          # not touched, nothing staged
    STAGED = "staged"            # the release is there, not live
    ACTIVATING = "activating"    # being switched
    ACTIVE = "active"            # the release is live and proves itself
    CONFIRMED = "confirmed"      # the release is good, and the host has it on record
    REVERTING = "reverting"      # being taken back, or back and proving itself
    REVERTED = "reverted"        # back on the way back, healthy
    STRANDED = "stranded"        # touched, and neither good nor back: a person is needed
    HELD = "held"                # the rollout is held, and the host has that on record: it keeps what it has
    UNREACHABLE = "unreachable"  # lost before it was touched
    UNKNOWN = "unknown"          # an act's outcome is not known: being looked at again


_S = HostState
TRANSITIONS: dict[HostState, frozenset[HostState]] = {
    _S.PENDING: frozenset({_S.STAGED, _S.STRANDED, _S.UNREACHABLE}),
    _S.STAGED: frozenset({_S.ACTIVATING, _S.ACTIVE, _S.CONFIRMED, _S.REVERTING, _S.HELD, _S.STRANDED, _S.UNREACHABLE}),
    _S.ACTIVATING: frozenset({_S.STAGED, _S.ACTIVE, _S.REVERTING, _S.STRANDED, _S.UNKNOWN}),
    _S.ACTIVE: frozenset({_S.CONFIRMED, _S.REVERTING, _S.HELD, _S.STRANDED, _S.UNKNOWN}),
    _S.REVERTING: frozenset({_S.REVERTED, _S.STRANDED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.ACTIVE, _S.CONFIRMED, _S.REVERTING, _S.STRANDED}),
    _S.CONFIRMED: frozenset(),
    _S.REVERTED: frozenset(),
    _S.STRANDED: frozenset(),
    _S.HELD: frozenset(),
    _S.UNREACHABLE: frozenset(),
}

TOUCHED = frozenset({_S.ACTIVATING, _S.ACTIVE, _S.REVERTING, _S.UNKNOWN})
"""States of a host that was switched and has not come to an end."""


class TransitionError(Exception):
    """A change that the table does not know: a bug in sockdeploy."""


def move(before: HostState, after: HostState) -> HostState:
    """Give `after`, when the table allows the change."""
    if after not in TRANSITIONS[before]:
        raise TransitionError(f"a host cannot go from {before} to {after}")
    return after


def diagram() -> str:
    """Draw the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {HostState.PENDING}"]
    for before in HostState:
        lines += [f"    {before} --> {after}" for after in HostState if after in TRANSITIONS[before]]
        if not TRANSITIONS[before]:
            lines.append(f"    {before} --> [*]")
    return "\n".join(lines)
