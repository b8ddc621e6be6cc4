"""Ansible and pyinfra, in an environment of their own outside the checkout."""

import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
FOLDER = Path("~/.cache/sockdeploy-bench/venv").expanduser()


def program(name: str) -> str:
    """The path of one of their programs."""
    return str(FOLDER / "bin" / name)


def install() -> None:
    """Install what pyproject.toml lists as `bench`; quick when it is there."""
    wanted = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["bench"]
    note = FOLDER / "bench.txt"
    if note.exists() and note.read_text() == repr(wanted):
        return
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    subprocess.run([program("pip"), "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    note.write_text(repr(wanted))


def versions() -> str:
    """What is measured, in one line."""
    names = ("ansible-core", "pyinfra", "paramiko")
    found = subprocess.run([program("pip"), "list", "--format", "freeze"], capture_output=True, text=True, check=True)
    known = dict(line.split("==", 1) for line in found.stdout.splitlines() if "==" in line)
    return ", ".join(f"{name} {known.get(name, '?')}" for name in names)
