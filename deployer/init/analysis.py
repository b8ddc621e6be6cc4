"""What systemd-analyze says about the units, on the machine where they were written."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

PROGRAM = "systemd-analyze"
LIMIT = 30.0
"""Seconds that one look may take."""


def analysis(units: Sequence[Path], path: str | None = None) -> Iterator[str]:
    """Say line by line what `verify` finds in the units and how exposed `security` calls each service.

    `path` is where the program is looked for, as in PATH; without the program that is what is said.
    """
    program = shutil.which(PROGRAM, path=path)
    if program is None:
        yield f"{PROGRAM} is not on this machine: the units were not looked at"
        return
    said = _said(program, "verify", "--man=no", *map(str, units))
    yield f"{PROGRAM} verify: {'nothing to say' if not said else ''}".rstrip()
    yield from (f"  {line}" for line in said)
    if said:
        yield "  (programs and folders of the hosts are missed where they are not on this machine too)"
    for unit in units:
        if unit.suffix == ".service":
            said = _said(program, "security", "--no-pager", "--offline=true", str(unit))
            yield f"{PROGRAM} security: {said[-1] if said else 'nothing to say'}"


def _said(program: str, *words: str) -> list[str]:
    try:
        done = subprocess.run(
            [program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=LIMIT, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"it could not be asked: {error}"]
    return [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
