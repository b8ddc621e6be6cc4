"""What is sent: of a release that differs little from the live one, little; what nobody kept is pruned."""

import json

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.fleet import SshCounts

BALLAST = 300_000


def test_only_what_changed_is_sent_as_plan_says_and_the_host_has_all_of_it(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    for release in ("r2", "r3"):
        (app.release(release) / "ballast").write_bytes(bytes(range(256)) * (BALLAST // 256))
    app.plan("r2")
    first = app.start("apply").end()
    assert first.code == 0, first.told
    assert all(event.sent > BALLAST for event in first.of(ev.HostStaged).values())  # another tool left the one before
    app.plan("r3")
    planned = {host["host"]: host for host in json.loads(app.run("plan", "--json").out)["hosts"]}
    assert {host["files_to_send"] for host in planned.values()} == {1}  # BUILD
    assert app.run("plan").says("send (files)", "(1/4)")
    second = app.start("apply").end()
    assert second.code == 0, second.told
    sent = {name: event.sent for name, event in second.of(ev.HostStaged).items()}
    assert sent == {name: host["bytes_to_send"] for name, host in planned.items()}
    assert max(sent.values()) < BALLAST / 10
    for host in app.hosts:
        assert host.sh(f"cat {app.site.root}/current/BUILD {app.site.root}/current/RELEASE") == "r3\nr3\n"
        assert host.sh(f"cd {app.site.root}/releases && cmp r2/ballast r3/ballast; stat -c %h r3/ballast") == "1\n"


def test_a_release_that_is_no_longer_kept_costs_one_execution_more(deploy: Deploy) -> None:
    app = deploy("python")
    host = app.hosts[0]
    for release, executions, left in (("r1", 5, ["r1"]), ("r2", 5, ["r1", "r2"]), ("r3", 6, ["r2", "r3"])):
        mark = host.ssh_mark()
        ended = app.apply(release, keep=0, units=app.units())
        assert ended.code == 0, ended.told
        assert host.ssh_counts(mark) == SshCounts(connections=1, executions=executions)
        assert app.releases(host) == left


def test_a_release_of_many_files_is_compared_by_lists_that_are_packed(deploy: Deploy) -> None:
    app = deploy("python")
    for release in ("r1", "r2"):
        folder = app.release(release) / "many"
        folder.mkdir()
        for number in range(500):
            (folder / f"file with a long name {number}").write_text(f"{number}\n")
        (folder / f"file with a long name {release}").write_text("new\n")
    app.plan("r1", units=app.units())
    assert app.start("apply").end().code == 0
    app.plan("r2", units=app.units())
    ended = app.start("apply").end()
    assert ended.code == 0, ended.told
    for host in app.hosts:
        assert 0 < ended.of(ev.HostStaged)[host.name].sent < 100_000  # the lists alone are longer
        assert host.sh(f"cd {app.site.root}/releases && diff -rq r1 r2 | wc -l") == "4\n"  # BUILD, RELEASE, one each
