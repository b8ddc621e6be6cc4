"""What `sockdeploy init` writes, asks and refuses, as a newcomer meets it."""

import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import yaml

from deployer.cli import main
from deployer.host.unitfile import Settings
from deployer.init.analysis import analysis
from tests.cli import CHECKOUT, Ended, sockdeploy

CHECK = Path(sys.executable).with_name("check-jsonschema")
ZIZMOR = Path(sys.executable).with_name("zizmor")
NEEDED = {"service": "hello", "kind": "node", "run": "server.js", "hosts": "web-1=10.0.0.11,10.0.0.12"}
WRAPPED = {"kind": "binary", "run": "bin/hello --verbose", "wrap": "127.0.0.1:3000"}
HARDENED = {"NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictSUIDSGID", "LockPersonality"}


def init(folder: Path, *words: str, **changes: str | None) -> Ended:
    """Run init for `folder` with sound options; `changes` replace some (None: left out), with _ for -."""
    options = {**NEEDED, **{name.replace("_", "-"): value for name, value in changes.items()}}
    given = [word for name, value in options.items() if value is not None for word in (f"--{name}", value)]
    told, wrong = StringIO(), StringIO()
    with redirect_stdout(told), redirect_stderr(wrong):
        code = main(["init", *given, "--folder", str(folder), *words])
    return Ended(code, told.getvalue(), wrong.getvalue())


def settings(folder: Path, unit: str) -> Settings:
    """A unit that init wrote."""
    return Settings.read(unit, [(folder / "deploy" / unit).read_text()])


def paths(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def written(folder: Path, **changes: str | None) -> Path:
    """A folder with what init writes for these options."""
    ended = init(folder, **changes)
    assert ended.code == 0, ended.err
    return folder


def test_it_writes_a_plan_two_units_and_a_workflow(tmp_path: Path) -> None:
    ended = init(tmp_path)
    assert (ended.code, ended.err) == (0, "")
    files = [".github/workflows/deploy.yml", "deploy/hello.service", "deploy/hello.socket", "plan.yml"]
    assert paths(tmp_path) == files
    assert all(f"wrote {tmp_path / name}" in ended.out for name in files)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": "gunicorn", "run": "app:application"},
        {"kind": "uvicorn", "run": "main:app", "listen": "[::1]:8080"},
        {"shared": "var/uploads/,.env", "user": "app", "root": "/opt/hello", "artifact": "build/the app"},
        WRAPPED,
    ],
    ids=lambda changes: ",".join(changes) or "node",
)
def test_the_plan_is_sound(changes: dict[str, str], tmp_path: Path) -> None:
    written(tmp_path, **changes)
    (tmp_path / changes.get("artifact", "dist")).mkdir(parents=True)
    ended = sockdeploy("validate", "plan.yml", folder=tmp_path)
    assert ended.code == 0, ended.err
    assert "web-1" in ended.out
    assert "10.0.0.12" in ended.out


@pytest.mark.parametrize("changes", [{}, WRAPPED], ids=["plain", "wrapped"])
def test_no_limit_of_the_units_can_close_the_port(changes: dict[str, str], tmp_path: Path) -> None:
    written(tmp_path, **changes)
    socket, service = settings(tmp_path, "hello.socket"), settings(tmp_path, "hello.service")
    assert socket.one("Socket", "TriggerLimitIntervalSec") == "0"
    assert service.one("Unit", "StartLimitIntervalSec") == "0"
    assert (service.one("Service", "Restart"), service.one("Service", "RestartSec")) == ("always", "1")
    assert service.many("Unit", "Requires") == ("hello.socket",)
    assert "hello.socket" in service.one("Unit", "After").split()
    assert service.many("Unit", "BindsTo") == ()


def test_the_socket_listens_on_loopback_without_delay_and_with_one_queue(tmp_path: Path) -> None:
    socket = settings(written(tmp_path), "hello.socket")
    assert socket.many("Socket", "ListenStream") == ("127.0.0.1:8080",)
    assert (socket.one("Socket", "NoDelay"), socket.one("Socket", "ReusePort")) == ("true", "false")


