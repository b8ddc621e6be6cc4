"""The user's own commands: their context, their end, and that nothing of them is left behind."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deployer import hooks
from deployer.host.script import script
from deployer.plan.model import Hook, HookPoint
from deployer.transport.base import Result
from tests.shell import run_in_sh

TELLING = """
from pathlib import Path
from deployer.hooks import run
from deployer.plan.model import Hook, HookPoint
hook = Hook(HookPoint.BEFORE_WAVE, ("sh", "-c", "env > told"))
run(hook, {}, Path.cwd(), lambda *_: None)
"""


def _nowhere(_argv: tuple[str, ...], _variables: Mapping[str, str], _timeout: float) -> Result:
    return Result(None, reason="the connection was lost")


def _hook(*argv: str, on_host: bool = False, timeout: float = 10) -> Hook:
    return Hook(HookPoint.BEFORE_WAVE, argv, on_host, timeout)


def test_a_local_hook_finds_its_context_in_the_plans_folder(tmp_path: Path) -> None:
    (tmp_path / "told").write_text("")
    told = _hook("sh", "-c", 'printf "%s" "$SOCKDEPLOY_RELEASE" > told')
    assert hooks.run(told, {"SOCKDEPLOY_RELEASE": "r 2"}, tmp_path, _nowhere) is None
    assert (tmp_path / "told").read_text() == "r 2"


def test_a_hook_does_not_inherit_the_private_key(tmp_path: Path) -> None:
    variables = {**os.environ, "SOCKDEPLOY_SSH_KEY": "the-key-itself", "PYTHONPATH": str(Path.cwd())}
    subprocess.run([sys.executable, "-c", TELLING], cwd=tmp_path, env=variables, check=True)
    assert "the-key-itself" not in (tmp_path / "told").read_text()


def test_a_hook_that_fails_is_told_with_the_end_of_its_output(tmp_path: Path) -> None:
    failure = hooks.run(_hook("sh", "-c", "seq 100; exit 7"), {}, tmp_path, _nowhere)
    assert failure is not None
    assert failure.code == "hook-before-wave"
    assert "exit 7" in failure.message
    assert failure.evidence[-1] == "100"
    assert len(failure.evidence) == 20


def test_a_hook_that_is_not_there_is_told(tmp_path: Path) -> None:
    failure = hooks.run(_hook("./no-such-hook"), {}, tmp_path, _nowhere)
    assert failure is not None
    assert "No such file" in failure.message


def test_a_hook_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    hook = _hook("sh", "-c", "(sleep 30; echo late > late) & sleep 30", timeout=0.3)
    failure = hooks.run(hook, {}, tmp_path, _nowhere)
    assert failure is not None
    assert "longer than 0.3 s" in failure.message
    assert not (tmp_path / "late").exists()


def test_a_hook_on_a_lost_host_fails(tmp_path: Path) -> None:
    failure = hooks.run(_hook("true", on_host=True), {}, tmp_path, _nowhere)
    assert failure is not None
    assert "the connection was lost" in failure.message


def test_words_and_variables_reach_a_host_as_they_are() -> None:
    words = ("printf", "%s\\n", "a b", "$HOME", "it's", "`id`", "")
    sent = script(words, {"SOCKDEPLOY_FAILURE": "it's $HOME\nand more"}, 5, "t1")
    assert run_in_sh(sent) == "a b\n$HOME\nit's\n`id`\n\n"
    show = ("sh", "-c", 'printf "%s" "$SOCKDEPLOY_FAILURE"')
    assert run_in_sh(script(show, {"SOCKDEPLOY_FAILURE": "it's $HOME\nand more"}, 5, "t1")) == "it's $HOME\nand more"
