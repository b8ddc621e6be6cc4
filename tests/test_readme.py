"""What README.md promises: verbs, options, exit codes, keys of the plan, the action's inputs and outputs, links."""

import re
from pathlib import Path

import pytest
import typer
import yaml

from deployer.cli import cli
from deployer.errors import ExitCode
from deployer.files import read_plan
from deployer.plan.model import HookPoint
from deployer.sinks.github import OUTPUTS
from tests.cli import CHECKOUT, sockdeploy

README = (CHECKOUT / "README.md").read_text()
ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text())
VERBS = typer.main.get_group(cli).commands


def table(heading: str) -> list[list[str]]:
    """The rows of the table with that first heading, cell by cell."""
    _, _, rest = README.partition(f"| {heading} |")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def options() -> set[str]:
    """Every long option of every verb."""
    return {name for verb in VERBS.values() for each in verb.params for name in each.opts if name.startswith("--")}


def test_the_table_of_verbs_has_those_of_the_program() -> None:
    told = [word for row in table("verb") for word in re.findall(r"`([a-z]+)", row[0])]
    assert sorted(told) == sorted(VERBS)


def test_every_option_it_names_is_one_and_every_one_is_named() -> None:
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) == options() | {"--version"}


def test_the_table_of_exit_codes_has_those_of_the_program() -> None:
    told = {int(code) for row in table("exit code") for code in row[0].split(",")}
    assert told == set(ExitCode)


def test_the_program_s_own_help_tells_the_same_exit_codes() -> None:
    told = sockdeploy("--help").out.partition("Exit codes:")[2]
    assert {int(code) for code in re.findall(r"\d+", told)} == set(ExitCode)


def test_the_plan_and_the_hooks_that_it_shows_are_sound(tmp_path: Path) -> None:
    plan, hooks = (next(text for text in blocks("yaml") if text.startswith(key)) for key in ("version:", "hooks:"))
    (tmp_path / "dist").mkdir()
    (tmp_path / "plan.yml").write_text(plan + hooks)
    read = read_plan(str(tmp_path / "plan.yml"), variables={"GITHUB_SHA": "0" * 40})
    assert [wave.name for wave in read.waves] == ["canary", "pilot", "full"]
    assert {hook.point for hook in read.hooks} == {HookPoint.BEFORE_ROLLOUT, HookPoint.ON_FAILURE}


@pytest.mark.parametrize("point", HookPoint)
def test_it_names_every_point_of_hooks(point: HookPoint) -> None:
    assert f"`{point.value}`" in README


def test_its_workflows_give_inputs_that_the_action_has() -> None:
    jobs = [job for text in blocks("yaml") if "\njobs:" in f"\n{text}" for job in yaml.safe_load(text)["jobs"].values()]
    steps = [step["with"] for job in jobs for step in job["steps"] if "sockdeploy" in step.get("uses", "")]
    assert len(steps) == 3
    for given in steps:
        assert given.keys() <= ACTION["inputs"].keys()
        assert {name for name, facts in ACTION["inputs"].items() if facts.get("required")} <= given.keys()


def test_it_names_the_action_s_outputs() -> None:
    _, _, rest = README.partition("outputs are ")
    assert tuple(re.findall(r"`([a-z-]+)`", rest.partition(".")[0])) == OUTPUTS == tuple(ACTION["outputs"])


def test_its_variables_are_read_or_set_by_the_program() -> None:
    sources = "\n".join(path.read_text() for path in (CHECKOUT / "deployer").rglob("*.py"))
    hooks = {f"SOCKDEPLOY{name}" for name in re.findall(r"`(_[A-Z_]+)`", README)}
    told = hooks | set(re.findall(r"`(SOCKDEPLOY_[A-Z_]+)`", README))
    assert {name for name in told if f'"{name}"' not in sources} == set()
    assert len(hooks) > 5


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


def test_the_commands_of_make_that_it_names_are_there() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    told = set(re.findall(r"`make (\w+)`", README))
    assert {name for name in told if not re.search(rf"^{name}:", makefile, flags=re.MULTILINE)} == set()