def test_both_units_are_there_after_a_reboot(tmp_path: Path) -> None:
    written(tmp_path)
    assert settings(tmp_path, "hello.socket").one("Install", "WantedBy") == "sockets.target"
    assert settings(tmp_path, "hello.service").one("Install", "WantedBy") == "multi-user.target"


def test_the_service_is_hardened_and_can_run_beside_a_second_one(tmp_path: Path) -> None:
    service = settings(written(tmp_path), "hello.service")
    assert {key for key in HARDENED if service.one("Service", key) != "true"} == set()
    assert service.one("Service", "ProtectSystem") == "strict"
    assert service.one("Service", "DynamicUser") == "yes"
    assert service.one("Service", "NonBlocking") == "true"


@pytest.mark.parametrize(
    ("kind", "run", "command"),
    [
        ("gunicorn", "app:application", "/usr/bin/gunicorn "),
        ("uvicorn", "main:app", "/usr/bin/uvicorn --fd 3 "),
        ("node", "server.js --port 1", "/usr/bin/node server.js --port 1"),
        ("binary", "bin/hello --flag", "/srv/hello/current/bin/hello --flag"),
        ("binary", "/usr/bin/java -jar app.jar", "/usr/bin/java -jar app.jar"),
        ("binary", "hello --format %d", "/srv/hello/current/hello --format %d"),
        ("binary", "./hello", "/srv/hello/current/hello"),
        ("node", "./server.js", "/usr/bin/node server.js"),
    ],
)
def test_it_knows_the_command_lines_of_services_that_take_a_socket(
    kind: str, run: str, command: str, tmp_path: Path
) -> None:
    service = settings(written(tmp_path, kind=kind, run=run), "hello.service")
    assert service.one("Service", "ExecStart").startswith(command)
    assert service.one("Service", "WorkingDirectory") == "/srv/hello/current"


@pytest.mark.parametrize(
    ("changes", "inside", "hosts", "takes"),
    [
        ({"kind": "gunicorn", "run": "app:application"}, "the Python module app", "/usr/bin/gunicorn", False),
        ({"kind": "uvicorn", "run": "web.main:app"}, "the Python module web.main", "/usr/bin/uvicorn", False),
        ({"kind": "node", "run": "server.js --port 1"}, "server.js", "/usr/bin/node", True),
        ({"kind": "binary", "run": "./bin/hello --flag"}, "bin/hello, executable", "", True),
        ({"kind": "binary", "run": "/usr/bin/python3 app.py"}, "", "/usr/bin/python3", True),
        (WRAPPED, "bin/hello, executable", "", False),
    ],
)
@pytest.mark.parametrize("gitlab", [False, True])
def test_it_says_what_the_release_and_the_hosts_have_to_have(
    changes: dict[str, str], inside: str, hosts: str, takes: bool, gitlab: bool, tmp_path: Path
) -> None:
    ended = init(tmp_path, *(["--gitlab"] if gitlab else []), **changes)
    assert ended.code == 0, ended.err
    built = f"dist/ with {inside}" if inside else "dist/"
    assert f"next: build {built}; then" in ended.out
    assert (f"the hosts need {hosts}\n" in ended.out) is bool(hosts)
    assert ("file descriptor 3" in ended.out) is takes
    workflow = (tmp_path / (".gitlab-ci.yml" if gitlab else ".github/workflows/deploy.yml")).read_text()
    assert f"unless it is in the repository{f'; it has to hold {inside}' if inside else ''}.\n" in workflow


def test_a_shared_folder_can_be_written_and_belongs_to_the_service_s_user(tmp_path: Path) -> None:
    written(tmp_path, shared="var/uploads/,.env", user="app:www")
    service = settings(tmp_path, "hello.service")
    plan = yaml.safe_load((tmp_path / "plan.yml").read_text())
    assert service.many("Service", "ReadWritePaths") == ("/srv/hello/shared/var/uploads",)
    assert (service.one("Service", "User"), service.one("Service", "Group")) == ("app", "www")
    assert (plan["shared"], plan["owner"]) == (["var/uploads/", ".env"], "app:www")


