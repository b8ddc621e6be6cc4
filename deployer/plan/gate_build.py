"""Sections of `gates` to the plan's values, every default filled in."""

from deployer.plan.gate_sections import (
    CommandSection,
    ExpectSection,
    GatesSection,
    HealthSection,
    JournalSection,
    ReleaseSection,
)
from deployer.plan.judging import CommandGate, JournalGate
from deployer.plan.metric_build import metrics
from deployer.plan.model import Expect, Gates, Health, ProbeFrom, ReleaseBody, ReleaseHeader, ReleaseJson, UnitGate
from deployer.plan.paths import ToLocal


def gates(section: GatesSection, balancer: str, to_local: ToLocal) -> Gates:
    """Give what judges a wave; `balancer` is the URL of the load balancer's check, "" for none."""
    health = section.health
    url = health.url if health else ""
    return Gates(
        _health(health, balancer, to_local) if health else None,
        UnitGate(section.unit.max_restarts),
        _journal(section.journal) if section.journal else None,
        _command(section.command) if section.command else None,
        metrics=metrics(section.metrics, url, to_local) if section.metrics else None,
    )


def sources(section: HealthSection) -> tuple[ProbeFrom, ...]:
    """Give where health requests start, each once."""
    return tuple(dict.fromkeys(section.sources)) if isinstance(section.sources, list) else (section.sources,)


def _health(section: HealthSection, balancer: str, to_local: ToLocal) -> Health:
    return Health(
        url=section.url,
        expect=_expect(section.expect),
        sources=sources(section),
        headers=tuple(section.headers.items()),
        interval=section.interval,
        timeout=section.timeout,
        rise=section.rise,
        stable_for=section.stable_for,
        fall=section.fall,
        deadline=section.deadline,
        balancer=balancer,
        ca_file=section.ca_file and to_local(section.ca_file),
    )


def _journal(section: JournalSection) -> JournalGate:
    return JournalGate(tuple(section.fail_on), section.interval, section.on_error)


def _command(section: CommandSection) -> CommandGate:
    return CommandGate(tuple(section.run), section.on is ProbeFrom.HOST, section.timeout, section.on_error)


def _expect(section: ExpectSection) -> Expect:
    return Expect(section.status, _release(section.release), section.body, tuple(section.in_json.items()))


def _release(section: ReleaseSection | None) -> ReleaseJson | ReleaseHeader | ReleaseBody | None:
    if section is None:
        return None
    if section.in_json:
        return ReleaseJson(section.in_json)
    if section.in_header:
        return ReleaseHeader(section.in_header)
    return ReleaseBody(section.in_body or "")
