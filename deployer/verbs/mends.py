"""What `check --fix` writes: one drop-in per unit, with the lines that its findings ask for. Pure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from deployer.findings import Finding, Mend
from deployer.host.inspection import Inspection
from deployer.host.layout import UNITS
from deployer.host.unitfile import UnitFile

NAME = "zz-sockdeploy-check.conf"
"""Sorts behind a user's own drop-ins; the host program knows it as well."""

_HEAD = "# Written by sockdeploy check --fix.\n"


@dataclass(frozen=True, slots=True)
class Patch:
    """A drop-in as it is on a host, empty when it is not there, and as it is to be."""

    unit: str
    before: str
    after: str

    @property
    def path(self) -> str:
        """Where it is on the host."""
        return drop_in(self.unit)

    @property
    def file(self) -> UnitFile:
        """What is sent, under its unit's name."""
        return UnitFile(self.unit, self.after)

    def diff(self) -> str:
        """Give the unified diff."""
        old = self.path if self.before else "/dev/null"
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), old, self.path
        )
        return "".join(lines)


def drop_in(unit: str) -> str:
    """Give the path of the drop-in of a unit."""
    return f"{UNITS}/{unit}.d/{NAME}"


def patches(findings: Iterable[Finding], inspection: Inspection) -> tuple[Patch, ...]:
    """Give the drop-ins that mend what can be mended, for units that the host has."""
    wanted = tuple(dict.fromkeys(mend for finding in findings for mend in finding.mends))
    known = (unit for unit in (inspection.service, inspection.socket) if unit is not None)
    units = [unit for unit in known if unit.exists and not unit.masked]
    made = (_patch(unit.name, unit.text_of(drop_in(unit.name)), wanted) for unit in units)
    return tuple(patch for patch in made if patch.before != patch.after)


def _patch(unit: str, before: str, wanted: tuple[Mend, ...]) -> Patch:
    text = before
    for mend in wanted:
        if mend.unit == unit:
            text = _with(text or _HEAD, mend)
    return Patch(unit, before, text)


def _with(text: str, mend: Mend) -> str:
    """Add a line to its section, or the section; an older assignment of the same key goes."""
    key, head = mend.line.partition("=")[0], f"[{mend.section}]"
    lines = [line for line in text.splitlines() if line.partition("=")[0].strip() != key]
    if head not in lines:
        lines.append(head)
    lines.insert(lines.index(head) + 1, mend.line)
    return "\n".join(lines) + "\n"
