"""What the schema cannot say of the gates: which of them is needed, and what in them does not go together."""

from deployer.plan.addresses import ADDRESS
from deployer.plan.build import hosts
from deployer.plan.gate_build import sources
from deployer.plan.gate_sections import HealthSection, ReleaseSection
from deployer.plan.model import ProbeFrom
from deployer.plan.report import Path, Report
from deployer.plan.schema import PlanSection

_HEALTH: Path = ("gates", "health")
_RELEASE: Path = (*_HEALTH, "expect", "release")


def check_gates(section: PlanSection, report: Report) -> None:
    """Report everything in the gates that is missing or does not go together."""
    _check_health(section, report)


def _check_health(section: PlanSection, report: Report) -> None:
    health = section.gates.health
    if health is None:
        if section.socket is not None and report.sound(_HEALTH, ("socket",)):
            remedy = "add gates.health with a url and expect, or say socket: none for a service without one"
            report.add(("gates",), "a service behind a socket needs gates.health", remedy)
        return
    _check_times(health, report)
    _check_sources(section, health, report)
    _check_authorities(section, health, report)
    release = health.expect.release
    if isinstance(release, ReleaseSection) and report.sound(_RELEASE):
        given = [form for form in (release.in_json, release.in_header, release.in_body) if form]
        if len(given) != 1:
            report.add(_RELEASE, f"expected one of json, header and body, got {len(given) or 'none'} of them")
        elif release.in_body and not _tells_releases_apart(release.in_body, section.release):
            report.add((*_RELEASE, "body"), "expected {{release}} in the text, which stands for the release's id")


def _tells_releases_apart(text: str, release: str | None) -> bool:
    return "{{release}}" in text or bool(release and release in text)


def _check_times(health: HealthSection, report: Report) -> None:
    at, stable, interval, rise = (_at_health(key) for key in ("deadline", "stable_for", "interval", "rise"))
    if report.sound(at, stable) and health.deadline < health.stable_for:
        message = f"expected at least stable_for ({health.stable_for:g}s), got {health.deadline:g}s"
        report.add(at, message, "raise deadline or lower stable_for")
    elif report.sound(at, stable, interval, rise) and health.deadline < (health.rise - 1) * health.interval:
        shortest = (health.rise - 1) * health.interval
        message = f"expected at least {shortest:g}s, got {health.deadline:g}s: {health.rise} answers take that long"
        report.add(at, message, "raise deadline, or lower rise or interval")


def _check_sources(section: PlanSection, health: HealthSection, report: Report) -> None:
    url, source = _at_health("url"), _at_health("from")
    if not report.sound(url, source) or ProbeFrom.LOCAL not in sources(health):
        return
    if health.url.startswith("unix:"):
        report.add(source, "a unix socket can be asked from the host only", "write from: host, or an http URL")
    elif ADDRESS not in health.url and len(hosts(section)) > 1:
        remedy = f"write {ADDRESS} where the host's address belongs"
        report.add(url, "asked from here, this URL is the same for every host", remedy)


def _check_authorities(section: PlanSection, health: HealthSection, report: Report) -> None:
    check = section.load_balancer.check if section.load_balancer else ""
    at, known = _at_health("ca_file"), report.sound(_at_health("url"), ("load_balancer",))
    if health.ca_file and known and not any(url.startswith("https://") for url in (health.url, check)):
        report.add(at, f"certificates go with an https URL, not with {health.url}", "remove it, or ask by https")


def _at_health(key: str) -> Path:
    return (*_HEALTH, key)
