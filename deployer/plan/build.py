"""Sections to the plan's values, every default filled in."""

from dataclasses import replace

from deployer.plan import gate_build, metric_build
from deployer.plan.model import (
    Bake,
    Gates,
    Hook,
    HookPoint,
    Host,
    ProbeFrom,
    Socket,
    Ssh,
    Strategy,
    Timeouts,
    Traffic,
)
from deployer.plan.paths import ToLocal
from deployer.plan.resolve import DEFAULT_WAVES, NO_BAKE, Asked
from deployer.plan.schema import (
    BakeSection,
    HostSection,
    PlanSection,
    SocketSection,
    SshSection,
    TrafficSection,
    WaveSection,
)
from deployer.plan.selector import Named

SSH_CONFIG = "~/.ssh/config"
SSH_PORT = 22

NOBODY = Named(())
"""Stands for what a wave whose hosts could not be read would take."""


def hosts(section: PlanSection) -> tuple[Host, ...]:
    """Give the inventory's hosts; none when the inventory is not a mapping (it could not be brought in)."""
    named = section.inventory if isinstance(section.inventory, dict) else {}
    return tuple(_host(name, host, section.ssh) for name, host in named.items())


def asked_waves(section: PlanSection) -> tuple[Asked, ...]:
    """Give the waves the plan asks for, or the default ones."""
    unsaid = metric_build.BAKE if section.gates.metrics else NO_BAKE
    if section.waves is None:
        return tuple(replace(wave, bake=unsaid) for wave in DEFAULT_WAVES)
    return tuple(_asked(wave, unsaid) for wave in section.waves)


def socket(section: PlanSection) -> Socket | None:
    """Give the service's socket, None when the plan says it has none."""
    if not isinstance(section.socket, SocketSection):
        return None
    return Socket(section.socket.unit or f"{section.service}.socket", section.socket.listen, section.socket.proxy)


def ssh(section: SshSection, to_local: ToLocal) -> Ssh:
    """Give how hosts are reached."""
    config = (SSH_CONFIG if section.config else None) if isinstance(section.config, bool) else section.config
    return Ssh(
        user=section.user or "",
        port=section.port or SSH_PORT,
        sudo=section.sudo,
        known_hosts=section.known_hosts and to_local(section.known_hosts),
        key=section.key and to_local(section.key),
        key_env=section.key_env,
        passphrase_env=section.passphrase_env,
        jump=tuple(section.jump),
        config=config and to_local(config),
    )


def gates(section: PlanSection, to_local: ToLocal) -> Gates:
    """Give what judges a wave. A load balancer's check that only connects says nothing about a release."""
    check = load_balancer(section) or ""
    return gate_build.gates(section.gates, "" if check.startswith("tcp:") else check, to_local)


def load_balancer(section: PlanSection) -> str | None:
    """Give the load balancer's check."""
    return section.load_balancer.check if section.load_balancer else None


def rehearse(section: PlanSection) -> bool:
    """Say whether the release is rehearsed: unless the plan says, before a bridge."""
    return section.strategy is Strategy.BRIDGE if section.rehearse is None else section.rehearse


def traffic(section: PlanSection) -> Traffic | None:
    """Give the requests of our own; None when the plan wants none."""
    wanted = section.traffic
    if not isinstance(wanted, TrafficSection):
        return None
    return Traffic(wanted.rate, wanted.source, wanted.keep_alive, wanted.slow)


def timeouts(section: PlanSection) -> Timeouts:
    """Give the limits of time."""
    limits = section.timeouts
    return Timeouts(limits.connect, limits.stage, limits.activate, limits.rollout)


def hooks(section: PlanSection) -> tuple[Hook, ...]:
    """Give the hooks, in the order of their points."""
    return tuple(
        Hook(point, tuple(hook.run), on_host=hook.on is ProbeFrom.HOST, timeout=hook.timeout)
        for point in HookPoint
        for hook in section.hooks.at(point)
    )


def _host(name: str, section: HostSection, common: SshSection) -> Host:
    jump = common.jump if section.jump is None else section.jump
    labels = tuple((key, value) for key, values in section.labels.items() for value in values)
    user, port = section.user or common.user or "", section.port or common.port or SSH_PORT
    return Host(name, section.address or name, user, port, tuple(jump), labels)


def _asked(wave: WaveSection, unsaid: Bake) -> Asked:
    """Give a wave as it is asked for; it bakes `unsaid` unless it says how long."""
    bake = _bake(wave.bake) if "bake" in wave.model_fields_set else unsaid
    return Asked(wave.name or "", wave.hosts or NOBODY, wave.max_parallel, wave.max_failures, bake, wave.approve)


def _bake(section: BakeSection) -> Bake:
    return Bake(section.min, section.min if section.max is None else section.max)
