"""The GitHub action's inputs and outputs: what the program reads, and what action.yml declares."""

import inspect
from collections.abc import Mapping

import pytest
import yaml

from deployer.action import COMMANDS, FLAGS, INPUTS, OPTIONS, TAKEN_BY, Arguments, arguments
from deployer.cli import cli
from deployer.errors import ExitCode, UsageError
from deployer.facts import Outcome
from deployer.sinks.github import OUTPUTS
from tests.surfaces import CHECKOUT

ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text())


class Recording(dict[str, str]):
    """An environment that remembers which of its variables were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # narrower than dict's, for strings alone
        """As dict does."""
        self.asked.add(key)
        return super().get(key, default)


def given(**inputs: str) -> Arguments:
    """The arguments for these inputs (underscores stand for hyphens), the plan being plan.yml."""
    named = {"plan": "plan.yml", **inputs}
    return arguments({"INPUT_" + name.upper().replace("_", "-"): value for name, value in named.items()})


def test_every_input_that_the_program_reads_is_declared_and_every_declared_one_is_read() -> None:
    environment = Recording({"INPUT_PLAN": "plan.yml"})
    arguments(environment)
    assert environment.asked == {f"INPUT_{name.upper()}" for name in ACTION["inputs"]}
    assert set(INPUTS) == set(ACTION["inputs"])


def test_the_declared_outputs_are_those_of_every_rollout() -> None:
    assert tuple(ACTION["outputs"]) == OUTPUTS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_the_inputs_whose_options_the_command_line_has(command: str) -> None:
    callbacks = {each.callback.__name__: each.callback for each in cli.registered_commands if each.callback}
    options = {f"--{name.replace('_', '-')}" for name in inspect.signature(callbacks[command]).parameters}
    named = {**OPTIONS, **FLAGS, **({"release": "--to"} if command == "rollback" else {})}
    assert {name for name in named if named[name] in options} == {
        name for name in named if command in TAKEN_BY.get(name, COMMANDS)
    }


def test_the_outcome_s_description_names_every_outcome() -> None:
    assert [each for each in Outcome if each.value not in ACTION["outputs"]["outcome"]["description"]] == []


def test_the_command_s_description_names_every_command() -> None:
    assert [each for each in COMMANDS if each not in ACTION["inputs"]["command"]["description"]] == []


def test_the_declared_defaults_apply_the_plan() -> None:
    declared = ACTION["inputs"].items()
    defaults = {f"INPUT_{name.upper()}": facts.get("default", "") for name, facts in declared}
    assert arguments({**defaults, "INPUT_PLAN": "deploy/plan.yml"}).argv == ("apply", "--", "deploy/plan.yml")


def test_inputs_become_options() -> None:
    filters = {"hosts": "web-*", "wave": "canary", "through": "pilot"}
    found = given(release="r7", report="out", dry_run="true", **filters)
    options = ("--release=r7", "--hosts=web-*", "--wave=canary", "--through=pilot", "--report=out", "--dry-run")
    assert found.argv == ("apply", *options, "--", "plan.yml")


def test_a_rollback_goes_back_to_the_release() -> None:
    assert given(command="rollback", release="r6").argv == ("rollback", "--to=r6", "--", "plan.yml")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_asked_for(command: str) -> None:
    assert given(command=command).argv[0] == command


def test_a_value_that_begins_with_a_hyphen_stays_a_value() -> None:
    assert given(release="--yes", plan="--help").argv == ("apply", "--release=--yes", "--", "--help")


def test_the_line_end_of_yaml_s_block_style_is_no_part_of_a_value() -> None:
    assert given(plan="plan.yml\n", hosts=" web-1 \n").argv == ("apply", "--hosts=web-1", "--", "plan.yml")


def test_secrets_become_variables_and_never_arguments() -> None:
    found = given(ssh_key="KEY\n", ssh_key_passphrase=" pass ", known_hosts="web-1 ssh-ed25519 AAAA\n")
    assert found.argv == ("apply", "--", "plan.yml")
    assert found.variables == {
        "SOCKDEPLOY_SSH_KEY": "KEY\n",
        "SOCKDEPLOY_SSH_KEY_PASSPHRASE": " pass ",
        "SOCKDEPLOY_KNOWN_HOSTS": "web-1 ssh-ed25519 AAAA\n",
    }
    assert "KEY" not in repr(found)


def test_a_secret_that_was_not_given_leaves_the_environment_alone() -> None:
    assert given(ssh_key="", known_hosts="\n").variables == {}


@pytest.mark.parametrize("word", ["yes", "True", "1", "on"])
def test_a_boolean_that_is_neither_true_nor_false_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match=f"input dry-run: expected true or false, found '{word}'"):
        given(dry_run=word)


def test_a_command_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"input command: expected one of apply, plan, .* found 'deploy'") as refused:
        given(command="deploy")
    assert refused.value.exit_code == ExitCode.USAGE


def test_an_input_that_the_command_does_not_take_is_refused() -> None:
    with pytest.raises(UsageError, match="input report: status takes none; apply, rollback, resume, abort do"):
        given(command="status", report="out")


def test_a_missing_plan_is_refused_with_the_line_to_write() -> None:
    with pytest.raises(UsageError) as refused:
        given(plan="")
    assert str(refused.value) == "input plan: no plan was given\n    name it in the workflow: `plan: deploy/plan.yml`"


@pytest.mark.parametrize(("wrong", "right"), [("DRY_RUN", "dry-run"), ("HOST", "hosts"), ("SSH_KEY", "ssh-key")])
def test_a_misspelt_input_is_refused_since_github_only_warns(wrong: str, right: str) -> None:
    with pytest.raises(UsageError, match=f"input {wrong.lower()}: there is no such input; did you mean '{right}'"):
        arguments({"INPUT_PLAN": "plan.yml", f"INPUT_{wrong}": "true"})


def test_variables_that_look_like_no_input_of_ours_are_left_alone() -> None:
    found = arguments({"INPUT_PLAN": "plan.yml", "INPUT_COLOUR": "red", "PLANS": "x"})
    assert found.argv == ("apply", "--", "plan.yml")
