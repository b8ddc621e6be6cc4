"""The files and inventory programs of the machine that sockdeploy runs on, as a plan reads them."""

import os
import subprocess
from collections.abc import Mapping
from importlib.resources import files as package_files
from pathlib import Path

from deployer.errors import Place, PlanError, Problem
from deployer.plan.model import Plan
from deployer.plan.parse import load
from deployer.plan.paths import local
from deployer.plan.source import UnreadableError
from deployer.plan.text import MAX_BYTES
from deployer.secret import without_secrets

MAX_PRINTED = 32 << 20
"""Bytes an inventory program may print."""

PROGRAM_LIMIT = 60.0
"""Seconds an inventory program may take."""

BY_HAND = "run it by hand to see why"


class LocalFiles:
    """Reads what plans name; implements `deployer.plan.source.Files`."""

    def __init__(self, program_limit: float = PROGRAM_LIMIT) -> None:
        self.program_limit = program_limit

    @property
    def home(self) -> str:
        """The user's home folder; `~` itself when there is none."""
        return os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where nobody knows the home

    @property
    def folder(self) -> str:
        """The working folder."""
        return str(Path.cwd())

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or folder; what cannot be looked at counts as missing."""
        return os.access(path, os.F_OK)

    def read(self, path: str) -> bytes:
        """Give a file's content, cut one byte past the bound on plans. UnreadableError when it cannot be read."""
        try:
            with Path(path).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UnreadableError(
                f"cannot read {path}: {error.strerror}", "relative paths start at the plan's folder"
            ) from error

    def run(self, argv: tuple[str, ...], folder: str) -> bytes:
        """Run a program without a shell and give what it printed. UnreadableError when it fails or takes too long."""
        name = argv[0]
        try:
            ended = subprocess.run(
                argv, cwd=folder, env=without_secrets(os.environ), stdin=subprocess.DEVNULL, capture_output=True,
                timeout=self.program_limit, check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UnreadableError(f"{name} took longer than {self.program_limit:g}s", BY_HAND) from error
        except OSError as error:
            raise UnreadableError(f"cannot run {name}: {error.strerror}", "it runs in the plan's folder") from error
        if ended.returncode:
            said = ended.stderr.decode(errors="replace").strip()[-500:]
            raise UnreadableError(f"{name} ended with status {ended.returncode}: {said or 'it said nothing'}", BY_HAND)
        if len(ended.stdout) > MAX_PRINTED:
            raise UnreadableError(f"{name} printed more than {MAX_PRINTED >> 20} MiB")
        return ended.stdout


def read_plan(path: str, *, variables: Mapping[str, str], release: str | None = None, deploying: bool = True) -> Plan:
    """Give the plan in a file on this machine; see `deployer.plan.parse.load` for the rest and for what it raises."""
    files = LocalFiles()
    try:
        text = files.read(local(path, files.folder, files.home))
    except UnreadableError as error:
        raise PlanError(
            (Problem(Place(path), error.message, "give the path of a plan; sockdeploy example prints one"),)
        ) from error
    return load(text, file=path, variables=variables, files=files, release=release, deploying=deploying)


def example() -> str:
    """Give the commented plan that is also the reference."""
    return package_files("deployer.plan").joinpath("example.yml").read_text(encoding="utf-8")
