"""The host table: what it allows, what it calls a bug, and that the project's own diagram shows it."""

import re
from pathlib import Path

import pytest

from deployer.rollout.table import TOUCHED, TRANSITIONS, HostState, TransitionError, diagram, move

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(HostState)


def test_a_change_in_the_table_is_allowed() -> None:
    assert move(HostState.STAGED, HostState.ACTIVATING) is HostState.ACTIVATING


def test_any_other_change_is_a_bug_and_says_so() -> None:
    with pytest.raises(TransitionError, match="a host cannot go from pending to confirmed"):
        move(HostState.PENDING, HostState.CONFIRMED)


def test_a_touched_host_can_always_come_to_an_end() -> None:
    for state in TOUCHED:
        assert HostState.STRANDED in TRANSITIONS[state]


def test_an_end_is_an_end() -> None:
    for state in (HostState.CONFIRMED, HostState.REVERTED, HostState.STRANDED, HostState.HELD, HostState.UNREACHABLE):
        assert not TRANSITIONS[state]


def test_the_diagram_shows_every_change_and_every_end() -> None:
    lines = diagram().splitlines()
    assert "    active --> reverting" in lines
    assert "    stranded --> [*]" in lines
    assert len(lines) == 2 + sum(map(len, TRANSITIONS.values())) + sum(not after for after in TRANSITIONS.values())


def test_the_architecture_shows_the_table_as_it_is() -> None:
    shown = re.findall(r"```mermaid\n(stateDiagram.*?)\n```", ARCHITECTURE.read_text(), re.DOTALL)
    assert shown == [diagram()], "put the output of deployer.rollout.table.diagram() between ```mermaid and ```"
