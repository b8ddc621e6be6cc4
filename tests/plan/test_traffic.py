"""Requests of our own: how many, from where, or none."""

import pytest

from deployer.plan.model import ProbeFrom, Traffic
from tests.plan.machine import a_plan, problem, read


def test_a_plan_that_says_nothing_sends_five_a_second_from_the_host() -> None:
    assert read(a_plan()).traffic == Traffic(5, ProbeFrom.HOST)


def test_rate_and_source_are_chosen() -> None:
    assert read(a_plan(traffic="{rate: 20, from: local}")).traffic == Traffic(20, ProbeFrom.LOCAL)


def test_a_connection_is_kept_open_where_the_plan_asks_for_it() -> None:
    assert read(a_plan(traffic="{keep_alive: on}")).traffic == Traffic(5, ProbeFrom.HOST, keep_alive=True)


def test_a_slow_path_is_named() -> None:
    plan = read(a_plan(traffic="{slow: '/report?days=30'}"))
    assert plan.traffic is not None
    assert plan.traffic.slow == "/report?days=30"
    found = problem(a_plan(traffic="{slow: report}"))
    assert found.message == "traffic.slow: expected a path such as /report?days=30, got 'report'"


def test_it_can_be_off() -> None:
    assert read(a_plan(traffic="off")).traffic is None


@pytest.mark.parametrize("rate", ["0", "101", "many"])
def test_a_rate_out_of_bounds_is_refused(rate: str) -> None:
    assert problem(a_plan(traffic=f"{{rate: {rate}}}")).message.startswith(
        "traffic.rate: expected a whole number from 1"
    )


def test_on_is_no_way_to_write_it() -> None:
    found = problem(a_plan(traffic="on"))
    assert found.message == "traffic: expected a mapping, or off"
    assert found.remedy == "leave the key out for its defaults"
