"""The command line as people meet it: what is said about mistakes, in which stream, with which exit code."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from deployer.cli import main
from deployer.errors import ExitCode
from deployer.sinks.github import OUTPUTS
from tests.cli import PLAN, Ended, sockdeploy

CHECK = Path(sys.executable).with_name("check-jsonschema")

BAD_PLAN = """\
version: 2
servize: myapp
artifact: {path: dist/}
root: /etc
inventory:
  web-1: {adress: 10.0.0.11}
gates:
  health:
    url: http://127.0.0.1:8080/healthz
    interval: 5
    expect: {release: {json: release}}
"""


Called = Callable[..., Ended]


@pytest.fixture
def called(capsys: pytest.CaptureFixture[str]) -> Called:
    """`sockdeploy WORDS` inside this process: `called("apply", "--help")`. Quicker, where no folder is looked at."""

    def call(*words: str) -> Ended:
        code = main(words)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a sound plan and its artifact; there is no key to log in with anywhere."""
    (tmp_path / "plan.yml").write_text(PLAN)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/hello").write_text("hello\n")
    return tmp_path


def assert_mistake(ended: Ended, *words: str, code: int = ExitCode.USAGE) -> None:
    """It ended with that code; standard error has all the words; nothing else was printed, and no traceback."""
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert [word for word in words if word not in ended.err] == []
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["aply"], ["'aply'"]),
        (["apply"], ["PLAN"]),
        (["apply", "a.yml", "b.yml"], ["b.yml"]),
        (["apply", "plan.yml", "--host", "web-1"], ["--host", "--hosts"]),
        (["history", "plan.yml", "--limit", "none"], ["--limit", "integer"]),
        (["history", "plan.yml", "--limit", "0"], ["--limit", "1"]),
        (["validate", "plan.yml", "--wave"], ["--wave"]),
    ],
)
def test_a_command_line_that_makes_no_sense_is_told_and_where_help_is(
    words: list[str], told: list[str], called: Called
) -> None:
    assert_mistake(called(*words), *told, "sockdeploy VERB --help")


def test_without_a_verb_it_prints_the_help_and_says_that_it_was_used_wrongly(called: Called) -> None:
    ended = called()
    assert (ended.code, ended.err) == (ExitCode.USAGE, "")
    assert "Usage: sockdeploy" in ended.out


@pytest.mark.parametrize(
    "verb", ["apply", "plan", "validate", "check", "status", "rollback", "history", "init", "schema", "example"]
)
def test_every_verb_has_help_that_names_it(verb: str, called: Called) -> None:
    ended = called(verb, "--help")
    assert (ended.code, ended.err) == (ExitCode.OK, "")
    assert f"Usage: sockdeploy {verb}" in ended.out


