"""Python packages for a host's own Python: hosts have no way out, so this machine fetches the wheels for them."""

import hashlib
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.base import cache_folder
from tests.fleet.system import locked, remove_tree, run


def site_packages(python: str, requirements: Sequence[str]) -> Path:
    """A folder for PYTHONPATH with `requirements` for Python `python` ("3.13"); made once, kept in the cache."""
    wanted = "\n".join([python, platform.machine(), *sorted(requirements)])
    folder = cache_folder() / f"python{python}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    if folder.exists():
        return folder
    with locked(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            work = folder.with_name(f".{folder.name}.build-{os.getpid()}")
            remove_tree(work)
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            pip += ["--target", str(work), "--python-version", python, "--implementation", "cp", "--only-binary=:all:"]
            run([*pip, *requirements])
            work.rename(folder)
    return folder
