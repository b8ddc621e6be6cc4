"""What GitHub shows and hands on: the step's summary, annotations at the run, and the action's outputs."""

import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from deployer.errors import Place, PlanError, Problem, SockdeployError
from deployer.events import Event
from deployer.facts import Outcome
from deployer.record.ownership import adopt
from deployer.sinks.ending import headline, went_well
from deployer.sinks.phrases import short
from deployer.sinks.redaction import neutral
from deployer.sinks.story import Story
from deployer.sinks.summary import LIMIT, markdown

OUTPUTS = (
    "outcome", "release", "previous-release", "failed-wave", "failed-gate", "hosts-new", "hosts-old", "report",
)  # fmt: skip
"""The action's outputs, in the order of action.yml."""

MOST_ANNOTATIONS = 10
"""Of each kind in one step; GitHub drops the rest."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where GitHub wants things: the files of step summary and outputs, and the workspace. None: not asked for."""

    summary: Path | None = None
    output: Path | None = None
    workspace: Path | None = None


def places(environment: Mapping[str, str]) -> Places:
    """Read the places from the variables that GitHub sets."""
    names = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_WORKSPACE")
    return Places(*(Path(path) if (path := environment.get(name)) else None for name in names))


class GitHub:
    """Writes summary, annotations and outputs when all is over, and hands the report to the workspace's owner.

    It comes after the sinks that write into `report`. `token` gives the delimiters of outputs: nobody can guess them.
    """

    def __init__(
        self, stream: TextIO, at: Places, report: Path, plan: str, token: Callable[[], str] = secrets.token_hex
    ) -> None:
        self._stream, self._at, self._report, self._plan, self._token = stream, at, report, plan, token

    def hear(self, event: Event, story: Story) -> None:
        """Wait: GitHub shows a step's end."""

    def close(self, story: Story) -> None:
        """Write everything; OSError when a file cannot be written."""
        self._stream.write("".join(f"{each}\n" for each in annotations(story)))
        self._stream.flush()
        if self._at.output is not None:
            _append(self._at.output, "".join(_output(*each, self._token()) for each in self._outputs(story)))
        if self._at.summary is not None:
            written = self._at.summary.stat().st_size if self._at.summary.exists() else 0
            _append(self._at.summary, markdown(story, self._plan, max(0, LIMIT - written)))
        if self._at.workspace is not None:
            adopt(self._report, self._at.workspace)

    def _outputs(self, story: Story) -> Iterable[tuple[str, str]]:
        return outputs(story, str(self._report)).items()


def refuse(at: Places, token: Callable[[], str] = secrets.token_hex) -> None:
    """Set the outputs of a step that ended before there was a rollout: refused, and nothing known of any host."""
    if at.output is not None:
        values = dict.fromkeys(OUTPUTS, "") | {"outcome": Outcome.REFUSED.value, "hosts-new": "[]", "hosts-old": "[]"}
        _append(at.output, "".join(_output(*each, token()) for each in values.items()))


def outputs(story: Story, report: str) -> dict[str, str]:
    """Give the action's outputs by name; "" for what there is not, lists of hosts as JSON arrays."""
    defeat = story.defeat
    values = (
        story.finished.outcome.value if story.finished else "",
        story.release,
        story.previous,
        defeat.wave if defeat else "",
        defeat.gate if defeat else "",
        json.dumps([host.name for host in story.new]),
        json.dumps([host.name for host in story.old]),
        report,
    )
    return dict(zip(OUTPUTS, values, strict=True))


def annotations(story: Story) -> list[str]:
    """Give the annotations: an error for each wave that had failures, a warning for each with warnings, a notice."""
    errors, warnings = _failures(story), _warnings(story)
    if went_well(story):
        # What the plan tolerates is a warning: an error in a green run would be a riddle.
        warnings = {wave: errors.get(wave, []) + warnings.get(wave, []) for wave in {**errors, **warnings}}
        errors = {}
    notice = [annotation("notice", headline(story), "sockdeploy")] if story.finished else []
    return [*_kind("error", "failed", errors), *_kind("warning", "warnings", warnings), *notice]


def complaints(error: SockdeployError, workspace: Path | None) -> list[str]:
    """Give the annotations of an error: a plan's problems each at its line, any other error as one without a place."""
    if not isinstance(error, PlanError):
        return [annotation("error", neutral(str(error)), "sockdeploy")]
    told = error.problems
    shown = told if len(told) <= MOST_ANNOTATIONS else told[: MOST_ANNOTATIONS - 1]
    made = [_complaint(problem, workspace) for problem in shown]
    if rest := [neutral(f"{problem.place}: {problem.message}") for problem in told[len(shown) :]]:
        made.append(annotation("error", _few(rest), "sockdeploy"))
    return made


def annotation(kind: str, message: str, title: str, at: Mapping[str, str] = MappingProxyType({})) -> str:
    """Give the workflow command that makes an annotation; `kind` is error, warning or notice, the texts are clean.

    `at` is where GitHub shows it: `file` from the workspace, `line` and `col`.
    """
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**at, "title": title}.items())
    return f"::{kind} {properties}::{_data(message)}"


def _complaint(problem: Problem, workspace: Path | None) -> str:
    at = _at(problem.place, workspace)
    told = f"{problem.message}\n{problem.remedy}".rstrip("\n") if at else str(problem)
    return annotation("error", neutral(told), "sockdeploy", at)


def _at(place: Place, workspace: Path | None) -> dict[str, str]:
    """Give an annotation's place, nothing for a file outside the workspace: GitHub knows none of those."""
    if workspace is None:
        return {}
    path, root = Path(os.path.expanduser(place.file)), workspace.resolve()  # noqa: PTH111  an unknown ~user stays
    folder = path.parent.resolve()
    if not folder.is_relative_to(root):
        return {}
    position = {"line": str(place.line), "col": str(place.column)} if place.line else {}
    return {"file": neutral((folder.relative_to(root) / path.name).as_posix()), **position}


def _failures(story: Story) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for trouble in story.troubles:
        told.setdefault(trouble.wave, []).append(f"{trouble.place}: {short(trouble.failure.message)}")
    return told


def _warnings(story: Story) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for warned in story.warnings:
        place = f"{warned.host}: " if warned.host else ""
        told.setdefault(warned.wave or story.host(warned.host).wave, []).append(place + short(warned.message))
    return told


def _kind(kind: str, what: str, texts: Mapping[str, list[str]]) -> list[str]:
    waves = list(texts.items())
    shown, rest = waves[: MOST_ANNOTATIONS - 1], waves[MOST_ANNOTATIONS - 1 :]
    made = [annotation(kind, _few(lines), f"wave {wave}: {what}" if wave else what) for wave, lines in shown]
    if rest:
        title = ", ".join(wave for wave, _ in rest)
        made.append(annotation(kind, _few([line for _, lines in rest for line in lines]), f"{title}: {what}"))
    return made


def _few(lines: list[str]) -> str:
    return "\n".join(lines[:5]) + (f"\n... and {len(lines) - 5} more" if len(lines) > 5 else "")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _output(name: str, value: str, token: str) -> str:
    delimiter = f"sockdeploy_{token}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)
