"""The command line as a user runs it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

CHECKOUT = Path(__file__).parents[1]
NOTHING: Mapping[str, str] = MappingProxyType({})
OURS = ("GITHUB_", "CI", "SOCKDEPLOY_", "SSH_AUTH_SOCK", "INPUT_", "PYTHON")

PLAN = """\
version: 1
service: myapp
release: r1
artifact: {path: dist/}
root: /srv/myapp
inventory:
  web-1: {address: 127.0.0.1}
gates:
  health:
    url: http://127.0.0.1:8080/healthz
    expect: {release: {json: release}}
"""
"""A sound plan for one host; its artifact is the folder dist beside it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended: exit code and what it printed."""

    code: int
    out: str
    err: str


def sockdeploy(*words: str | Path, folder: Path = CHECKOUT, variables: Mapping[str, str] = NOTHING) -> Ended:
    """Run `sockdeploy WORDS` in `folder`, with no variable of a CI system but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        [sys.executable, "-m", "deployer", *words], cwd=folder, env={**kept, "COLUMNS": "120", **variables},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)
