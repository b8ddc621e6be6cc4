"""The inventory as a mapping of hosts, be it in the plan, in a file of its own, or printed by a program."""

from collections.abc import Mapping
from posixpath import dirname, join, normpath

from deployer.errors import PlanError
from deployer.plan.ansible import hosts_from
from deployer.plan.paths import local
from deployer.plan.report import Path, Report
from deployer.plan.source import Files, UnreadableError
from deployer.plan.tree import Value, grow
from deployer.plan.wrong import WrongError

_AT: Path = ("inventory",)


def bring_in(data: dict[str, Value], report: Report, variables: Mapping[str, str], files: Files, folder: str) -> None:
    """Put hosts in place of a file's name or a program; a mapping stays. What went wrong is reported and left out."""
    named = data.get("inventory")
    try:
        match named:
            case str():
                path = local(named, folder, files.home)
                data["inventory"] = grow(files.read(path), _shown(named, report.file), _AT, report, variables)
            case [str(), *_] if all(isinstance(word, str) for word in named):
                data["inventory"] = dict(hosts_from(files.run(tuple(map(str, named)), folder)))
    except (UnreadableError, WrongError) as error:
        report.add(_AT, error.message, error.remedy)
    except PlanError as error:
        report.suspect(_AT)
        for problem in error.problems:
            report.add_at(problem.place, _AT, problem.message, problem.remedy)
    hosts = data.get("inventory")
    if isinstance(hosts, dict):
        _free_anchors(hosts)
    elif hosts is not None and not report.sound(_AT):
        del data["inventory"]


def _shown(named: str, plan: str) -> str:
    """Give the file's name as messages have it: from where the plan's own is given, not from the plan's folder."""
    return named if named.startswith("~") else normpath(join(dirname(plan), named))


def _free_anchors(hosts: dict[str, Value]) -> None:
    """Leave keys with `x-` out. One with an address is a host that someone named so: its name is refused later."""
    for name, host in list(hosts.items()):
        named_so = isinstance(host, dict) and "address" in host
        if name.startswith("x-") and not named_so:
            del hosts[name]
