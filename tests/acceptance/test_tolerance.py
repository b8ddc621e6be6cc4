"""max_failures: a wave may lose some hosts; they go back on their own, and are named."""

from deployer import events as ev
from tests.acceptance.conftest import Deploy


def test_a_failing_host_within_the_budget_is_taken_back_on_its_own_and_named(deploy: Deploy) -> None:
    app = deploy("python", count=3)
    app.install("r1")
    app.release("r2", "fail500", only_on=["web-2"])
    app.plan("r2", waves=[{"name": "all", "hosts": "rest", "max_failures": 1}])
    ended = app.run("apply")
    assert ended.code == 0, ended.told
    assert app.answers() == app.currents() == ["r2", "r1", "r2"]
    assert set(ended.of(ev.HostReverted)) == {"web-2"}
    assert ended.says("Mend web-2", "the plan tolerates that")


def test_one_failure_more_than_the_budget_takes_everybody_back(deploy: Deploy) -> None:
    app = deploy("python", count=3)
    app.install("r1")
    app.release("r2", "fail500", only_on=["web-2", "web-3"])
    app.plan("r2", waves=[{"name": "all", "hosts": "rest", "max_failures": 1}])
    ended = app.run("apply")
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"] * 3
