"""Deploys that are simulated, with fixed seeds: who is taken back, and how soon. `bench.verdicts` has thousands."""

import pytest

from deployer.gates.verdict import Verdict
from deployer.plan.judging import Compare, ErrorRule
from tests.gates.simulation import Service, Watch, any_window, errors, looks, rolled_back

ABSOLUTE = ErrorRule("errors", 0.01, errors="e", total="t")
COMPARED = ErrorRule("errors", 0.01, Compare(2.0, 0.005), errors="e", total="t")
DEPLOYS = range(40)


def taken_back(service: Service, rule: ErrorRule = ABSOLUTE) -> int:
    return sum(rolled_back(service, Watch(), rule, seed) is not None for seed in DEPLOYS)


def test_a_healthy_service_is_left_alone_where_a_ratio_of_any_window_is_not() -> None:
    healthy = Service(0.002)
    assert taken_back(healthy) == 0
    assert sum(any_window(errors(healthy, Watch(), seed), 0.01) for seed in DEPLOYS) > 20


def test_a_service_with_five_percent_errors_is_taken_back() -> None:
    assert taken_back(Service(0.05)) == len(DEPLOYS)


def test_an_incident_of_the_whole_fleet_takes_nothing_back_when_compared() -> None:
    assert taken_back(Service(0.03, control=0.03), COMPARED) == 0
    assert taken_back(Service(0.03)) == len(DEPLOYS)
    assert taken_back(Service(0.05, control=0.002), COMPARED) == len(DEPLOYS)


@pytest.mark.parametrize("bake", [60, 300, 6000])
def test_an_outage_with_hardly_any_request_is_taken_back_after_three(bake: int) -> None:
    rulings = looks(Service(1.0, requests=0.1), Watch(bake=bake, least=bake), ABSOLUTE, seed=1)
    failed = next(ruling for ruling in rulings if ruling.verdict is Verdict.FAIL)
    assert failed.bad <= 3
    assert failed.min_requests == 50