def test_it_says_its_version() -> None:
    assert sockdeploy("--version") == Ended(ExitCode.OK, f"sockdeploy {version('sockdeploy')}\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["apply", "none.yml"], ["none.yml", "No such file", "sockdeploy example"]),
        (["apply", "dist"], ["dist", "directory"]),
        (["apply", "/proc/self/mem"], ["/proc/self/mem", "Input/output error"]),
        (["apply", sys.executable], ["not UTF-8"]),
        (["apply", "plan.yml", "--hosts", "web-9"], ["--hosts", "web-9", "did you mean 'web-1'"]),
        (["apply", "plan.yml", "--wave", "first"], ["--wave", "first", "canary"]),
        (["apply", "plan.yml", "--through", "last"], ["--through", "last", "canary"]),
        (["apply", "plan.yml", "--release", "a b"], ["--release", "'a b'"]),
        (["rollback", "plan.yml", "--to", "a b"], ["--to", "'a b'"]),
        (["apply", "plan.yml", "--ssh-key", "no-key"], ["--ssh-key", "no-key", "No such file"]),
        (["apply", "plan.yml", "--known-hosts", "no-hosts"], ["--known-hosts", "no-hosts", "No such file"]),
        (["apply", "plan.yml", "--report", "plan.yml"], ["plan.yml", "journal", "--report"]),
        (["apply", "plan.yml", "--report", "/proc/report"], ["/proc/report", "journal", "--report"]),
    ],
)
def test_an_ordinary_mistake_is_told_in_a_line_or_two(folder: Path, words: list[str], told: list[str]) -> None:
    assert_mistake(sockdeploy(*words, folder=folder), *told)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [({"INPUT_PLAN": "none.yml"}, "none.yml"), ({"INPUT_PLAN": "plan.yml", "INPUT_COMMAND": "aply"}, "input command")],
    ids=["plan", "input"],
)
def test_a_mistake_in_a_workflow_is_annotated_and_sets_every_output(
    folder: Path, inputs: dict[str, str], told: str
) -> None:
    output = folder / "output"
    ended = sockdeploy(folder=folder, variables={"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output), **inputs})
    assert ended.code == ExitCode.USAGE
    assert ended.out.startswith("::error title=sockdeploy::")
    assert told in ended.out
    said = output.read_text().splitlines()
    assert [line.partition("<<")[0] for line in said if "<<" in line] == list(OUTPUTS)
    assert [line for line in said if "<<" not in line and not line.startswith("sockdeploy_")] == [
        "refused", "", "", "", "", "[]", "[]", "",
    ]  # fmt: skip


def test_each_mistake_of_a_plan_in_a_workflow_is_annotated_at_its_line(folder: Path) -> None:
    (folder / "deploy").mkdir()
    (folder / "deploy" / "plan.yml").write_text(PLAN.replace("dist/", "../dist/") + "keep: x\nstrateg: reload\n")
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder), "INPUT_PLAN": "deploy/plan.yml"}
    ended = sockdeploy(folder=folder, variables=variables)
    first, second = [line for line in ended.out.splitlines() if line.startswith("::error ")]
    assert first.startswith("::error file=deploy/plan.yml,line=12,col=7,title=sockdeploy::keep: ")
    assert second.startswith("::error file=deploy/plan.yml,line=13,col=1,title=sockdeploy::unknown key 'strateg'")


@pytest.mark.parametrize("verb", ["apply", "plan", "validate"])
def test_a_missing_artifact_and_a_missing_unit_file_are_told_together_each_at_its_place(
    folder: Path, verb: str
) -> None:
    text = PLAN.replace("dist/", "build/") + "units: [deploy/myapp.service]\n"
    (folder / "plan.yml").write_text(text)
    ended = sockdeploy(verb, "plan.yml", folder=folder)
    assert_mistake(ended, "plan.yml:4:18: artifact.path", "'build/'", "plan.yml:12:9: units[0]", "deploy/myapp.service")


def test_a_unit_file_that_cannot_be_read_is_told(folder: Path) -> None:
    (folder / "myapp.service").mkdir()
    (folder / "plan.yml").write_text(PLAN + "units: [myapp.service]\n")
    assert_mistake(sockdeploy("apply", "plan.yml", folder=folder), "myapp.service", "directory")


def test_a_file_of_authorities_without_one_is_told_before_any_host_is_asked(folder: Path) -> None:
    (folder / "ca.pem").write_text("no certificate\n")
    text = PLAN.replace("http://", "https://").replace("    expect:", "    ca_file: ca.pem\n    expect:")
    (folder / "plan.yml").write_text(text)
    assert "ca_file" in text
    assert_mistake(sockdeploy("apply", "plan.yml", folder=folder), "ca.pem", "BEGIN CERTIFICATE")


def test_an_empty_artifact_is_told(folder: Path) -> None:
    (folder / "dist/hello").unlink()
    assert_mistake(sockdeploy("apply", "plan.yml", folder=folder), "dist")