def test_health_is_asked_where_the_socket_listens(tmp_path: Path) -> None:
    ended = init(tmp_path, listen="0.0.0.0:80", health="/up")
    plan = yaml.safe_load((tmp_path / "plan.yml").read_text())
    assert plan["socket"]["listen"] == "0.0.0.0:80"
    assert plan["gates"]["health"]["url"] == "http://127.0.0.1:80/up"
    assert "firewall" in ended.out


def test_a_wrapped_service_has_haproxy_take_its_socket(tmp_path: Path) -> None:
    ended = init(tmp_path, **WRAPPED)
    plan = yaml.safe_load((tmp_path / "plan.yml").read_text())
    proxy = settings(tmp_path, "hello-proxy.service")
    config = "\n".join(proxy.many("Service", "StandardInputText"))
    assert settings(tmp_path, "hello.socket").one("Socket", "Service") == plan["socket"]["proxy"] == proxy.name
    assert settings(tmp_path, "hello.service").many("Unit", "Wants") == (proxy.name,)
    assert settings(tmp_path, "hello.service").one("Service", "Environment") == "HOST=127.0.0.1 PORT=3000"
    assert f"deploy/{proxy.name}" in plan["units"]
    assert "bind fd@3" in config
    assert "server hello 127.0.0.1:3000" in config
    assert {key for key in HARDENED if proxy.one("Service", key) != "true"} == set()
    assert "package haproxy" in ended.out


@pytest.mark.parametrize("changes", [{}, WRAPPED], ids=["plain", "wrapped"])
def test_nothing_of_a_template_is_left(changes: dict[str, str], tmp_path: Path) -> None:
    written(tmp_path, **changes)
    for name in (name for name in paths(tmp_path) if not name.startswith(".github")):
        text = (tmp_path / name).read_text()
        assert not re.search("@[a-z_]+@", text), name
        assert "\n\n\n" not in text, name


def test_the_workflow_is_one_by_the_schema_and_deploys_the_plan(tmp_path: Path) -> None:
    workflow = written(tmp_path) / ".github/workflows/deploy.yml"
    schema = ["--builtin-schema", "vendor.github-workflows", str(workflow)]
    subprocess.run([str(CHECK), *schema], check=True, capture_output=True)
    rules = ["--config", str(CHECKOUT / ".github/zizmor.yml")]  # those of the examples' workflows
    subprocess.run([str(ZIZMOR), "--offline", "--no-progress", *rules, str(workflow)], check=True, capture_output=True)
    action = yaml.safe_load((CHECKOUT / "action.yml").read_text())
    given = yaml.safe_load(workflow.read_text())["jobs"]["deploy"]["steps"][-1]["with"]
    assert given["plan"] == "plan.yml"
    assert given.keys() <= action["inputs"].keys()


def test_for_gitlab_it_writes_a_job_with_inputs_that_the_component_has(tmp_path: Path) -> None:
    assert init(tmp_path, "--gitlab").code == 0
    assert ".gitlab-ci.yml" in paths(tmp_path)
    assert not (tmp_path / ".github").exists()
    schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(tmp_path / ".gitlab-ci.yml")]
    subprocess.run([str(CHECK), *schema], check=True, capture_output=True)
    (component,) = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text())["include"]
    inputs = next(yaml.safe_load_all((CHECKOUT / "templates/deploy.yml").read_text()))["spec"]["inputs"]
    assert component["inputs"].keys() <= inputs.keys()
    assert component["inputs"]["plan"] == "plan.yml"


