"""A machine of values that plans are read on, a small sound plan, and what comes of reading one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from deployer.errors import PlanError, Problem
from deployer.plan.model import Plan
from deployer.plan.parse import load
from deployer.plan.source import UnreadableError

FILE = "plan.yml"

SOUND: Mapping[str, str] = {
    "version": "1",
    "service": "myapp",
    "release": "r1",
    "artifact": "{path: dist}",
    "root": "/srv/myapp",
    "inventory": "{web-1: {}, web-2: {}, web-3: {}, web-4: {}}",
    "gates": "{health: {url: 'http://127.0.0.1:8080/', expect: {release: none}}}",
}
"""The smallest plan, key by key, as YAML."""


@dataclass(frozen=True)
class Machine:
    """Implements `Files` from values. `absent` is what does not exist; everything else does."""

    contents: Mapping[str, bytes] = field(default_factory=dict)
    programs: Mapping[tuple[str, ...], bytes] = field(default_factory=dict)
    absent: Sequence[str] = ()
    home: str = "/home/me"
    folder: str = "/work"

    def exists(self, path: str) -> bool:
        """Tell whether a path exists."""
        return path not in self.absent

    def read(self, path: str) -> bytes:
        """Give a content."""
        if path not in self.contents:
            raise UnreadableError(f"cannot read {path}", "look there")
        return self.contents[path]

    def run(self, argv: tuple[str, ...], folder: str) -> bytes:
        """Give what a program prints."""
        if argv not in self.programs:
            raise UnreadableError(f"cannot run {argv[0]} in {folder}")
        return self.programs[argv]


def a_plan(**keys: str) -> str:
    """Write the sound plan with some keys written otherwise; one written as the empty text is left out."""
    return "".join(f"{key}: {value}\n" for key, value in {**SOUND, **keys}.items() if value)


def read(text: str | bytes, machine: Machine | None = None, variables: Mapping[str, str] | None = None) -> Plan:
    """Read a plan."""
    return load(text, file=FILE, variables=variables or {}, files=machine or Machine())


def problems(text: str | bytes, machine: Machine | None = None) -> tuple[Problem, ...]:
    """Give what is wrong with a plan; fails when it is sound."""
    with pytest.raises(PlanError) as caught:
        read(text, machine)
    return caught.value.problems


def problem(text: str | bytes, machine: Machine | None = None) -> Problem:
    """Give the only thing that is wrong with a plan."""
    found = problems(text, machine)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]
