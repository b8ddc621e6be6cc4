"""Small plans for tests of the core: hosts a, b, c … in waves, a quick health gate."""

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


def wave(name: str, *hosts: str, parallel: int = 10, failures: int = 0, bake: float = 0.0) -> Wave:
    return Wave(name, hosts, max_parallel=parallel, max_failures=failures, bake=Bake(bake, bake))


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
