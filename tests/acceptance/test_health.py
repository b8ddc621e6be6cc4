"""What counts as healthy: the new release's own good answer, and nothing else."""

from tests.acceptance.conftest import Deploy


def test_an_old_process_that_still_answers_200_is_never_healthy(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "wrong-release r1", gates={"health": app.health(deadline="3s")})
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"]
    assert ended.says("not healthy within 3 s", "release r1", "other release")


def test_a_redirect_is_a_failure_that_shows_location(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "redirect")
    assert ended.code == 1, ended.told
    assert ended.says("302", "Location: /elsewhere")
    assert app.answers() == ["r1"]


def test_a_release_that_says_503_until_it_is_ready_is_waited_for(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "unready 2")
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"]


def test_a_release_that_turns_bad_while_it_bakes_is_taken_back(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "late500 2", waves=[{"name": "all", "hosts": "rest", "bake": {"min": "15s", "max": "20s"}}])
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"]


def test_a_release_that_takes_longer_to_start_than_it_may_is_given_up_and_taken_back(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "slow 30", timeouts={"activate": "2s"})
    assert ended.code == 1, ended.told
    assert ended.says("after 2 s", "cancelled")
    assert app.answers() == ["r1"]
    assert app.hosts[0].systemctl("list-jobs", "--no-legend", f"{app.site.service}.service") == ""


def test_health_can_be_asked_from_here_and_from_the_host_at_once(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    url = f"http://{{address}}:{app.site.port}/healthz"
    health = app.health(url=url, **{"from": ["host", "local"]})
    ended = app.apply("r2", gates={"health": health})
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"]
