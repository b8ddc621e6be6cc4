"""The examples as values: their folders, units and artifacts; what needs building is built."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.fleet.base import cache_folder
from tests.fleet.system import install_missing
from tests.surfaces import CHECKOUT

Unit = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Example:
    """One example by its folder's name."""

    name: str

    @property
    def folder(self) -> Path:
        """Where it is."""
        return CHECKOUT / "examples" / self.name

    @property
    def plan(self) -> Path:
        """Its plan."""
        return self.folder / "plan.yml"

    @property
    def service(self) -> str:
        """Its service's name, from the plan."""
        return str(yaml.safe_load(self.plan.read_text())["service"])

    @property
    def deploy(self) -> Path:
        """The folder of its unit files."""
        return self.folder / "deploy"

    def unit(self, kind: str) -> Unit:
        """Its unit of that kind, `socket` or `service`: section -> directive -> values in order."""
        found: Unit = {}
        for line in (self.deploy / f"{self.service}.{kind}").read_text().splitlines():
            if line.startswith("["):
                section = found.setdefault(line.strip("[]"), {})
            elif line and not line.startswith("#"):
                directive, _, value = line.partition("=")
                section.setdefault(directive, []).append(value)
        return found

    def copy(self, into: Path) -> Path:
        """A checkout of it in a new folder, with what its workflow builds."""
        shutil.copytree(self.folder, into, ignore=shutil.ignore_patterns("build", ".sockdeploy"))
        if self.name == "go":
            (into / "build").mkdir()
            shutil.copy(_go_binary(self.folder), into / "build/hello")
        return into

    def artifact(self, into: Path, release: str) -> Path:
        """A release folder as it is on a host: the artifact and RELEASE, made below `into`."""
        folder = into / release
        if self.name == "go":
            folder.mkdir(parents=True)
            shutil.copy(_go_binary(self.folder), folder / "hello")
        else:
            shutil.copytree(self.folder / "app", folder)
        (folder / "RELEASE").write_text(f"{release}\n")
        folder.chmod(0o755)
        return folder


EXAMPLES = tuple(Example(path.parent.name) for path in sorted((CHECKOUT / "examples").glob("*/plan.yml")))


def _go_binary(folder: Path) -> Path:
    """The binary, built with the flags of the example's workflow; what was compiled before is kept in the cache."""
    install_missing({"go": "golang-go"})
    binary = cache_folder() / "go/hello"
    variables = {"GOCACHE": str(cache_folder() / "go/cache"), "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    argv = ["go", "build", "-o", str(binary), "."]
    subprocess.run(argv, cwd=folder, env={**os.environ, **variables}, check=True)
    return binary
