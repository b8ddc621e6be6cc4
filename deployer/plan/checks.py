"""What single values cannot tell: checks across keys, and of what must exist where sockdeploy runs.

Each check says on which keys it relies and stays silent when one of them is already known to be wrong.
"""

from collections import Counter
from posixpath import basename

from deployer.plan.build import hosts, rehearse, socket
from deployer.plan.gate_checks import check_gates
from deployer.plan.metric_checks import check_metrics
from deployer.plan.model import Strategy
from deployer.plan.paths import ToLocal
from deployer.plan.report import Path, Report
from deployer.plan.schema import REQUIRED, PlanSection
from deployer.plan.source import Files
from deployer.plan.strategies import check_strategy
from deployer.plan.wrong import listed


def check(section: PlanSection, report: Report) -> None:
    """Report everything that is missing or does not go together."""
    for key in REQUIRED:
        if getattr(section, key) is None:
            report.missing((), key)
    check_gates(section, report)
    check_metrics(section, report)
    _check_waves(section, report)
    _check_hosts(section, report)
    _check_shared(section, report)
    _check_units(section, report)
    _check_proxy(section, report)
    check_strategy(section, report)
    if section.load_balancer and section.socket is None and report.sound(("load_balancer",), ("socket",)):
        remedy = "leave load_balancer out, or name the socket"
        report.add(("load_balancer",), "a service without a socket has no load balancer in front", remedy)


def _check_waves(section: PlanSection, report: Report) -> None:
    names: set[str | None] = set()
    for index, wave in enumerate(section.waves or ()):
        at: Path = ("waves", index)
        if wave.name is None:
            report.missing(at, "name")
        elif wave.name in names:
            report.add((*at, "name"), f"a second wave is called {wave.name!r}", "give each wave its own name")
        if wave.hosts is None:
            report.missing(at, "hosts")
        names.add(wave.name)
        bake = wave.bake
        if bake.max is not None and bake.max < bake.min and report.sound((*at, "bake")):
            report.add((*at, "bake", "max"), f"expected at least min ({bake.min:g}s), got {bake.max:g}s")


def _check_hosts(section: PlanSection, report: Report) -> None:
    """Two names for one host would roll out to it twice, and stand in each other's way."""
    names: dict[object, str] = {}
    for host in hosts(section):
        first = names.setdefault((host.address, host.port, host.jump), host.name)
        at: Path = ("inventory", host.name)
        if first != host.name and report.sound(at, ("inventory", first)):
            report.add(at, f"the same address and port as {first}", "one host has one name")


def _check_shared(section: PlanSection, report: Report) -> None:
    seen: list[str] = []
    for index, entry in enumerate(section.shared):
        plain = entry.rstrip("/")
        clash = [other for other in seen if f"{plain}/".startswith(f"{other}/") or f"{other}/".startswith(f"{plain}/")]
        if clash:
            report.add(("shared", index), f"{entry!r} overlaps with {clash[0]!r}", "share the outer one alone")
        seen.append(plain)


_FURTHER = (
    "; a further socket of the service is none of the plan's: leave it out and install it by other means, then it is "
    "kept open and watched like the plan's own"
)


def _check_units(section: PlanSection, report: Report) -> None:
    """Units of another service would be taken over by this one's rollback."""
    if section.service is None or not report.sound(("units",), ("socket",)):
        return
    held = socket(section)
    allowed = [name for name in (f"{section.service}.service", held and held.unit, held and held.proxy) if name]
    templates = [f"{name}@.{kind}" for name, at, kind in map(_template, allowed) if at]
    names = [basename(path) for path in section.units]
    for index, name in enumerate(names):
        if name not in {*allowed, *templates}:
            remedy = f"its units: {listed(templates + allowed)}"
            further = _FURTHER if held and name.endswith(".socket") else ""
            report.add(("units", index), f"{name!r} is no unit of this service", f"{remedy}{further}")
        elif Counter(names[:index])[name]:
            report.add(("units", index), f"{name!r} stands here a second time", "keep one")


def _check_proxy(section: PlanSection, report: Report) -> None:
    """A service behind a proxy listens on a port of its own, and two instances cannot both have it."""
    held, at = socket(section), ("socket", "proxy")
    if held is None or held.proxy is None or not report.sound(at, ("service",), ("strategy",), ("rehearse",)):
        return
    if held.proxy == f"{section.service}.service":
        report.add(at, f"{held.proxy} is the service itself", "leave proxy out: the service takes the socket")
    elif section.strategy is Strategy.BRIDGE or rehearse(section):
        message = "a service behind a proxy has a port of its own: a second instance could not have it too"
        report.add(at, message, "write strategy: restart, and rehearse: off")


def _template(unit: str) -> tuple[str, str, str]:
    """Split a unit's name into what stands before the @, the @ (empty without an instance), and the suffix."""
    stem, _, kind = unit.rpartition(".")
    name, at, _ = stem.partition("@")
    return name, at, kind


def check_files(section: PlanSection, report: Report, files: Files, to_local: ToLocal) -> None:
    """Report what is to be rolled out and does not exist."""
    wanted: list[tuple[Path, str]] = [(("units", index), path) for index, path in enumerate(section.units)]
    if section.artifact:
        wanted.append((("artifact", "path"), section.artifact.path))
    health = section.gates.health
    if health and health.ca_file:
        wanted.append((("gates", "health", "ca_file"), health.ca_file))
    metrics = section.gates.metrics
    if metrics and metrics.source.ca_file:
        wanted.append((("gates", "metrics", "source", "ca_file"), metrics.source.ca_file))
    for at, path in wanted:
        if report.sound(at) and not files.exists(to_local(path)):
            report.add(
                at, f"there is no {path!r}", f"looked for {to_local(path)}; relative paths start at the plan's folder"
            )
