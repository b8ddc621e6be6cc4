"""A reload: the service loads the new release by itself, and has to prove that it did."""

from pathlib import Path

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet.traffic import Traffic

RELOADING = """\
import os, signal, sys

def reload(*_):
    os.chdir({current!r})
    os.execv(sys.executable, [sys.executable, "-B", "service.py"])

signal.signal(signal.SIGHUP, reload)
"""


def reloadable(app: Deployment) -> None:
    """Have the service's unit say how it is reloaded."""
    (host,), name = app.hosts, app.site.service
    drop_in = "[Service]\nExecReload=/bin/kill -HUP $MAINPID\n"
    host.write(f"/etc/systemd/system/{name}.service.d/reload.conf", drop_in)
    host.sh("systemctl daemon-reload")


def follow(folder: Path, root: str) -> Path:
    """Have a release's program go on as the one that `current` names, in the same process, when it is reloaded."""
    program = folder / "service.py"
    text = program.read_text()
    begin = text.index("\nimport contextlib")
    program.write_text(text[:begin] + "\n" + RELOADING.format(current=f"{root}/current") + text[begin:])
    return folder


def test_a_service_that_loads_the_new_release_is_reloaded_and_never_restarted(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r0")
    reloadable(app)
    follow(app.release("r1"), app.site.root)
    app.plan("r1")
    restarted = app.run("apply")
    assert restarted.code == 0, restarted.told
    before = app.invocation(app.hosts[0])
    follow(app.release("r2"), app.site.root)
    app.plan("r2", strategy="reload")
    ended = app.run("apply")
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"]
    assert app.invocation(app.hosts[0]) == before


def test_a_service_that_keeps_the_old_code_is_not_believed_and_goes_back(deploy: Deploy) -> None:
    app = deploy("gunicorn")  # it resolves its folder when it starts: a reload imports the same files again
    app.install("r1")
    reloadable(app)
    with Traffic(app.site.urls(app.hosts)) as traffic:
        ended = app.apply("r2", strategy="reload")
    assert ended.code == 1, ended.told
    assert ended.says("not-reloaded", "/releases/r1")
    assert ended.of(ev.HostReverted)
    assert app.answers() == ["r1"]
    assert traffic.report().refused == 0


def test_gunicorn_that_enters_current_anew_loads_the_new_release_by_a_reload(deploy: Deploy) -> None:
    app = deploy("gunicorn")
    app.install("r1")
    reloadable(app)
    (host,), name = app.hosts, app.site.service
    (start,) = [line for line in app.site.units()[f"{name}.service"].splitlines() if line.startswith("ExecStart=")]
    chdir = start.replace("gunicorn ", f"gunicorn --chdir {app.site.root}/current ", 1)
    host.write(f"/etc/systemd/system/{name}.service.d/chdir.conf", f"[Service]\nExecStart=\n{chdir}\n")
    host.sh(f"systemctl daemon-reload; systemctl restart {name}.service")
    before = app.invocation(host)
    ended = app.apply("r2", strategy="reload")
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"]
    assert app.invocation(host) == before


def test_a_service_that_cannot_be_reloaded_is_refused_before_anything_is_sent(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    before = app.snapshot()
    ended = app.apply("r2", strategy="reload")
    assert ended.code == 5, ended.told
    assert ended.says("no-reload", "ExecReload")
    assert app.snapshot() == before
