"""The image deploys to real hosts, started as GitHub and as GitLab start it."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployer.sinks.github import OUTPUTS
from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet, Host
from tests.fleet.site import Site
from tests.fleet.system import wait_until
from tests.surfaces.ci import GitHub, GitLab, gitlab_job
from tests.surfaces.engine import Engine

pytestmark = [pytest.mark.image, pytest.mark.fleet]

WORKSPACE_OWNER = 1001
"""Whose a workspace is on GitHub's machines; the container itself is root."""

REPORT = {"journal.jsonl", "summary.json", "summary.md"}


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository with a plan for two hosts, which run r1; keys and known hosts are the CI system's to give."""

    app: Deployment
    fleet: Fleet

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.app.folder

    @property
    def secrets(self) -> tuple[str, str]:
        """The private key and the known hosts, as text."""
        return self.fleet.key.read_text(), self.fleet.known_hosts.read_text()

    @property
    def current(self) -> list[str]:
        """What the hosts run."""
        return [self.app.current(host) for host in self.app.hosts]

    def wants(self, release: str, mode: str = "ok", **changes: Any) -> None:
        """Have its plan bring out a release that behaves so."""
        self.app.release(release, mode)
        self.app.plan(release, artifact={"path": f"releases/{release}"}, ssh={"user": "deploy"}, **changes)
        subprocess.run(["chown", "-R", f"{WORKSPACE_OWNER}:{WORKSPACE_OWNER}", self.folder], check=True)


@pytest.fixture
def checkout(fleet: Fleet, hosts: Sequence[Host], site: Site) -> Checkout:
    """One whose two hosts run r1."""
    site.folder.mkdir()
    app = Deployment(site, fleet, list(hosts[:2]), site.folder)
    app.install("r1")
    return Checkout(app, fleet)


@pytest.fixture
def github(container_engine: Engine, image: str, checkout: Checkout, tmp_path: Path) -> GitHub:
    """A workflow's run on the checkout."""
    (tmp_path / "github").mkdir()
    return GitHub(container_engine, image, checkout.folder, tmp_path / "github")


def test_as_github_starts_it_a_release_is_brought_out(github: GitHub, checkout: Checkout) -> None:
    checkout.wants("r2")
    ended = github.run(inputs(checkout, release="r2"))
    assert ended.status == 0, ended
    assert checkout.current == ["r2", "r2"]
    told = outputs(github)
    assert tuple(told) == OUTPUTS
    assert told == {
        "outcome": "succeeded",
        "release": "r2",
        "previous-release": "r1",
        "failed-wave": "",
        "failed-gate": "",
        "hosts-new": '["web-1", "web-2"]',
        "hosts-old": "[]",
        "report": told["report"],
    }
    report = checkout.folder / told["report"]
    assert {file.name for file in report.iterdir()} == REPORT
    assert report.parent == checkout.folder / ".sockdeploy"
    assert owners(checkout.folder) == {WORKSPACE_OWNER}
    assert "succeeded" in github.summary()
    assert [line for line in ended.stdout.splitlines() if line.startswith("::notice")] != []
    assert [line for line in ended.stdout.splitlines() if line.startswith(("::error", "::warning"))] == []
    assert key_lines(checkout) & everything(ended.stdout + ended.stderr, checkout.folder, github.folder) == set()


def test_as_github_starts_it_a_broken_release_is_taken_back_and_fails_the_step(
    github: GitHub, checkout: Checkout
) -> None:
    checkout.wants("r2", "fail500")
    ended = github.run(inputs(checkout, report="out/report"))
    assert ended.status == 1, ended
    assert checkout.current == ["r1", "r1"]
    told = outputs(github)
    assert told["outcome"] == "rolled-back"
    assert (told["failed-wave"], told["failed-gate"]) == ("canary", "health")
    assert (json.loads(told["hosts-new"]), json.loads(told["hosts-old"])) == ([], ["web-1", "web-2"])
    assert told["report"] == "out/report"
    assert {file.name for file in (checkout.folder / "out/report").iterdir()} == REPORT
    assert owners(checkout.folder) == {WORKSPACE_OWNER}
    (error,) = [line for line in ended.stdout.splitlines() if line.startswith("::error")]
    assert "canary/web-1, gate health" in error
    assert "rolled-back" in github.summary()
    assert key_lines(checkout) & everything(ended.stdout + ended.stderr, checkout.folder, github.folder) == set()


