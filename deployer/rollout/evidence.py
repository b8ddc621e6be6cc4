"""What a wave's rules are judged by: its hosts' readings, and what the control counted since the wave started.

A Prometheus server is asked anew about a wave when a host joins or leaves it: what was counted until then still counts.
"""

from collections.abc import Mapping
from dataclasses import replace

from deployer.gates.evidence import GONE, Evidence, among
from deployer.plan.expressions import WINDOW
from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, Metrics, Scrape, ValueRule
from deployer.readings import Bucket, Counted, Reading, Subject, Unmeasured
from deployer.rollout.metered import of_wave
from deployer.rollout.state import HostRecord, Kept, RolloutState, WaveRecord
from deployer.rollout.table import HostState


def patience(metrics: Metrics) -> float:
    """Give for how many seconds a reading may stay away: as long as so many take that failing in a row are too many."""
    return GONE * (metrics.interval + metrics.timeout)


def evidence(metrics: Metrics, state: RolloutState, wave: WaveRecord, rule: AnyRule) -> Evidence:
    """Put together what one rule is judged by now."""
    now = of_wave(metrics, state, wave)
    found = [(subject, _present(metrics, state, subject)) for subject in now]
    if not isinstance(rule, ValueRule):  # a gauge is as high as it is now
        past = ((subject, _counts(kept)) for subject, kept in _before(state, wave, now).items())
        found += [(subject, reading) for subject, reading in past if rule.name in {c.rule for c in reading.counted}]
    control, before = _control(metrics, state, wave, rule)
    return Evidence(
        tuple(reading for _, reading in found), control, before, tuple(", ".join(subject.hosts) for subject, _ in found)
    )


def _present(metrics: Metrics, state: RolloutState, subject: Subject) -> Reading:
    """Give a subject's last reading; where none came for long, that it cannot be read."""
    kept = state.readings.get(subject)
    reading, at = (kept.reading, kept.at) if kept else (Reading(ready=False), subject.since)
    silent = state.now - at
    if silent < patience(metrics):
        return reading
    gone = Unmeasured("", "no-reading", f"no reading came for {silent:.0f} s")
    return replace(reading, failures=GONE, unmeasured=(gone,), ready=True)


def _before(state: RolloutState, wave: WaveRecord, now: tuple[Subject, ...]) -> Mapping[Subject, Kept]:
    """Give the readings of subjects that are read no more, as long as every host of theirs is still with the wave.

    What one that is read now counts itself is left out: nothing counts twice.
    """
    there = {host.name for host in state.of_wave(wave.name) if _belongs(host)}
    return {
        subject: kept
        for subject, kept in state.readings.items()
        if subject.wave == wave.name and not subject.control and there.issuperset(subject.hosts)
        if not any(_holds(one, subject) for one in now)
    }


def _holds(one: Subject, before: Subject) -> bool:
    return one.since <= before.since and not set(one.hosts).isdisjoint(before.hosts)


def _belongs(host: HostRecord) -> bool:
    return host.failure is None and host.state in {HostState.ACTIVE, HostState.UNKNOWN, HostState.CONFIRMED}


def _counts(kept: Kept) -> Reading:
    """Give what was counted, without what went wrong since."""
    return Reading(kept.reading.counted, warnings=kept.reading.warnings)


def _control(
    metrics: Metrics, state: RolloutState, wave: WaveRecord, rule: AnyRule
) -> tuple[tuple[Reading, ...], bool]:
    """Give what later waves' hosts counted since this wave started; where there are none, all there ever was."""
    known = sorted(state.readings.items(), key=lambda item: item[1].at)
    control = {subject: kept for subject, kept in known if subject.control and kept.reading.ready}
    if not isinstance(metrics.source, Scrape):  # asked about fewer hosts, a server counts from the same moment again
        newest = {subject.wave: subject for subject in control}
        control = {subject: control[subject] for subject in newest.values()}
    begun = [each.name for each in state.waves[: state.waves.index(wave) + 1]]
    beside = {subject: kept for subject, kept in control.items() if subject.wave not in begun}
    if beside:
        return tuple(_since(kept, _base(metrics, wave, rule, subject)) for subject, kept in beside.items()), False
    return tuple(map(_counts, control.values())), bool(control)


def _base(metrics: Metrics, wave: WaveRecord, rule: AnyRule, subject: Subject) -> Kept | None:
    """Give what the control had counted when the wave started.

    A server's counters go on for the hosts that are left; a window is of exactly the hosts that it is asked about.
    """
    if isinstance(metrics.source, Scrape) or _windowed(rule):
        return wave.base.get(subject)
    every = (kept for known, kept in wave.base.items() if known.wave == subject.wave)
    return max(every, key=lambda kept: kept.at, default=None)


def _windowed(rule: AnyRule) -> bool:
    if isinstance(rule, ErrorRule):
        return WINDOW in rule.errors + rule.total
    return isinstance(rule, LatencyRule) and WINDOW in rule.histogram


def _since(kept: Kept, base: Kept | None) -> Reading:
    reading = _counts(kept)
    if base is None:
        return reading
    known = {(counted.rule, counted.series): counted for counted in base.reading.counted}
    return replace(reading, counted=tuple(_less(c, known.get((c.rule, c.series))) for c in reading.counted))


def _less(counted: Counted, base: Counted | None) -> Counted:
    if base is None:
        return counted
    counts = {bucket.le: bucket.count for bucket in base.buckets}
    total = max(0, counted.total - base.total)
    buckets = tuple(Bucket(each.le, among(each.count - counts.get(each.le, 0), total)) for each in counted.buckets)
    return replace(counted, bad=among(counted.bad - base.bad, total), total=total, buckets=buckets)
