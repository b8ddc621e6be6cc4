"""A release that is no good is taken back by itself, and whoever was not reached by it never notices."""

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended

SECONDS = 10
"""What `within seconds` means here: on a quiet machine it is two."""


def test_a_release_that_answers_500_is_taken_back_from_the_canary_and_nobody_else_is_touched(deploy: Deploy) -> None:
    app = deploy("python", count=4)
    app.install("r1")
    others = app.snapshot(*app.hosts[1:])
    ended = app.apply("r2", "fail500")
    assert ended.code == 1, ended.told
    assert app.answers() == app.currents() == ["r1"] * 4
    assert app.snapshot(*app.hosts[1:]) == others
    assert _exposed(ended, "web-1") < SECONDS
    assert ended.says("500", "web-1", "where every host stands", "what to do next")


def test_a_release_that_only_fails_on_the_pilot_hosts_is_taken_back_from_pilot_and_canary(deploy: Deploy) -> None:
    app = deploy("python", count=4)
    ended = _failing_on_the_pilot(app)
    assert ended.code == 1, ended.told
    assert set(ended.of(ev.HostReverted)) == {"web-1", "web-2"}
    assert app.answers() == app.currents() == ["r1"] * 4
    assert set(ended.of(ev.HostActivated)) == {"web-1", "web-2"}


def test_with_the_scope_of_a_wave_the_pilot_alone_is_taken_back(deploy: Deploy) -> None:
    app = deploy("python", count=4)
    ended = _failing_on_the_pilot(app, rollback={"scope": "wave"})
    assert ended.code == 1, ended.told
    assert app.answers() == app.currents() == ["r2", "r1", "r1", "r1"]
    assert ended.says("confirmed hosts keep r2")


def test_a_confirmed_release_that_a_new_gate_refuses_is_left_as_it_was(deploy: Deploy) -> None:
    app = deploy("python")
    assert app.apply("r1", units=app.units()).code == 0
    expect = {"status": 204, "release": {"json": "release"}}
    app.plan("r1", units=app.units(), gates={"health": app.health(expect=expect)})
    ended = app.run("apply")
    assert ended.code == 1, ended.told
    assert app.answers() == app.currents() == ["r1"]
    assert ended.says("web-1: back on r1", "answers as it did then", "gates.health does not pass that")
    assert not any(word in ended.told for word in ("stranded", "sockdeploy abort", "needs a person"))


def _failing_on_the_pilot(app: Deployment, **changes: object) -> Ended:
    app.install("r1")
    app.release("r2", "fail500", only_on=["web-2"])
    app.plan("r2", **changes)
    return app.run("apply")


def _exposed(ended: Ended, host: str) -> float:
    """How long the broken release was live, in seconds of the host's own clock."""
    return ended.of(ev.HostRestored)[host].receipt.started - ended.of(ev.HostActivated)[host].receipt.switched
