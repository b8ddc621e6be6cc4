"""--hosts, --wave and --through leave hosts out; running apply again brings the rest, and then nothing at all."""

import json

from deployer import events as ev
from tests.acceptance.conftest import Deploy

WAVES = [{"name": "canary", "hosts": 1}, {"name": "pilot", "hosts": 1}, {"name": "full", "hosts": "rest"}]


def test_filters_bring_a_release_out_piece_by_piece_and_the_last_run_changes_nothing(deploy: Deploy) -> None:
    app = deploy("python", count=4)
    app.install("r1")
    pieces = [
        (("--through", "canary"), ["r2", "r1", "r1", "r1"]),
        (("--hosts", "web-4"), ["r2", "r1", "r1", "r2"]),
        (("--wave", "pilot"), ["r2", "r2", "r1", "r2"]),
        ((), ["r2", "r2", "r2", "r2"]),
    ]
    app.release("r2")
    app.plan("r2", waves=WAVES)
    for words, wanted in pieces:
        ended = app.run("apply", *words)
        assert ended.code == 0, ended.told
        assert app.answers() == wanted
    before = [app.invocation(host) for host in app.hosts]
    again = app.run("apply", "--json")
    assert again.code == 0, again.told
    assert json.loads(again.out)["outcome"] == "unchanged"
    assert set(again.of(ev.HostUnchanged)) == {host.name for host in app.hosts}
    assert [app.invocation(host) for host in app.hosts] == before


def test_a_host_that_runs_the_release_and_is_not_well_is_activated_again(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    assert app.apply("r2").code == 0
    app.hosts[1].systemctl("stop", f"{app.site.service}.service")
    app.hosts[1].systemctl("kill", "--signal=KILL", f"{app.site.service}.service", check=False)
    first = app.invocation(app.hosts[0])
    ended = app.run("apply")
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"] * 2
    assert app.invocation(app.hosts[0]) == first


def test_json_prints_one_document_on_stdout_and_the_story_on_stderr(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", "fail500", "--json")
    document = json.loads(ended.out)
    assert (ended.code, document["exit_code"], document["outcome"]) == (1, 1, "rolled-back")
    assert document["failed"]["host"] == "web-1"
    assert document == ended.summary
    assert "wave canary" in ended.err or "canary" in ended.err
