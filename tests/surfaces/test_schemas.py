"""Every file that another program reads, as that program's schema or linter sees it."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from deployer.files import read_plan
from tests.surfaces import CHECKOUT
from tests.surfaces.ci import gitlab_job, gitlab_template
from tests.surfaces.examples import EXAMPLES, Example

TOOLS = Path(sys.executable).parent
WORKFLOWS = sorted([*CHECKOUT.glob(".github/workflows/*.yml"), *CHECKOUT.glob("examples/*/.github/workflows/*.yml")])


def checked(*argv: str | Path) -> tuple[int, str]:
    """Exit status and output of one of the checkout's tools."""
    done = subprocess.run([TOOLS / argv[0], *argv[1:]], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def conforms(schema: str, *files: Path) -> None:
    transform = ["--data-transform", "gitlab-ci"] if schema == "gitlab-ci" else []
    status, told = checked("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *transform, *files)
    assert status == 0, told


def test_the_action_is_one_by_github_s_schema() -> None:
    conforms("github-actions", CHECKOUT / "action.yml")


def test_workflows_are_ones_by_github_s_schema() -> None:
    assert len(WORKFLOWS) == 2 + len(EXAMPLES)
    conforms("github-workflows", *WORKFLOWS)


def test_dependabot_s_file_is_one_by_its_schema() -> None:
    conforms("dependabot", CHECKOUT / ".github/dependabot.yml")


def test_the_gitlab_template_is_two_documents_each_one_by_gitlab_s_schema(tmp_path: Path) -> None:
    documents = (CHECKOUT / "templates/deploy.yml").read_text().split("\n---\n")
    files = [tmp_path / f"{number}.yml" for number in range(len(documents))]
    for file, text in zip(files, documents, strict=True):
        file.write_text(text)
    assert len(files) == 2
    conforms("gitlab-ci", *files, CHECKOUT / "examples/quickstart/.gitlab-ci.yml")


def test_zizmor_finds_nothing_in_workflows_and_action() -> None:
    status, told = checked("zizmor", "--offline", "--no-progress", *WORKFLOWS, CHECKOUT / "action.yml")
    assert status == 0, told


def test_every_input_of_the_gitlab_template_is_used_and_every_used_one_declared() -> None:
    header, _ = gitlab_template()
    used = re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", (CHECKOUT / "templates/deploy.yml").read_text())
    assert set(used) == set(header)


def test_no_input_of_the_gitlab_template_stands_in_its_script() -> None:
    _, job = gitlab_template()
    assert [line for line in job["script"] if "$[[" in line] == []


def test_every_variable_of_the_gitlab_job_is_used_by_its_script() -> None:
    job = gitlab_job({"plan": "plan.yml"})
    assert [name for name in job["variables"] if f"${{{name}" not in " ".join(job["script"]).replace("$D", "${D")] == []


def test_the_example_includes_the_template_with_inputs_that_it_has() -> None:
    header, _ = gitlab_template()
    (included,) = yaml.safe_load((CHECKOUT / "examples/quickstart/.gitlab-ci.yml").read_text())["include"]
    assert included["inputs"].keys() <= header.keys()
    assert included["component"].rpartition("@")[0].endswith("/deploy")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_example_s_plan_is_a_sound_one(example: Example, tmp_path: Path) -> None:
    folder = shutil.copytree(example.folder, tmp_path / "copy")
    (folder / "build").mkdir(exist_ok=True)  # what a workflow builds
    plan = read_plan(str(folder / "plan.yml"), variables={})
    assert (plan.service, len(plan.units)) == (example.service, 2)


def test_uv_s_lock_is_up_to_date_and_names_the_public_index_alone() -> None:
    lock = tomllib.loads((CHECKOUT / "uv.lock").read_text())
    sources = {tuple(package["source"].items()) for package in lock["package"]}
    assert sources == {(("registry", "https://pypi.org/simple"),), (("editable", "."),)}
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    (locked,) = (package for package in lock["package"] if package["name"] == project["name"])
    assert wanted(locked["metadata"]["requires-dist"]) == declared(project)


def wanted(requirements: list[dict[str, str]]) -> set[tuple[str, str]]:
    """Name and version bounds of everything the lock was made for."""
    return {(each["name"], each.get("specifier", "")) for each in requirements}


def declared(project: dict[str, object]) -> set[tuple[str, str]]:
    """Name and version bounds of everything that pyproject.toml asks for."""
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    assert isinstance(project["dependencies"], list)
    lines = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]
    return {(name, line.removeprefix(name)) for line in lines for name in re.findall(r"^[\w-]+", line)}