def test_as_github_starts_it_status_says_what_hosts_run(github: GitHub, checkout: Checkout) -> None:
    checkout.wants("r2")
    for name, line in zip(("web-1", "web-2"), status_lines(github, checkout), strict=True):
        assert name in line.split()
        assert "r1" in line.split()


def test_a_cancelled_step_ends_in_time_with_a_true_account(github: GitHub, checkout: Checkout) -> None:
    waves = [{"name": "canary", "hosts": 1, "bake": {"min": "10m"}}, {"name": "full", "hosts": "rest"}]
    checkout.wants("r2", waves=waves)
    with github.start(inputs(checkout)) as step:
        wait_until(lambda: checkout.current[0] == "r2", "the canary's switch", 60)
        step.send_signal(signal.SIGTERM)
        began = time.monotonic()
        out, err = step.communicate(timeout=60)
        took = time.monotonic() - began
    assert step.returncode == 143, out + err
    assert took < 10
    assert checkout.current == ["r2", "r1"]
    told = outputs(github)
    assert told["outcome"] == "cancelled"
    assert (json.loads(told["hosts-new"]), json.loads(told["hosts-old"])) == (["web-1"], ["web-2"])
    assert {file.name for file in (checkout.folder / told["report"]).iterdir()} == REPORT
    assert "cancelled" in github.summary()
    assert "sockdeploy abort" in github.summary()
    (unfinished,) = [line for line in status_lines(github, checkout) if "r2" in line.split()]
    assert "web-1" in unfinished
    assert "r2 is not confirmed" in unfinished


def test_as_gitlab_starts_it_the_template_s_script_brings_a_release_out_and_keeps_the_report(
    container_engine: Engine, image: str, checkout: Checkout
) -> None:
    checkout.wants("r2")
    key, known_hosts = checkout.secrets
    given = {"plan": "plan.yml", "release": "r2"}
    files = {"SOCKDEPLOY_SSH_KEY": key, "SOCKDEPLOY_KNOWN_HOSTS": known_hosts}
    ended = GitLab(container_engine, image, checkout.folder).run(given, files=files)
    assert ended.status == 0, ended
    assert checkout.current == ["r2", "r2"]
    (kept,) = gitlab_job(given)["artifacts"]["paths"]
    assert {file.name for file in (checkout.folder / kept).iterdir()} == REPORT
    assert key_lines(checkout) & everything(ended.stdout + ended.stderr, checkout.folder) == set()


def inputs(checkout: Checkout, **more: str) -> Mapping[str, str]:
    """What the workflow gives, with the key and the known hosts as text, as secrets and variables are."""
    key, known_hosts = checkout.secrets
    return {"plan": "plan.yml", "ssh-key": key, "known-hosts": known_hosts, **more}


def status_lines(github: GitHub, checkout: Checkout) -> list[str]:
    """What `status` says of each host; it ends well, so every host could be read."""
    ended = github.run(inputs(checkout, command="status"))
    assert ended.status == 0, ended
    return [line for line in ended.stdout.splitlines() if any(host.name in line.split() for host in checkout.app.hosts)]


def outputs(github: GitHub) -> dict[str, str]:
    """The step's outputs, read as GitHub reads them."""
    found = re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n?\2\n", github.outputs(), flags=re.MULTILINE | re.DOTALL)
    return {name: value for name, _, value in found}


def owners(folder: Path) -> set[int]:
    """Whose the files below a folder are."""
    return {path.lstat().st_uid for path in folder.rglob("*")}


def key_lines(checkout: Checkout) -> set[str]:
    """The lines of the key's text that nothing else has."""
    return {line for line in checkout.secrets[0].splitlines() if not line.startswith("-----")}


def everything(told: str, *folders: Path) -> set[str]:
    """Every word that was printed or written, also those that JSON joined with a backslash and an n."""
    texts = [told]
    for folder in folders:
        for at, _, names in os.walk(folder):
            texts += [Path(at, name).read_text(errors="replace") for name in names]
    return set(re.split(r"\s|\\n|[\"']", "\n".join(texts)))
