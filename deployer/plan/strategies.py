"""Checks of the strategy and the rehearsal: what each needs of the other keys."""

from deployer.plan.build import rehearse
from deployer.plan.gate_build import sources
from deployer.plan.gate_sections import HealthSection
from deployer.plan.model import ProbeFrom, Strategy
from deployer.plan.report import Path, Report
from deployer.plan.schema import PlanSection

_HEALTH: Path = ("gates", "health")
_KEYS: tuple[Path, Path] = (("strategy",), ("rehearse",))


def check_strategy(section: PlanSection, report: Report) -> None:
    """Report what stands in the way of a second instance, for as long as it serves or is rehearsed."""
    if not report.sound(*_KEYS) or not _second(section):
        return
    asked = _KEYS[0] if section.strategy is Strategy.BRIDGE else _KEYS[1]
    what = "the strategy bridge" if section.strategy is Strategy.BRIDGE else "a rehearsal"
    if section.socket is None and report.sound(("socket",)):
        report.add(asked, f"{what} needs a socket, and the plan says socket: none", "write strategy: restart")
    health = section.gates.health
    if health is not None and report.sound(_HEALTH):
        _check_health(section, health, report)


def _second(section: PlanSection) -> bool:
    """Say whether a second instance runs beside the live one."""
    return section.strategy is Strategy.BRIDGE or rehearse(section)


def _check_health(section: PlanSection, health: HealthSection, report: Report) -> None:
    release, source = (*_HEALTH, "expect", "release"), (*_HEALTH, "from")
    if section.strategy is Strategy.BRIDGE and health.expect.release is None and report.sound(release):
        message = "the strategy bridge needs the release's id in the answer: two releases answer at the same time"
        report.add(release, message, "say where it stands: release: {json: version}, or {header: X-Release}")
    if ProbeFrom.HOST not in sources(health) and report.sound(source):
        message = "a second instance can be asked from the host only"
        report.add(source, message, "write from: [host, local], or rehearse: off and strategy: restart")
