"""Hooks: commands here or on the first host, at the points of a rollout, with its context in variables."""

from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Deploy

POINTS = ("before_rollout", "before_wave", "after_wave", "after_rollout", "on_failure")
TOGETHER = [{"name": "all", "hosts": "rest"}]


def test_hooks_run_at_their_points_here_and_on_the_host_with_their_context(deploy: Deploy, tmp_path: Path) -> None:
    app = deploy("python")
    app.install("r1")
    log, far = tmp_path / "log", f"{app.site.root}/log"
    line = "$SOCKDEPLOY_HOOK $SOCKDEPLOY_SERVICE $SOCKDEPLOY_RELEASE [$SOCKDEPLOY_WAVE] $SOCKDEPLOY_HOSTS"
    hooks: dict[str, Any] = {point: [["sh", "-c", f'echo "{line}" >>{log}']] for point in POINTS}
    app.hosts[0].sh(f"install -o deploy -m 644 /dev/null {far}")
    hooks["after_wave"] = {"on": "host", "run": ["sh", "-c", f'echo "{line} $(hostname)" >>{far}']}
    ended = app.apply("r2", hooks={**hooks, **{p: hooks[p][0] for p in POINTS if p != "after_wave"}}, waves=TOGETHER)
    assert ended.code == 0, ended.told
    about = f"{app.site.service} r2"
    assert log.read_text().splitlines() == [
        f"before_rollout {about} [] web-1", f"before_wave {about} [all] web-1", f"after_rollout {about} [] web-1",
    ]  # fmt: skip
    assert app.hosts[0].read(far) == f"after_wave {about} [all] web-1 web-1\n"


def test_a_failing_before_wave_takes_the_earlier_waves_back_and_shows_what_the_hook_said(deploy: Deploy) -> None:
    app = deploy("python", count=2)
    app.install("r1")
    said = '[ "$SOCKDEPLOY_WAVE" = canary ] || { echo the moon is full; exit 4; }'
    waves = [{"name": "canary", "hosts": 1}, {"name": "full", "hosts": "rest"}]
    ended = app.apply("r2", hooks={"before_wave": ["sh", "-c", said]}, waves=waves)
    assert ended.code == 1, ended.told
    assert app.answers() == ["r1"] * 2
    assert ended.says("before_wave", "the moon is full", "exit 4")


def test_a_failing_before_rollout_refuses_and_every_alarm_is_raised_with_why(deploy: Deploy, tmp_path: Path) -> None:
    app = deploy("python")
    app.install("r1")
    before, log = app.snapshot(), tmp_path / "log"
    host = app.hosts[0]
    host.sh("install -o deploy -m 644 /dev/null /tmp/alarm")
    alarm = ["sh", "-c", 'printf "%s" "$SOCKDEPLOY_FAILURE" >/tmp/alarm; echo rang; exit 6']
    here = ["sh", "-c", f'printf "%s" "$SOCKDEPLOY_FAILURE" >{log}']
    alarms = [["./no-such-alarm"], {"on": "host", "run": alarm}, here]
    ended = app.apply("r2", hooks={"before_rollout": ["false"], "on_failure": alarms})
    assert ended.code == 5, ended.told
    assert app.snapshot() == before
    heard = [log.read_text(), host.sh("cat /tmp/alarm; rm /tmp/alarm")]
    assert heard == ["the hook before_rollout (false, here) failed: exit 1"] * 2
    assert ended.says("no-such-alarm: No such file", "exit 6", "rang")


def test_on_failure_never_changes_the_exit_code(deploy: Deploy, tmp_path: Path) -> None:
    app = deploy("python")
    app.install("r1")
    log = tmp_path / "log"
    hook = ["sh", "-c", f'echo "$SOCKDEPLOY_FAILED_HOST: $SOCKDEPLOY_FAILURE" >{log}; exit 9']
    ended = app.apply("r2", "fail500", hooks={"on_failure": hook})
    assert ended.code == 1, ended.told
    assert log.read_text().startswith("web-1: ")
    assert app.answers() == ["r1"]
