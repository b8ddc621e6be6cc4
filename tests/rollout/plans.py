"""Small plans for tests of the core: hosts a, b, c … in waves, a quick health gate."""

from dataclasses import replace

from deployer.plan.judging import AnyRule, CommandGate, ErrorRule, JournalGate, Metrics, Scrape
from deployer.plan.model import (
    Bake,
    Expect,
    Gates,
    Health,
    Hook,
    HookPoint,
    Host,
    Plan,
    ReleaseJson,
    Scope,
    Socket,
    Timeouts,
    UnitGate,
    Wave,
)

HEALTH = Health(
    url="http://127.0.0.1:8080/healthz",
    expect=Expect(release=ReleaseJson("version")),
    rise=1,
    stable_for=0.0,
    fall=2,
    deadline=10.0,
)

ERRORS = ErrorRule(name="errors", max=0.01, min_requests=50, errors="errors_total", total="requests_total")
"""At most one request in a hundred may fail."""


def wave(
    name: str,
    *hosts: str,
    parallel: int = 10,
    failures: int = 0,
    bake: float = 0.0,
    longest: float = 0.0,
    approve: bool = False,
) -> Wave:
    return Wave(name, hosts, parallel, failures, Bake(bake, max(bake, longest)), approve)


def plan(
    *waves: Wave,
    health: Health | None = HEALTH,
    scope: Scope = Scope.ROLLOUT,
    hooks: tuple[HookPoint, ...] = (),
    limit: float | None = None,
    restarts: int = 0,
) -> Plan:
    names = [name for each in waves for name in each.hosts]
    return Plan(
        service="myapp",
        root="/srv/myapp",
        artifact="/work/dist",
        hosts=tuple(Host(name, "192.0.2.1", "deploy", 22) for name in names),
        waves=waves,
        gates=Gates(health, UnitGate(restarts)),
        scope=scope,
        socket=Socket("myapp.socket"),
        hooks=tuple(Hook(point, ("true",)) for point in hooks),
        timeouts=Timeouts(activate=5.0, rollout=limit),
    )


def metrics(*rules: AnyRule) -> Metrics:
    """Give a metrics gate that is read and judged every ten seconds."""
    return Metrics(Scrape("http://127.0.0.1:8080/metrics"), rules or (ERRORS,), interval=10.0, timeout=5.0, warmup=0.0)


def gated(
    asked: Plan, gate: Metrics | None = None, *, journal: JournalGate | None = None, command: CommandGate | None = None
) -> Plan:
    """Give a plan with more gates."""
    return replace(asked, gates=replace(asked.gates, metrics=gate, journal=journal, command=command))
