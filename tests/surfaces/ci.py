"""Containers started as CI systems start them: GitHub a container action, GitLab a job.

Both take the image, a checkout and what the user configured, so that one rollout can be tried in both.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

import yaml

from tests.surfaces import CHECKOUT
from tests.surfaces.engine import Ended, Engine

COMMANDS = "/github/file_commands"
FILES = "/builds/org/app.tmp"
GITHUB_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "mona",
        "GITHUB_JOB": "deploy",
        "GITHUB_OUTPUT": f"{COMMANDS}/output",
        "GITHUB_REPOSITORY": "org/app",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "4711",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_STEP_SUMMARY": f"{COMMANDS}/summary",
        "GITHUB_WORKSPACE": "/github/workspace",
        "HOME": "/github/home",
    }
)
NOTHING: Mapping[str, str] = MappingProxyType({})


class Job(TypedDict):
    """What is looked at of a GitLab job."""

    script: list[str]
    variables: dict[str, str]
    artifacts: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class GitHub:
    """A workflow's run on one machine: `workspace` is the checkout, `folder` holds what the run keeps beside it."""

    engine: Engine
    image: str
    workspace: Path
    folder: Path

    def run(self, inputs: Mapping[str, str], env: Mapping[str, str] = NOTHING) -> Ended:
        """The action as one step of a job, to its end. `inputs` are those of `with:`, `env` the step's variables."""
        return self.engine.run(self._argv(), self._variables(inputs, env))

    def start(self, inputs: Mapping[str, str], env: Mapping[str, str] = NOTHING) -> subprocess.Popen[str]:
        """The same, but not waited for: a signal to what is given is what a cancelled step gets."""
        return self.engine.start(self._argv(), self._variables(inputs, env))

    def outputs(self) -> str:
        """What the step wrote to GITHUB_OUTPUT."""
        return (self.folder / "commands/output").read_text()

    def summary(self) -> str:
        """What the step wrote to GITHUB_STEP_SUMMARY."""
        return (self.folder / "commands/summary").read_text()

    def _argv(self) -> list[str]:
        for name in ("home", "commands", "workflow"):
            (self.folder / name).mkdir(exist_ok=True)
        for name in ("output", "summary", "env", "path", "state"):
            (self.folder / "commands" / name).touch()
        mounts = {self.workspace: "/github/workspace", self.folder / "home": "/github/home"}
        mounts |= {self.folder / "commands": COMMANDS, self.folder / "workflow": "/github/workflow"}
        volumes = [word for here, there in mounts.items() for word in ("--volume", f"{here}:{there}")]
        return ["--workdir", "/github/workspace", *volumes, self.image]

    def _variables(self, inputs: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
        """Every declared input is set, an input not given to its default or empty; hyphens are kept."""
        declared = yaml.safe_load((CHECKOUT / "action.yml").read_text())["inputs"]
        given = {name: facts.get("default", "") for name, facts in declared.items()} | dict(inputs)
        inputs_as_variables = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        return {**env, **inputs_as_variables, **GITHUB_FACTS}


@dataclass(frozen=True, slots=True)
class GitLab:
    """A pipeline's job made from the template: `project` is the checkout."""

    engine: Engine
    image: str
    project: Path

    def run(
        self, inputs: Mapping[str, str], variables: Mapping[str, str] = NOTHING, files: Mapping[str, str] = NOTHING
    ) -> Ended:
        """The template's script with `inputs`, to its end. `variables` are CI/CD's, `files` those of type File."""
        job = gitlab_job(inputs)
        facts = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": "/builds/org/app", "CI_JOB_ID": "4711"}
        script = "\n".join(["set -e", *job["script"]])
        mounts = {self.project: "/builds/org/app", self._written(files): FILES}
        volumes = [word for here, there in mounts.items() for word in ("--volume", f"{here}:{there}")]
        # An empty entrypoint in the job's `image:` clears the image's own.
        argv = ["--entrypoint", "", "--workdir", "/builds/org/app", *volumes, self.image, "sh", "-c", script]
        paths = {name: f"{FILES}/{name}" for name in files}
        return self.engine.run(argv, {**job["variables"], **variables, **paths, **facts})

    def _written(self, files: Mapping[str, str]) -> Path:
        """The folder beside the checkout that holds the variables of type File; the variable itself is the path."""
        folder = self.project.with_name(f"{self.project.name}.tmp")
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder


def gitlab_job(inputs: Mapping[str, str]) -> Job:
    """The template's only job; as GitLab does, inputs or their defaults are put into its parsed values."""
    header, job = gitlab_template()
    given = {name: inputs.get(name, _word(facts.get("default", ""))) for name, facts in header.items()}
    put = {f"$[[ inputs.{name} ]]": value for name, value in given.items()}
    return {
        "script": job["script"],
        "variables": {name: put[value] for name, value in job["variables"].items()},
        "artifacts": {"paths": [put[path] for path in job["artifacts"]["paths"]]},
    }


def gitlab_template() -> tuple[dict[str, dict[str, str | bool]], Job]:
    """The declared inputs and the job of the template."""
    header, body = yaml.safe_load_all((CHECKOUT / "templates/deploy.yml").read_text())
    (job,) = body.values()
    return header["spec"]["inputs"], job


def _word(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value
