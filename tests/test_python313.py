"""The pure folders on trixie's own Python 3.13, inside a host: their tests must pass there as they do here."""

import shutil
import tomllib
from pathlib import Path

from tests.fleet import Fleet
from tests.fleet.wheels import site_packages

CHECKOUT = Path(__file__).parents[1]
COPIED = ("deployer", "pyproject.toml", "ARCHITECTURE.md", "tests/__init__.py", "tests/conftest.py", "tests/fleet")
PURE = ("tests/plan", "tests/rollout", "tests/gates")
IMPORTED_BY_TESTS = ("pytest", "hypothesis", "check-jsonschema")
ON_HOST = "/srv/python313"


def requirements() -> list[str]:
    """What the project needs to run and what its tests import, less the tools that only look at sources."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    for_tests = [line for line in project["optional-dependencies"]["dev"] if line.startswith(IMPORTED_BY_TESTS)]
    return [*project["dependencies"], *for_tests]


def test_the_pure_folders_pass_their_tests_on_python_313(fleet: Fleet, tmp_path: Path) -> None:
    host = fleet.hosts[-1]
    for name in (*COPIED, *PURE):
        source, there = CHECKOUT / name, tmp_path / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, there)
    host.put(tmp_path, f"{ON_HOST}/checkout")
    host.put(site_packages("3.13", requirements()), f"{ON_HOST}/packages")
    command = f"cd {ON_HOST}/checkout && PYTHONPATH={ON_HOST}/packages python3 -m pytest -q -p no:cacheprovider"
    done = host.run(f"{command} {' '.join(PURE)}", timeout=300)
    told = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert done.returncode == 0, told
    assert " passed" in told.splitlines()[-1], told
    assert host.sh("python3 -V").startswith("Python 3.13.")
    host.sh(f"rm -rf {ON_HOST}")
