"""The command gate: here or on the host it says whether a release is well, and nothing of it stays."""

from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment

ABOUT = "$SOCKDEPLOY_HOST $SOCKDEPLOY_ADDRESS $SOCKDEPLOY_SERVICE $SOCKDEPLOY_RELEASE"


def gates(app: Deployment, line: str, **more: Any) -> dict[str, Any]:
    """Give health and a command gate that runs a line of sh."""
    return {"health": app.health(), "command": {"run": ["sh", "-c", line], **more}}


def test_a_command_from_here_knows_the_host_and_the_release(deploy: Deploy, tmp_path: Path) -> None:
    app = deploy("python")
    app.install("r1")
    ended = app.apply("r2", gates=gates(app, f'echo "{ABOUT}" >{tmp_path}/told', on="local"))
    assert ended.code == 0, ended.told
    assert (tmp_path / "told").read_text() == f"web-1 {app.hosts[0].address} {app.site.service} r2\n"
    assert app.answers() == ["r2"]


def test_a_command_that_fails_on_the_host_takes_the_release_back_and_shows_what_it_said(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    said = 'echo "$SOCKDEPLOY_RELEASE on $(hostname): three rows are missing"; exit 3'
    ended = app.apply("r2", gates=gates(app, said))
    assert ended.code == 1, ended.told
    assert ended.says("exit 3", "r2 on web-1: three rows are missing")
    assert app.answers() == ["r1"]


def test_a_command_that_hangs_on_the_host_is_ended_with_all_that_it_started(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    pids = f"/tmp/{app.site.service}.pids"
    stubborn = f'trap "" TERM HUP; echo $$ >>{pids}; sleep 300'
    ended = app.apply("r2", gates=gates(app, f"setsid sh -c '{stubborn}' & ({stubborn}) & {stubborn}", timeout="1s"))
    assert ended.code == 1, ended.told
    assert ended.says("longer than 1 s")
    assert app.answers() == ["r1"]
    host = app.hosts[0]
    assert host.read(pids) != ""
    assert host.sh(f"for pid in $(cat {pids}); do grep ^State: /proc/$pid/status | grep -v Z; done", check=False) == ""
