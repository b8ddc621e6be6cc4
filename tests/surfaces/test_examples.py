"""The examples: what their files say, and what their apps do on a passed socket."""

import os
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.fleet.base import base_tree
from tests.surfaces import CHECKOUT
from tests.surfaces.examples import EXAMPLES, Example
from tests.surfaces.passed import passed_socket

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)

HARDENED = {"NoNewPrivileges": ["true"], "PrivateTmp": ["true"], "ProtectSystem": ["strict"], "ProtectHome": ["true"]}
PORT_STAYS_OPEN = {"Restart": ["always"], "RestartSec": ["1"], "NonBlocking": ["true"]}

# The release as /srv/NAME/current, the units on /mnt. The mounts end with the process.
VERIFY = """
set -e
mount -t tmpfs none "$BASE/srv"
mkdir -p "$BASE/srv/$NAME/current"
mount --bind "$RELEASE" "$BASE/srv/$NAME/current"
mount --bind "$UNITS" "$BASE/mnt"
exec chroot "$BASE" systemd-analyze verify --man=no "/mnt/$NAME.socket" "/mnt/$NAME.service"
"""


def test_there_are_the_four_that_the_readme_names() -> None:
    assert [example.name for example in EXAMPLES] == ["go", "gunicorn", "node", "quickstart"]


@each_example
def test_the_socket_listens_on_loopback_and_stays_open(example: Example) -> None:
    unit = example.unit("socket")
    listen = yaml.safe_load(example.plan.read_text())["socket"]["listen"]
    assert unit["Socket"] == {
        "ListenStream": [listen],
        "NoDelay": ["true"],
        "ReusePort": ["false"],
        "TriggerLimitIntervalSec": ["0"],
    }
    assert listen.startswith("127.0.0.1:")
    assert unit["Install"] == {"WantedBy": ["sockets.target"]}


@each_example
def test_the_service_cannot_close_the_port_and_is_hardened(example: Example) -> None:
    unit = example.unit("service")
    socket = f"{example.service}.socket"
    assert unit["Unit"]["Requires"] == [socket]
    assert socket in unit["Unit"]["After"][0].split()
    assert unit["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert "BindsTo" not in unit["Unit"]
    assert unit["Service"].items() >= {**HARDENED, **PORT_STAYS_OPEN, "Type": ["notify"]}.items()
    assert unit["Service"]["TimeoutStopSec"] == ["30"]
    assert unit["Install"] == {"WantedBy": ["multi-user.target"]}


@each_example
def test_the_service_runs_what_current_points_to(example: Example) -> None:
    root = yaml.safe_load(example.plan.read_text())["root"]
    assert example.unit("service")["Service"]["WorkingDirectory"] == [f"{root}/current"]


@each_example
def test_health_is_asked_where_the_socket_listens(example: Example) -> None:
    plan = yaml.safe_load(example.plan.read_text())
    assert plan["gates"]["health"]["url"] == f"http://{plan['socket']['listen']}/healthz"


@each_example
def test_the_workflow_deploys_the_plan_one_at_a_time(example: Example) -> None:
    workflow = yaml.safe_load((example.folder / ".github/workflows/deploy.yml").read_text())
    *before, action = workflow["jobs"]["deploy"]["steps"]
    assert action["with"]["plan"] == example.plan.name
    assert action["with"].keys() <= yaml.safe_load((CHECKOUT / "action.yml").read_text())["inputs"].keys()
    readme = (example.folder / "README.md").read_text()
    assert [step["run"] for step in before if "run" in step and f"`{step['run']}`" not in readme] == []
    assert workflow["concurrency"]["cancel-in-progress"] is False


@pytest.mark.fleet
@each_example
def test_systemd_finds_nothing_to_say_about_the_units(example: Example, tmp_path: Path) -> None:
    places = {"BASE": base_tree("bookworm"), "RELEASE": example.artifact(tmp_path, "r1"), "UNITS": example.deploy}
    variables = {name: str(path) for name, path in places.items()} | {"NAME": example.service}
    argv = ["unshare", "--mount", "sh", "-c", VERIFY]
    done = subprocess.run(argv, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.fleet
@each_example
def test_the_app_serves_on_the_passed_socket_and_ends_on_sigterm(example: Example, tmp_path: Path) -> None:
    argv = example.unit("service")["Service"]["ExecStart"][0]
    release = example.artifact(tmp_path, "r1")
    with passed_socket(base_tree("bookworm")) as door, door.service(release, on(argv)) as process:
        assert door.release() == "r1"
        assert door.ask("/") == (200, "hello from release r1\n")
        assert door.ask("/nowhere")[0] == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.fleet
@each_example
def test_no_request_fails_while_one_release_follows_another(example: Example, tmp_path: Path) -> None:
    argv = on(example.unit("service")["Service"]["ExecStart"][0])
    with passed_socket(base_tree("bookworm")) as door, ThreadPoolExecutor(4) as pool:
        with door.service(example.artifact(tmp_path, "r1"), argv):
            before = list(pool.map(lambda _: door.release(), range(40)))
            # These are under way, or wait in the queue, while nobody is there to accept.
            between = [pool.submit(door.release) for _ in range(40)]
        with door.service(example.artifact(tmp_path, "r2"), argv):
            assert set(before) == {"r1"}
            assert {answer.result() for answer in between} <= {"r1", "r2"}
            assert door.release() == "r2"


def on(argv: str) -> str:
    """The unit's command line for a folder mounted on /srv."""
    return re.sub(r"/srv/[\w-]+/current", "/srv", argv)
