"""Filters leave hosts out and never move one to another wave."""

import pytest

from deployer.errors import UsageError
from deployer.plan.filters import select
from deployer.plan.model import Plan
from tests.plan.machine import a_plan, read

INVENTORY = "{a: {labels: {region: eu}}, b: {}, c: {labels: {region: eu}}, d: {}, e: {}}"


@pytest.fixture
def plan() -> Plan:
    return read(a_plan(inventory=INVENTORY))


def waves(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {wave.name: wave.hosts for wave in plan.waves}


def test_without_filters_the_plan_stays_as_it_is(plan: Plan) -> None:
    assert select(plan) == plan
    assert waves(plan) == {"canary": ("a",), "pilot": ("b", "c"), "full": ("d", "e")}


def test_hosts_are_selected_by_name_glob_and_label_and_keep_their_waves(plan: Plan) -> None:
    selected = select(plan, ["region=eu, e"])
    assert waves(selected) == {"canary": ("a",), "pilot": ("c",), "full": ("e",)}
    assert [host.name for host in selected.hosts] == ["a", "c", "e"]
    assert waves(select(plan, ["[d-e]", "c"])) == {"pilot": ("c",), "full": ("d", "e")}


def test_a_wave_left_without_hosts_is_dropped_with_a_note(plan: Plan) -> None:
    assert select(plan, ["a"]).notes == (
        "wave pilot is skipped: none of its hosts is selected",
        "wave full is skipped: none of its hosts is selected",
    )


def test_one_wave_is_selected(plan: Plan) -> None:
    assert waves(select(plan, wave="pilot")) == {"pilot": ("b", "c")}


def test_waves_through_one_are_selected(plan: Plan) -> None:
    assert waves(select(plan, through="pilot")) == {"canary": ("a",), "pilot": ("b", "c")}


def test_through_a_wave_that_got_no_host_still_means_the_waves_before_it() -> None:
    small = read(a_plan(inventory="{a: {}}"))
    assert waves(select(small, through="pilot")) == {"canary": ("a",)}


def test_filters_go_together(plan: Plan) -> None:
    assert waves(select(plan, ["region=eu"], through="pilot")) == {"canary": ("a",), "pilot": ("c",)}


def refused(plan: Plan, *hosts: str, wave: str | None = None, through: str | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        select(plan, hosts, wave, through)
    return str(caught.value)


def test_an_unknown_host_is_refused_with_a_guess() -> None:
    plan = read(a_plan())
    assert refused(plan, "web-9") == "--hosts: no host matches 'web-9'\n    did you mean 'web-4'?"


@pytest.mark.parametrize("hosts", [[""], [" , "], ["", ""]])
def test_a_filter_that_is_empty_does_not_mean_the_whole_fleet(plan: Plan, hosts: list[str]) -> None:
    assert refused(plan, *hosts).startswith("--hosts: expected hosts, found ")
    assert waves(select(plan, ["a,", *hosts])) == {"canary": ("a",)}


def test_an_unknown_wave_is_refused_with_a_guess(plan: Plan) -> None:
    assert refused(plan, wave="canry") == "--wave: no wave is called 'canry'\n    did you mean 'canary'?"
    assert refused(plan, through="x") == "--through: no wave is called 'x'\n    there are: canary, pilot, full"


def test_wave_and_through_do_not_go_together(plan: Plan) -> None:
    assert refused(plan, wave="pilot", through="pilot").startswith("--wave: cannot go with --through")


def test_filters_that_leave_no_host_are_refused(plan: Plan) -> None:
    assert refused(plan, "a", wave="pilot").startswith("--hosts a --wave pilot: no host is left")
