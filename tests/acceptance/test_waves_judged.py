"""What rules lead to on real hosts: an earlier wave is judged on, and what cannot be measured is for a person."""

from typing import Any

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet.traffic import Traffic

ERRORS = {
    "name": "errors", "errors": 'http_requests_total{code=~"5.."}', "total": "http_requests_total", "max": "1%",
    "on_error": "hold",
}  # fmt: skip


def gates(app: Deployment, rule: dict[str, Any]) -> dict[str, Any]:
    """Give gates with one rule on the numbers of the service."""
    source = {"scrape": app.site.local_url.replace("healthz", "metrics")}
    read = {"source": source, "interval": "500ms", "timeout": "2s", "warmup": "0s", "rules": [rule]}
    return {"health": app.health(), "metrics": read}


def wave(name: str, hosts: int | str, least: str, longest: str = "60s") -> dict[str, Any]:
    """Give a wave that bakes at least and at most for so long."""
    return {"name": name, "hosts": hosts, "bake": {"min": least, "max": longest}}


def test_a_wave_that_has_passed_is_judged_on_and_takes_back_the_later_one_as_well(deploy: Deploy) -> None:
    app = deploy("metered", count=2)
    app.install("r1")
    quiet = {**ERRORS, "idle": "pass"}
    two = [wave("one", 1, "1s"), wave("two", "rest", "50s")]
    running = app.begin("r2", "errors=0.5", waves=two, gates=gates(app, quiet))
    running.wait_until(lambda: any(isinstance(event, ev.WavePassed) for event in running.events))
    with Traffic(app.site.urls(app.hosts[:1]), rate=40):
        ended = running.end()
    assert ended.code == 1, ended.told
    failed = next(event for event in ended.events if isinstance(event, ev.WaveFailed))
    assert (failed.wave, failed.failure.message.split(":")[0]) == ("one", "rule errors")
    assert app.answers() == ["r1", "r1"]


def test_metrics_that_cannot_be_read_hold_the_wave_where_the_plan_says_so_until_a_person_resumes(
    deploy: Deploy,
) -> None:
    app = deploy("metered")
    app.install("r1")
    held = app.apply("r2", "page=none", waves=[wave("all", "rest", "1s", "2s")], gates=gates(app, ERRORS))
    assert held.code == 4, held.told
    assert held.says("404", "on_error: hold")
    assert app.answers() == ["r2"]
    ended = app.run("resume", "--yes")
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"]
