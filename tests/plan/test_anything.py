"""Whatever stands in a file: a plan comes of it, or a report of problems, each at a place in the file; nothing else."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.errors import PlanError, Problem
from deployer.plan.forms import keys_at
from deployer.plan.model import Plan
from deployer.plan.reading import MARKS
from tests.plan.machine import Machine, read

PATHS: list[tuple[str | int, ...]] = [
    (),
    ("ssh",),
    ("socket",),
    ("waves", 0),
    ("waves", 0, "bake"),
    ("gates",),
    ("gates", "health"),
    ("gates", "health", "expect"),
    ("gates", "health", "expect", "release"),
    ("hooks",),
    ("hooks", "before_wave"),
    ("inventory", "web-1"),
]
KEYS = sorted({key for path in PATHS for key in keys_at(path)} | MARKS | {"", "<<", "x-a", "web-1", "[0]", "rehearse"})
WORDS = ["", "none", "rest", "web-*", "a=b", "10%", "5s", "0s", "3", "on", "host", "/srv/x", "${A}", "${", "x" * 300]

scalars = st.sampled_from(WORDS) | st.none() | st.booleans() | st.integers() | st.text(max_size=8)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=40,
)
tops = st.dictionaries(st.sampled_from(sorted(keys_at(())) + KEYS), documents, max_size=14)


def outcome(text: str | bytes) -> Plan | tuple[Problem, ...]:
    """Read a plan, or give what is wrong with it."""
    try:
        return read(text, Machine(absent=["/work/gone"]))
    except PlanError as error:
        return error.problems


@settings(max_examples=150, deadline=None)
@given(tops)
def test_any_document_ends_in_a_plan_or_a_report(document: dict[str, object]) -> None:
    text = json.dumps(document)
    found = outcome(text)
    if not isinstance(found, Plan):
        assert found
        assert all(problem.place.line == 1 and 1 <= problem.place.column <= len(text) + 1 for problem in found)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="abc:-[]{}&*!|>'\"%@`#,? \n\t<$\r\ufeff\u2028\x00", max_size=60))
def test_any_text_ends_in_a_report(text: str) -> None:
    assert outcome(text)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_report(data: bytes) -> None:
    assert outcome(data)
