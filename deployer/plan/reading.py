"""Plain data to sections: every fault that the schema finds becomes a problem at its place, in our words."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from deployer.plan.forms import keys_at
from deployer.plan.report import Path, Report
from deployer.plan.schema import PlanSection
from deployer.plan.tree import Value, prune
from deployer.plan.wrong import WrongError, closest, describe, did_you_mean, listed

LATER: dict[Path, frozenset[str]] = {
    (): frozenset({"undo", "on_abort"}),
}
"""Keys of the plan's design that this version does not carry out yet, by the section they belong to."""

KEY = "[key]"
MARKS = frozenset({KEY, "<text>", "<list>", "<mapping>", "<argv>"})
"""What the schema puts into the path of a fault besides the user's own keys."""

_ADVICE = {
    "source": "add source: {scrape: http://127.0.0.1:8080/metrics}, or a Prometheus server's URL",
    "rules": "add rules: at least one, such as {name: queue, value: queue_depth, max: 100}",
    "expect": "add expect: {release: ...}, which says where the answer tells its release id",
    "release": "write release: {json: version}, {header: X-Release}, {body: 'release {{release}}'}, or none",
    "run": "add run: [program, argument]",
    "url": "add url: http://127.0.0.1:8080/healthz",
}

_SAID = {
    "model_type": "expected a mapping",
    "dict_type": "expected a mapping",
    "list_type": "expected a list",
    "too_short": "expected at least one entry",
}


def read(data: dict[str, Value], report: Report) -> PlanSection:
    """Give the plan's sections; what is wrong is reported and left out, so that the rest can still be checked."""
    faults = _faults(data)
    while isinstance(faults, list):
        unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
        for fault in unknown:
            _tell_unknown(_path(fault), report)
        for fault in faults:
            _tell(fault, report)
        for fault in faults:
            path = _path(fault)
            prune(data, path[:-1] if fault["type"] == "missing" else path)
        faults = _faults(data)
    return faults


def _faults(data: dict[str, Value]) -> PlanSection | list[Any]:
    try:
        return PlanSection.model_validate(data)
    except ValidationError as error:
        return error.errors(include_url=False)


def _path(fault: Mapping[str, Any]) -> Path:
    """Give the path without what the schema put in: the tags of forms, and its mark for keys."""
    *inner, last = fault["loc"]
    inner = [part for part in inner if part not in MARKS]
    return (*inner, last) if last not in MARKS or fault["type"] == "extra_forbidden" else tuple(inner)


def _tell(fault: Mapping[str, Any], report: Report) -> None:
    path = _path(fault)
    if fault["type"] == "missing":
        report.missing(path[:-1], str(path[-1]), _ADVICE.get(str(path[-1]), ""))
        return
    if not report.sound(path):
        return
    wrong = fault.get("ctx", {}).get("error")
    if isinstance(wrong, WrongError):
        report.add(path, wrong.message, wrong.remedy, key=fault["loc"][-1] == KEY)
        return
    found = "" if fault["type"] == "too_short" else f", got {describe(fault['input'])}"
    report.add(path, _SAID.get(fault["type"], fault["msg"]) + found)


def _tell_unknown(path: Path, report: Report) -> None:
    name, section = str(path[-1]), tuple(part for part in path[:-1] if isinstance(part, str))
    if name in LATER.get(section, ()):
        report.add(path, "this key is not available in this version", "remove it", key=True)
        return
    known = keys_at(path[:-1])
    meant = closest(name, known)
    if meant:
        report.suspect((*path[:-1], meant))
    remedy = did_you_mean(name, known) or f"known here: {listed(sorted(known), 40)}"
    report.add_at(report.place(path, key=True), path[:-1], f"unknown key {name!r}", remedy)
    report.suspect(path)