def test_a_file_that_is_there_is_never_overwritten_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text("mine\n")
    ended = init(tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "plan.yml" in ended.err
    assert "--force" in ended.err
    assert paths(tmp_path) == ["plan.yml"]
    assert (tmp_path / "plan.yml").read_text() == "mine\n"


def test_with_force_it_is(tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text("mine\n")
    assert init(tmp_path, "--force").code == 0
    assert "service" in (tmp_path / "plan.yml").read_text()


def test_the_files_can_be_for_another_folder(tmp_path: Path) -> None:
    assert init(tmp_path / "new/place").code == 0
    assert "new/place/plan.yml" in paths(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = init(tmp_path / "file")
    assert (ended.code, ended.out) == (2, "")
    assert "file" in ended.err


def test_without_a_terminal_it_says_what_is_missing_and_asks_nothing(tmp_path: Path) -> None:
    ended = init(tmp_path, run=None, hosts=None)
    assert (ended.code, ended.out) == (2, "")
    assert "missing: --run, --hosts" in ended.err
    assert paths(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"service": "hello world"}, ["--service", "'hello world'"]),
        ({"service": "hello.service"}, ["--service", "write hello"]),
        ({"service": "hello@one"}, ["--service", "without @"]),
        ({"kind": "gunicron"}, ["--kind", "did you mean 'gunicorn'"]),
        ({"run": "a 'b"}, ["--run", "quotes"]),
        ({"run": "a ; b"}, ["--run", "no shell"]),
        ({"run": "-a"}, ["--run", "begin"]),
        ({"run": ""}, ["--run", "one command", "''"]),
        ({"kind": "gunicorn", "run": "app.py"}, ["--run", "app:application"]),
        ({"run": "node server.js"}, ["--run", "what node runs", "write server.js"]),
        ({"kind": "binary", "run": "python3 app.py"}, ["--run", "bin/hello", "/usr/bin/python3 app.py"]),
        ({"kind": "binary", "run": "../hello"}, ["--run", "inside the release", "'../hello'"]),
        ({"hosts": ""}, ["--hosts", "web-1="]),
        ({"hosts": "web-1=10.0.0.1,web-1=10.0.0.2"}, ["--hosts", "second time"]),
        ({"hosts": "web-1=http://x"}, ["--hosts", "'http://x'"]),
        ({"hosts": "a b=10.0.0.1"}, ["--hosts", "'a b'"]),
        ({"listen": "localhost:80"}, ["--listen", "127.0.0.1:8080"]),
        ({"listen": "/run/hello.sock"}, ["--listen", "an address and a port"]),
        ({"health": "healthz"}, ["--health", "/healthz"]),
        ({"health": "/a b"}, ["--health", "'http://127.0.0.1/a b'"]),
        ({"artifact": ""}, ["--artifact", "text"]),
        ({"artifact": "a\nb"}, ["--artifact", "one line"]),
        ({"root": "/etc/hello"}, ["--root", "/srv/hello"]),
        ({"user": "a:b:c"}, ["--user", "user:group"]),
        ({"ssh_user": "a b"}, ["--ssh-user", "'a b'"]),
        ({"shared": "../x"}, ["--shared", "'../x'"]),
        ({"shared": "a b/", "user": "app"}, ["--shared", "'a b/'"]),
        ({"shared": "var/"}, ["--shared", "--user app"]),
        ({**WRAPPED, "wrap": "10.0.0.1:80"}, ["--wrap", "loopback"]),
        ({**WRAPPED, "wrap": "3000"}, ["--wrap", "write 127.0.0.1:3000"]),
        ({**WRAPPED, "wrap": "127.0.0.1:8080"}, ["--wrap", "port 8080"]),
        ({**WRAPPED, "kind": "uvicorn", "run": "main:app"}, ["--wrap", "takes the socket"]),
    ],
)
def test_nonsense_is_refused_with_the_option_and_what_was_expected(
    changes: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    ended = init(tmp_path, **changes)
    assert (ended.code, ended.out) == (2, ""), ended.out
    assert [words for words in told if words not in ended.err] == [], ended.err
    assert paths(tmp_path) == []


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for the systemd-analyze of a test."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def test_what_systemd_thinks_of_the_units_is_shown(programs: Path) -> None:
    program = programs / "systemd-analyze"
    program.write_text('#!/bin/sh\n[ "$1" = verify ] && echo "odd: $3 $4" || printf "a table\\nsafe: $4\\n"\n')
    program.chmod(0o755)
    said = list(analysis([Path("a.socket"), Path("a.service")], str(programs)))
    assert "  odd: a.socket a.service" in said
    assert said[-1] == "systemd-analyze security: safe: a.service"


def test_without_systemd_analyze_that_is_said(programs: Path) -> None:
    (said,) = analysis([Path("a.service")], str(programs))
    assert "systemd-analyze is not on this machine" in said
