"""Text to plan: every file read, every value understood, every check made, and all problems told in one report."""

from collections.abc import Mapping
from functools import partial
from posixpath import dirname

from deployer.errors import UsageError
from deployer.plan import build
from deployer.plan.checks import check, check_files
from deployer.plan.inventory import bring_in
from deployer.plan.model import Bridge, Plan
from deployer.plan.paths import ToLocal, local
from deployer.plan.reading import read
from deployer.plan.report import Path, Report
from deployer.plan.resolve import Resolved, resolve
from deployer.plan.scalars import read_release
from deployer.plan.schema import PlanSection
from deployer.plan.source import Files
from deployer.plan.tree import grow
from deployer.plan.wrong import WrongError


def load(
    text: str | bytes,
    *,
    file: str,
    variables: Mapping[str, str],
    files: Files,
    release: str | None = None,
    deploying: bool = True,
) -> Plan:
    """Give the plan that `text` asks for; `file` is the path it was read from, `release` replaces the plan's own id.

    Without `deploying` (to look at hosts, or to take them back) release and artifact may be unknown and files missing.
    PlanError with every problem found, each at its file, line and column. UsageError when `release` is no release id.
    """
    report = Report(file)
    data = grow(text, file, (), report, variables)
    if release is not None:
        report.forget(("release",))
        data["release"] = release_option(release, "--release")
    folder = local(dirname(file), files.folder, files.home)
    bring_in(data, report, variables, files, folder)
    section = read(data, report)
    check(section, report)
    resolved = _resolve(section, report)
    to_local = partial(local, folder=folder, home=files.home)
    if deploying:
        check_files(section, report, files, to_local)
    else:
        report.forget(("release",))
        report.forget(("artifact", "path"))
    report.conclude()
    return _plan(section, resolved, file, to_local)


def release_option(text: str, option: str) -> str:
    """Give the release id that a command line's `option` names. UsageError when it is none."""
    try:
        return read_release(text)
    except WrongError as wrong:
        raise UsageError(wrong.message, where=option, remedy=wrong.remedy) from wrong


def _resolve(section: PlanSection, report: Report) -> Resolved:
    """Resolve the waves, unless hosts could not be read; who is in none is told when all waves are known."""
    hosts, asked = build.hosts(section), build.asked_waves(section)
    if not hosts or not _all_hosts_known(report):
        if section.inventory is not None and report.sound(("inventory",)):
            report.add(("inventory",), "expected at least one host")
        return Resolved(())
    resolved = resolve(hosts, asked, labelled=_all_labels_known(report))
    for fault in resolved.faults:
        if fault.wave is not None:
            at: Path = ("waves", fault.wave, "hosts")
            entry: Path = at if fault.entry is None else (*at, fault.entry)
            report.add(entry if report.located(entry) else at, fault.message, fault.remedy)
        elif report.sound(*(("waves", index, "hosts") for index in range(len(asked)))):
            report.add(("waves",), fault.message, fault.remedy)
    return resolved


def _all_hosts_known(report: Report) -> bool:
    """Tell whether every host could be read, at least its name."""
    return all(len(path) > 2 for path in report.suspects(("inventory",)))


def _all_labels_known(report: Report) -> bool:
    """Tell whether the labels of every host could be read."""
    return all(path[2] != "labels" for path in report.suspects(("inventory",)))


def _plan(section: PlanSection, resolved: Resolved, file: str, to_local: ToLocal) -> Plan:
    assert section.service and section.root  # noqa: S101, PT018 - `check` told what is missing
    return Plan(
        service=section.service,
        root=section.root,
        artifact=to_local(section.artifact.path) if section.artifact else "",
        hosts=build.hosts(section),
        waves=resolved.waves,
        gates=build.gates(section, to_local),
        release=section.release,
        socket=build.socket(section),
        ssh=build.ssh(section.ssh, to_local),
        keep=section.keep,
        shared=tuple(section.shared),
        owner=section.owner,
        units=tuple(map(to_local, section.units)),
        strategy=section.strategy,
        rehearse=build.rehearse(section),
        bridge=Bridge(section.bridge.safe),
        guard=section.guard,
        scope=section.rollback.scope,
        load_balancer=build.load_balancer(section),
        traffic=build.traffic(section),
        timeouts=build.timeouts(section),
        hold=section.hold.max,
        hooks=build.hooks(section),
        file=file,
        notes=resolved.notes,
        wave_names=tuple(wave.name for wave in build.asked_waves(section)),
    )
