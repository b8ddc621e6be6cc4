"""The inputs of the GitHub action, as command line arguments and secrets for the environment.

GitHub hands a container action its inputs as `INPUT_<NAME>` variables: upper case, hyphens kept, an input that was not
given empty. Everything here is a function of those variables; nothing is read or written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from deployer.errors import UsageError

COMMANDS = ("apply", "plan", "validate", "check", "status", "rollback", "resume", "abort", "history")

# Input -> option. `release` is `--to` for a rollback, which goes back to a release instead of shipping one.
OPTIONS: Mapping[str, str] = MappingProxyType(
    {"release": "--release", "hosts": "--hosts", "wave": "--wave", "through": "--through", "report": "--report"}
)
FLAGS: Mapping[str, str] = MappingProxyType({"dry-run": "--dry-run"})

# Input -> variable. A command line can be read by every process of the machine, so secrets never become arguments.
SECRETS: Mapping[str, str] = MappingProxyType(
    {
        "ssh-key": "SOCKDEPLOY_SSH_KEY",
        "ssh-key-passphrase": "SOCKDEPLOY_SSH_KEY_PASSPHRASE",
        "known-hosts": "SOCKDEPLOY_KNOWN_HOSTS",
    }
)
INPUTS = ("plan", "command", *OPTIONS, *FLAGS, *SECRETS)

# Inputs that not every command takes, and the commands that do.
TAKEN_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "release": ("apply", "plan", "validate", "rollback"),
        **dict.fromkeys(("hosts", "wave", "through"), tuple(name for name in COMMANDS if name != "resume")),
        **dict.fromkeys(("report", "dry-run"), ("apply", "rollback", "resume", "abort")),
    }
)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What to run: `argv` without the program's name, and secrets to lay over the environment (not in repr)."""

    argv: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


def arguments(environment: Mapping[str, str]) -> Arguments:
    """Turn the action's inputs into arguments; UsageError for an input that is missing, wrong or misspelt."""
    _refuse_misspelt(environment)
    command = _command(environment)
    options = {**OPTIONS, "release": "--to"} if command == "rollback" else OPTIONS
    texts = {name: text for name in options if (text := _text(environment, name))}
    flags = [name for name in FLAGS if _flag(environment, name)]
    for name in (*texts, *flags):
        _refuse_unless_taken(name, command)
    # `--option=value` and `--`: a value that begins with a hyphen stays a value.
    words = (*(f"{options[name]}={text}" for name, text in texts.items()), *(FLAGS[name] for name in flags))
    return Arguments((command, *words, "--", _plan(environment)), _secrets(environment))


def _variable(name: str) -> str:
    """The variable in which GitHub hands over an input."""
    return f"INPUT_{name.upper()}"


def _text(environment: Mapping[str, str], name: str) -> str:
    """An input's value without the line end that YAML's block style leaves; empty when it was not given."""
    return environment.get(_variable(name), "").strip()


def _plan(environment: Mapping[str, str]) -> str:
    if plan := _text(environment, "plan"):
        return plan
    raise UsageError("no plan was given", where="input plan", remedy="name it in the workflow: `plan: deploy/plan.yml`")


def _command(environment: Mapping[str, str]) -> str:
    command = _text(environment, "command") or COMMANDS[0]
    if command in COMMANDS:
        return command
    raise UsageError(f"expected one of {', '.join(COMMANDS)}, found {command!r}", where="input command")


def _secrets(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The secrets that were given, as they are: a key ends with a line end."""
    found = ((variable, environment.get(_variable(name), "")) for name, variable in SECRETS.items())
    return {variable: secret for variable, secret in found if secret.strip()}


def _flag(environment: Mapping[str, str], name: str) -> bool:
    match _text(environment, name):
        case "true":
            return True
        case "false" | "":
            return False
        case other:
            raise UsageError(f"expected true or false, found {other!r}", where=f"input {name}")


def _refuse_unless_taken(name: str, command: str) -> None:
    commands = TAKEN_BY.get(name, COMMANDS)
    if command not in commands:
        raise UsageError(f"{command} takes none; {', '.join(commands)} do", where=f"input {name}")


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """Refuse what looks like one of our inputs: for `dry_run: true` GitHub only warns, and the rollout would be real.

    Other INPUT_ variables are left alone: a workflow may set some for programs of its own.
    """
    declared = {_variable(name) for name in INPUTS}
    for variable in sorted(environment.keys() - declared):
        name = variable.removeprefix("INPUT_").lower()
        near = get_close_matches(name.replace("_", "-"), INPUTS, n=1, cutoff=0.8)
        if variable.startswith("INPUT_") and near:
            raise UsageError(f"there is no such input; did you mean {near[0]!r}?", where=f"input {name}")
