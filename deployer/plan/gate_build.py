"""Sections of `gates` to the plan's values, every default filled in."""

from deployer.plan.gate_sections import GatesSection, HealthSection, ReleaseSection
from deployer.plan.model import Expect, Gates, Health, ProbeFrom, ReleaseBody, ReleaseHeader, ReleaseJson, UnitGate


def gates(section: GatesSection, balancer: str) -> Gates:
    """Give what judges a wave; `balancer` is the URL of the load balancer's check, "" for none."""
    health = section.health
    return Gates(_health(health, balancer) if health else None, UnitGate(section.unit.max_restarts))


def sources(section: HealthSection) -> tuple[ProbeFrom, ...]:
    """Give where health requests start, each once."""
    return tuple(dict.fromkeys(section.sources)) if isinstance(section.sources, list) else (section.sources,)


def _health(section: HealthSection, balancer: str) -> Health:
    return Health(
        url=section.url,
        expect=Expect(section.expect.status, _release(section.expect.release)),
        sources=sources(section),
        headers=tuple(section.headers.items()),
        interval=section.interval,
        timeout=section.timeout,
        rise=section.rise,
        stable_for=section.stable_for,
        fall=section.fall,
        deadline=section.deadline,
        balancer=balancer,
    )


def _release(section: ReleaseSection | None) -> ReleaseJson | ReleaseHeader | ReleaseBody | None:
    if section is None:
        return None
    if section.in_json:
        return ReleaseJson(section.in_json)
    if section.in_header:
        return ReleaseHeader(section.in_header)
    return ReleaseBody(section.in_body or "")
