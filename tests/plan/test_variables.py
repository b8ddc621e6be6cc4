"""Variables in values: expanded once, in values only, never read as YAML again."""

import pytest

from deployer.plan.variables import expand
from deployer.plan.wrong import WrongError
from tests.plan.machine import a_plan, problem, read

SET = {"NAME": "value", "EMPTY": "", "NESTED": "${NAME}"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${NAME}", "value"),
        ("a-${NAME}-${NAME}", "a-value-value"),
        ("${NOPE:-default}", "default"),
        ("${NOPE:-}", ""),
        ("${EMPTY}", ""),
        ("${EMPTY:-default}", "default"),
        ("${NAME:-default}", "value"),
        ("${NESTED}", "${NAME}"),
        ("$NAME $$ $", "$NAME $$ $"),
        ("$${NAME}", "${NAME}"),
        ("${NOPE:-a:-b}", "a:-b"),
    ],
)
def test_a_variable_is_replaced_by_its_value(text: str, value: str) -> None:
    assert expand(text, SET) == value


@pytest.mark.parametrize("text", ["${", "${NAME", "${}", "${1A}", "${NA ME}", "${NAME-x}", "${NAME:x}"])
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(WrongError, match="expected") as caught:
        expand(text, SET)
    assert "$${" in caught.value.remedy


def test_a_variable_that_is_not_set_is_told_with_a_way_out() -> None:
    with pytest.raises(WrongError, match="the variable OTHER is not set") as caught:
        expand("${OTHER}", SET)
    assert caught.value.remedy == "set it, or give a default: ${OTHER:-default}"


def test_a_misspelt_variable_is_guessed() -> None:
    with pytest.raises(WrongError) as caught:
        expand("${NAMES}", SET)
    assert caught.value.remedy == "did you mean 'NAME'?"


def test_a_value_is_never_read_as_yaml() -> None:
    assert problem(a_plan(shared="${LIST:-x}")).message == "shared: expected a list, got 'x'"
    assert read(a_plan(owner="${OWNER}"), variables={"OWNER": "app:app"}).owner == "app:app"


def test_a_number_or_a_duration_may_come_from_a_variable() -> None:
    plan = read(a_plan(keep="${KEEP}", timeouts='{connect: "${T:-2s}"}'), variables={"KEEP": "7"})
    assert (plan.keep, plan.timeouts.connect) == (7, 2.0)


def test_keys_are_not_expanded() -> None:
    assert problem(a_plan() + '"${KEY}": 1\n').message == "unknown key '${KEY}'"
