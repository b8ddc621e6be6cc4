"""The strategies and the rehearsal: their defaults, and what each needs of the other keys."""

import pytest

from deployer.plan.model import Bridge, Strategy
from tests.plan.machine import a_plan, problem, problems, read

NAMED = "{health: {url: 'http://127.0.0.1:8080/', expect: {release: {json: version}}}}"
FROM_HERE = "{health: {url: 'http://{address}:8080/', from: local, expect: {release: {json: version}}}}"
QUEUE = {"socket": "none", "gates": ""}


def test_a_plan_that_says_nothing_restarts_and_rehearses_nothing() -> None:
    plan = read(a_plan())
    assert (plan.strategy, plan.rehearse, plan.bridge) == (Strategy.RESTART, False, Bridge(safe=False))


def test_a_bridge_is_rehearsed_unless_the_plan_says_otherwise() -> None:
    assert read(a_plan(strategy="bridge", gates=NAMED)).rehearse
    assert not read(a_plan(strategy="bridge", gates=NAMED, rehearse="off")).rehearse


@pytest.mark.parametrize("strategy", ["restart", "reload"])
def test_any_strategy_can_be_rehearsed_also_where_the_answer_names_no_release(strategy: str) -> None:
    plan = read(a_plan(strategy=strategy, rehearse="on"))
    assert plan.strategy == strategy
    assert plan.rehearse


def test_a_service_is_declared_safe_to_run_twice() -> None:
    assert read(a_plan(bridge="{safe: on}")).bridge.safe


def test_a_bridge_needs_a_socket() -> None:
    found = problem(a_plan(strategy="bridge", **QUEUE))
    assert found.message == "strategy: the strategy bridge needs a socket, and the plan says socket: none"
    assert (found.place.file, found.place.line, found.place.column) == ("plan.yml", 7, 11)


def test_a_rehearsal_needs_a_socket() -> None:
    found = problem(a_plan(rehearse="on", **QUEUE))
    assert found.message == "rehearse: a rehearsal needs a socket, and the plan says socket: none"


def test_a_bridge_needs_a_health_gate() -> None:
    found = problem(a_plan(strategy="bridge", gates=""))
    assert found.message == "gates: a service behind a socket needs gates.health"


def test_a_bridge_needs_the_releases_id_in_the_answer() -> None:
    found = problem(a_plan(strategy="bridge"))
    assert found.message.startswith("gates.health.expect.release: the strategy bridge needs the release's id")
    assert "{json: version}" in found.remedy


@pytest.mark.parametrize("keys", [{"strategy": "bridge"}, {"rehearse": "on"}])
def test_a_second_instance_is_asked_from_the_host(keys: dict[str, str]) -> None:
    (found,) = problems(a_plan(gates=FROM_HERE, inventory="{web-1: {}}", **keys))
    assert found.message == "gates.health.from: a second instance can be asked from the host only"


def test_a_strategy_that_is_misspelt_is_told_once() -> None:
    assert problem(a_plan(strategy="brigde")).remedy == "did you mean 'bridge'?"


def test_what_a_second_instance_needs_is_not_looked_for_in_keys_that_are_wrong() -> None:
    assert problem(a_plan(strategy="bridge", gates=NAMED, socket="[]")).message.startswith("socket: ")
    assert problem(a_plan(strategy="bridge", gates=NAMED.replace("json", "jsn"))).message.startswith("gates.health.")
