"""The user's own commands: their context, their end, and that nothing of them is left behind."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deployer import hooks
from deployer.facts import Failure
from deployer.host.script import script
from deployer.plan.model import Hook, HookPoint
from deployer.transport.base import Result
from tests.shell import run_in_sh

TELLING = """
from pathlib import Path
from deployer.hooks import run
from deployer.plan.model import Hook, HookPoint
hook = Hook(HookPoint.BEFORE_WAVE, ("sh", "-c", "env > told"))
run([hook], {}, Path.cwd(), lambda *_: None, to_the_end=False)
"""


def _nowhere(_argv: tuple[str, ...], _variables: Mapping[str, str], _timeout: float) -> Result:
    return Result(None, reason="the connection was lost")


def _hook(*argv: str, on_host: bool = False, timeout: float = 10) -> Hook:
    return Hook(HookPoint.BEFORE_WAVE, argv, on_host, timeout)


def _run(folder: Path, *wanted: Hook, to_the_end: bool = False) -> Failure | None:
    return hooks.run(wanted, {}, folder, _nowhere, to_the_end=to_the_end)


def test_a_local_hook_finds_its_context_in_the_plans_folder(tmp_path: Path) -> None:
    (tmp_path / "told").write_text("")
    told = _hook("sh", "-c", 'printf "%s" "$SOCKDEPLOY_RELEASE" > told')
    assert hooks.run([told], {"SOCKDEPLOY_RELEASE": "r 2"}, tmp_path, _nowhere, to_the_end=False) is None
    assert (tmp_path / "told").read_text() == "r 2"


def test_a_hook_does_not_inherit_the_private_key(tmp_path: Path) -> None:
    variables = {**os.environ, "SOCKDEPLOY_SSH_KEY": "the-key-itself", "PYTHONPATH": str(Path.cwd())}
    subprocess.run([sys.executable, "-c", TELLING], cwd=tmp_path, env=variables, check=True)
    assert "the-key-itself" not in (tmp_path / "told").read_text()


def test_a_hook_that_fails_is_told_with_the_end_of_its_output(tmp_path: Path) -> None:
    failure = _run(tmp_path, _hook("sh", "-c", "seq 100; exit 7"))
    assert failure is not None
    assert failure.code == "hook-before-wave"
    assert "exit 7" in failure.message
    assert failure.evidence[-1] == "100"
    assert len(failure.evidence) == 20


def test_a_hook_that_is_not_there_is_told(tmp_path: Path) -> None:
    failure = _run(tmp_path, _hook("./no-such-hook"))
    assert failure is not None
    assert "No such file" in failure.message


def test_a_hook_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    hook = _hook("sh", "-c", "(sleep 30; echo late > late) & sleep 30", timeout=0.3)
    failure = _run(tmp_path, hook)
    assert failure is not None
    assert "longer than 0.3 s" in failure.message
    assert not (tmp_path / "late").exists()


def test_a_hook_on_a_lost_host_fails(tmp_path: Path) -> None:
    failure = _run(tmp_path, _hook("true", on_host=True))
    assert failure is not None
    assert "the connection was lost" in failure.message


def test_the_first_hook_that_fails_keeps_those_after_it_from_running(tmp_path: Path) -> None:
    failure = _run(tmp_path, _hook("touch", "one"), _hook("false"), _hook("touch", "two"))
    assert failure is not None
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_to_the_end_every_hook_is_run_and_each_that_fails_is_told_with_its_own_output(tmp_path: Path) -> None:
    wanted = (_hook("./no-such-hook"), _hook("true", on_host=True), _hook("sh", "-c", "echo oh; exit 7"))
    failure = _run(tmp_path, *wanted, _hook("touch", "one"), to_the_end=True)
    assert (tmp_path / "one").exists()
    assert failure is not None
    first, second, third = failure.message.split("; ")
    assert ("No such file" in first, "connection was lost" in second, "exit 7" in third) == (True, True, True)
    assert failure.evidence == (f"{third}:", "oh")


def test_words_and_variables_reach_a_host_as_they_are() -> None:
    words = ("printf", "%s\\n", "a b", "$HOME", "it's", "`id`", "")
    sent = script(words, {"SOCKDEPLOY_FAILURE": "it's $HOME\nand more"}, 5, "t1")
    assert run_in_sh(sent) == "a b\n$HOME\nit's\n`id`\n\n"
    show = ("sh", "-c", 'printf "%s" "$SOCKDEPLOY_FAILURE"')
    assert run_in_sh(script(show, {"SOCKDEPLOY_FAILURE": "it's $HOME\nand more"}, 5, "t1")) == "it's $HOME\nand more"
