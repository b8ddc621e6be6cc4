"""One rollout per service: of two that start together, one proceeds and the other changes nothing."""

from deployer import events as ev
from deployer.facts import Act
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended

ROUNDS = 3


def test_of_two_applies_started_together_exactly_one_proceeds_and_the_other_changes_nothing(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r0")
    for number in range(ROUNDS):
        ends = _race(app, f"anna-{number}", f"bert-{number}")
        winner, loser = sorted(ends, key=lambda name: ends[name].code)
        assert [ends[winner].code, ends[loser].code] == [0, 5], ends[winner].told + ends[loser].told
        assert app.answers() == app.currents() == [winner] * 2
        assert all(loser not in app.releases(host) for host in app.hosts)
        assert ends[loser].says(f"{winner} from ", " since ", f"apply of {winner}")


def test_a_rollback_is_refused_while_an_apply_runs_and_names_it(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    assert app.apply("r2").code == 0
    running = app.begin("r3", "slow 4")
    running.wait_for(ev.ActStarted, ["web-1"], Act.ACTIVATE)
    refused = app.run("rollback")
    assert refused.code == 5
    assert refused.says("another rollout holds web-1", "apply of r3")
    ended = running.end()
    assert ended.code == 0, ended.told
    assert app.answers() == ["r3"] * 2


def _race(app: Deployment, *releases: str) -> dict[str, Ended]:
    """Two people apply a release each, of their own name, at the same moment."""
    running = {}
    for release in releases:
        app.release(release)
        app.plan(release)
        plan = (app.folder / "plan.yml").rename(app.folder / f"{release}.yml")
        running[release] = app.start("apply", plan=plan, variables={"GITHUB_ACTOR": release})
    return {release: each.end() for release, each in running.items()}