def test_a_bad_plan_is_told_in_one_report_each_problem_at_its_line_and_column(folder: Path) -> None:
    (folder / "bad.yml").write_text(BAD_PLAN)
    ended = sockdeploy("validate", "bad.yml", folder=folder)
    assert_mistake(ended, "did you mean")
    places = [line.split(": ")[0] for line in ended.err.splitlines() if line.startswith("bad.yml:")]
    assert places == ["bad.yml:1:10", "bad.yml:2:1", "bad.yml:4:7", "bad.yml:6:11", "bad.yml:10:15"]


def test_a_sound_plan_is_shown_with_its_waves(folder: Path) -> None:
    ended = sockdeploy("validate", "plan.yml", folder=folder)
    assert (ended.code, ended.err) == (ExitCode.OK, "")
    assert "canary" in ended.out
    assert "web-1" in ended.out


def test_a_sound_plan_as_json(folder: Path) -> None:
    ended = sockdeploy("validate", "plan.yml", "--json", folder=folder)
    told = json.loads(ended.out)
    assert (ended.code, told["valid"], told["service"]) == (ExitCode.OK, True, "myapp")
    assert told["waves"] == [{"name": "canary", "hosts": ["web-1"], "approve": False}]


@pytest.mark.parametrize(
    "words", [["plan"], ["plan", "--commands"], ["status"], ["history"], ["apply"], ["apply", "--dry-run"]]
)
def test_as_json_a_verb_prints_one_document_also_when_a_host_cannot_be_reached(folder: Path, words: list[str]) -> None:
    ended = sockdeploy(*words, "plan.yml", "--json", folder=folder)
    assert ended.code == ExitCode.REFUSED, ended.err
    assert "there is no private key" in json.dumps(json.loads(ended.out))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rollback"], "web-1"),
        (["rollback", "--to", "nope", "--dry-run"], "web-1"),
        (["resume"], "nothing is held"),
        (["abort"], "web-1"),
    ],
)
def test_as_json_a_refusal_is_one_document_and_people_read_the_same(folder: Path, words: list[str], told: str) -> None:
    ended = sockdeploy(*words, "plan.yml", "--json", folder=folder)
    error = json.loads(ended.out)["error"]
    assert (ended.code, error["problems"]) == (ExitCode.REFUSED, [])
    assert told in error["message"]
    assert error["message"] in ended.err


@pytest.mark.parametrize("verb", ["validate", "apply", "check"])
def test_as_json_a_bad_plan_has_every_problem_at_its_place(folder: Path, verb: str, called: Called) -> None:
    bad = folder / "bad.yml"
    bad.write_text(BAD_PLAN)
    ended = called(verb, str(bad), "--json")
    assert ended.code == ExitCode.USAGE
    problems = json.loads(ended.out)["error"]["problems"]
    places = [(each["line"], each["column"]) for each in problems]
    assert places == [(1, 10), (2, 1), (4, 7), (6, 11), (10, 15)]
    assert {each["file"] for each in problems} == {str(bad)}
    assert problems[1]["message"] == "unknown key 'servize'"
    assert problems[1]["remedy"] == "did you mean 'service'?"
    assert f"{bad}:2:1: unknown key 'servize'" in ended.err


def test_as_json_a_plan_that_is_not_there_is_a_problem_with_the_file_as_a_whole(folder: Path, called: Called) -> None:
    ended = called("validate", str(folder / "none.yml"), "--json")
    error = json.loads(ended.out)["error"]
    assert "No such file" in error["message"]
    assert [(each["line"], each["column"]) for each in error["problems"]] == [(None, None)]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["apply", "PLAN", "--json", "--wave", "first"], "--wave"),
        (["gate", "PLAN", "--json", "--observe", "soon"], "--observe"),
        (["gate", "PLAN", "--json"], ""),
        (["apply", "PLAN", "--json", "--migrate"], "--migrate"),
        (["apply", "--json"], ""),
        (["aply", "--json"], ""),
    ],
)
def test_as_json_a_wrong_command_line_says_what_where_and_what_to_do(
    folder: Path, words: list[str], where: str, called: Called
) -> None:
    ended = called(*(str(folder / "plan.yml") if word == "PLAN" else word for word in words))
    error = json.loads(ended.out)["error"]
    assert (ended.code, error["where"]) == (ExitCode.USAGE, where)
    assert error["message"]
    assert error["remedy"] in ended.err


