"""The image, built from the checkout's Dockerfile and started as GitHub and GitLab start it."""

import json
import signal
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.surfaces.ci import GitHub, GitLab
from tests.surfaces.engine import Engine

pytestmark = [pytest.mark.image, pytest.mark.fleet]

# Tells what it was started as, then waits for a signal.
WITNESS = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
print(os.getpid(), os.environ["INPUT_DRY-RUN"], os.getcwd(), flush=True)
signal.pause()
"""


@pytest.fixture
def github(container_engine: Engine, image: str, tmp_path: Path) -> GitHub:
    """A workflow's run whose workspace is empty."""
    (tmp_path / "workspace").mkdir()
    return GitHub(container_engine, image, tmp_path / "workspace", tmp_path)


def test_the_image_says_its_version(container_engine: Engine, image: str) -> None:
    ended = container_engine.run([image, "--version"], {})
    assert (ended.status, ended.stdout.split()[-1]) == (0, version("sockdeploy"))


def test_the_entrypoint_is_python_itself_and_no_shell(container_engine: Engine, image: str) -> None:
    found = json.loads(container_engine.docker("image", "inspect", "--format", "{{json .Config.Entrypoint}}", image))
    assert Path(found[0]).name == "python3"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_program_is_pid_1_and_gets_the_signals_of_a_cancelled_step(
    container_engine: Engine, image: str, number: signal.Signals, status: int
) -> None:
    argv = ["--entrypoint", "/opt/sockdeploy/bin/python3", "--workdir", "/tmp", image, "-I", "-c", WITNESS]
    with container_engine.start(argv, {"INPUT_DRY-RUN": "true"}) as container:
        assert container.stdout is not None
        assert container.stdout.readline() == "1 true /tmp\n"
        container.send_signal(number)
        assert container.wait(30) == status


def test_as_github_starts_it_a_wrong_input_is_refused_by_name(github: GitHub) -> None:
    ended = github.run({"plan": "plan.yml", "dry-run": "maybe"})
    assert ended.status == 2
    assert "input dry-run: expected true or false, found 'maybe'" in ended.stdout + ended.stderr


def test_as_github_starts_it_a_plan_of_the_workspace_is_validated(github: GitHub) -> None:
    (github.workspace / "plan.yml").write_text("version: 1\nservize: hello\n")
    ended = github.run({"plan": "plan.yml", "command": "validate"})
    assert ended.status == 2
    assert "plan.yml:2:1" in ended.stdout + ended.stderr


def test_a_folder_of_the_workspace_called_like_our_package_does_not_get_in_front(github: GitHub) -> None:
    (github.workspace / "deployer").mkdir()
    (github.workspace / "deployer/__init__.py").write_text("raise SystemExit(99)\n")
    ended = github.run({"plan": "plan.yml", "command": "validate"}, {"PYTHONPATH": "/github/workspace"})
    assert ended.status == 2


def test_as_gitlab_starts_it_the_template_s_script_validates_a_plan(
    container_engine: Engine, image: str, tmp_path: Path
) -> None:
    (tmp_path / "plan.yml").write_text("version: 1\nservize: hello\n")
    ended = GitLab(container_engine, image, tmp_path).run({"plan": "plan.yml", "command": "validate"})
    assert ended.status == 2
    assert "plan.yml:2:1" in ended.stdout + ended.stderr


def test_the_template_s_inputs_are_data_for_the_shell_and_never_part_of_its_script(
    container_engine: Engine, image: str, tmp_path: Path
) -> None:
    GitLab(container_engine, image, tmp_path).run({"plan": 'plan.yml"; touch "pwned', "release": "$(touch pwned)"})
    assert not (tmp_path / "pwned").exists()
