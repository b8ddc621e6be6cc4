"""What metrics are read of now: hosts that proved themselves on the new release, and hosts still on the old one."""

from collections.abc import Iterable, Mapping

from deployer.plan.judging import Metrics, Scrape
from deployer.plan.model import Plan
from deployer.readings import Subject
from deployer.rollout.state import HostRecord, RolloutState, WaveRecord
from deployer.rollout.table import HostState


def metered(plan: Plan, state: RolloutState) -> tuple[Subject, ...]:
    """Give the subjects that are read now, the new release's first; none when no reading can change anything."""
    metrics = plan.gates.metrics
    if metrics is None or not _open(state):
        return ()
    new = [subject for wave in state.waves for subject in of_wave(metrics, state, wave)]
    return (*new, *(_control(metrics, state) if metrics.compares else ()))


def of_wave(metrics: Metrics, state: RolloutState, wave: WaveRecord) -> tuple[Subject, ...]:
    """Give the subjects of a wave's hosts on the new release, but of those that a person accepted as they are."""
    # A server sees a host whose connection to here is lost; asked without it, it would count the others twice.
    sees_all = not isinstance(metrics.source, Scrape)
    hosts = [host for host in state.of_wave(wave.name) if _judged(host) or (sees_all and _lost_sight_of(host))]
    return subjects(metrics, wave.name, {host.name: host.healthy_at for host in hosts})


def subjects(metrics: Metrics, wave: str, since: Mapping[str, float], *, control: bool = False) -> tuple[Subject, ...]:
    """Give what hosts of a wave are read as: each by itself when scraped, all together by a server.

    `since` has, by the names of the hosts, when each was healthy; together they are when the last one was.
    """
    if isinstance(metrics.source, Scrape):
        return tuple(Subject(wave, (name,), at, control) for name, at in since.items())
    return (Subject(wave, tuple(since), max(since.values()), control),) if since else ()


def _open(state: RolloutState) -> bool:
    """Say whether a rule's verdict can still change how the rollout goes on."""
    over = state.outcome is not None or state.cancelled or state.defeat is not None or state.held is not None
    return state.verb.forward and not over and not state.passed


def _judged(host: HostRecord) -> bool:
    return host.state is HostState.ACTIVE and host.healthy and host.proving and not host.accepted


def _lost_sight_of(host: HostRecord) -> bool:
    return host.state is HostState.UNKNOWN and host.healthy and host.failure is None and not host.accepted


def _control(metrics: Metrics, state: RolloutState) -> Iterable[Subject]:
    """Give the subjects of hosts that still serve the old release, from the first wave on: their waves come later."""
    begun = [wave.started_at for wave in state.waves if wave.started]
    if not begun:
        return
    for wave in state.waves:
        hosts = [host.name for host in state.of_wave(wave.name) if _on_the_old_release(state, host)]
        if not wave.started:
            yield from subjects(metrics, wave.name, dict.fromkeys(hosts, min(begun)), control=True)


def _on_the_old_release(state: RolloutState, host: HostRecord) -> bool:
    known = host.facts is not None and host.facts.current not in {"", state.release}
    return known and host.state is HostState.STAGED and host.failure is None