def test_as_json_a_report_that_cannot_be_written_is_told(folder: Path) -> None:
    ended = sockdeploy("apply", "plan.yml", "--json", "--report", "plan.yml", folder=folder)
    assert ended.code == ExitCode.USAGE
    assert json.loads(ended.out)["error"]["where"] == "plan.yml"


def test_as_json_the_document_is_alone_on_standard_output_in_a_workflow_too(folder: Path) -> None:
    ended = sockdeploy("validate", "none.yml", "--json", folder=folder, variables={"GITHUB_ACTIONS": "true"})
    assert (ended.code, list(json.loads(ended.out))) == (ExitCode.USAGE, ["error"])
    assert ended.err.startswith("::error ")


@pytest.mark.parametrize("option", ["--hosts", "--ssh-key", "--known-hosts", "--wave", "--through", "--release"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_option_that_is_given_empty_is_refused_and_not_passed_over(
    folder: Path, option: str, value: str, called: Called
) -> None:
    assert_mistake(called("plan", str(folder / "plan.yml"), option, value), f"{option}: ")


def test_a_host_that_cannot_be_reached_is_named_with_the_remedy(folder: Path) -> None:
    ended = sockdeploy("status", "plan.yml", folder=folder)
    assert ended.code == ExitCode.REFUSED
    assert "web-1: there is no private key" in ended.out
    assert "--ssh-key" in ended.out


def test_the_example_is_a_sound_plan_and_one_by_the_schema(tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text(sockdeploy("example").out)
    (tmp_path / "schema.json").write_text(sockdeploy("schema").out)
    for path in ("dist/hello", "deploy/myapp.socket", "deploy/myapp.service"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("[Unit]\n")
    assert sockdeploy("validate", "plan.yml", folder=tmp_path).code == ExitCode.OK
    assert conforms(tmp_path, "plan.yml") == 0


def test_the_schema_is_one_and_refuses_what_the_program_refuses(folder: Path) -> None:
    (folder / "schema.json").write_text(sockdeploy("schema").out)
    subprocess.run([CHECK, "--check-metaschema", "schema.json"], cwd=folder, check=True, capture_output=True)
    (folder / "bad.yml").write_text(BAD_PLAN)
    assert conforms(folder, "plan.yml") == 0
    assert conforms(folder, "bad.yml") == 1


def conforms(folder: Path, plan: str) -> int:
    """What check-jsonschema ends with for a plan and schema.json."""
    argv = [str(CHECK), "--schemafile", "schema.json", plan]
    return subprocess.run(argv, cwd=folder, check=False, capture_output=True).returncode


def test_a_reader_who_goes_away_does_not_change_the_exit_code(folder: Path) -> None:
    argv = [sys.executable, "-m", "deployer", "apply", "plan.yml", "--json"]
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) == ExitCode.REFUSED


def test_a_bug_is_told_as_one_with_all_that_a_report_needs(called: Called) -> None:
    # No shell can pass a zero byte, so nobody foresaw one: whatever raises is told in the same way.
    ended = called("validate", "plan\0.yml")
    assert (ended.code, ended.out) == (ExitCode.BUG, "")
    assert ended.err.startswith("a bug in sockdeploy, please report it:\nTraceback")
    assert "null byte" in ended.err


def test_as_json_a_bug_is_one_document_too(called: Called) -> None:
    ended = called("validate", "plan\0.yml", "--json")
    assert ended.code == ExitCode.BUG
    assert "null byte" in json.loads(ended.out)["error"]["message"]
