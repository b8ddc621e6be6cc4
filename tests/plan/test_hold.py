"""Where a rollout waits for a person, and for how long it may."""

from tests.plan.machine import a_plan, problem, read

WAVES = "[{name: canary, hosts: 1}, {name: full, hosts: rest, approve: on}]"
HOSTS = "{web-1: {}, web-2: {}}"


def test_a_plan_that_says_nothing_waits_before_no_wave_and_for_at_most_a_day() -> None:
    plan = read(a_plan(inventory=HOSTS))
    assert not any(wave.approve for wave in plan.waves)
    assert plan.hold == 24 * 3600


def test_a_plan_says_before_which_wave_it_waits_and_for_how_long() -> None:
    plan = read(a_plan(inventory=HOSTS, waves=WAVES, hold="{max: 90m}"))
    assert [wave.name for wave in plan.waves if wave.approve] == ["full"]
    assert plan.hold == 90 * 60


def test_it_waits_for_some_time_at_least() -> None:
    assert "expected a duration above 0s up to 8760h" in problem(a_plan(hold="{max: 0s}")).message


def test_a_misspelt_key_is_told() -> None:
    assert problem(a_plan(hold="{maxx: 1h}")).remedy == "did you mean 'max'?"
