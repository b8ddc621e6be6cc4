"""How each event changes the story. Events that a person need not know of change nothing but the time."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, LossKind, Outcome
from deployer.sinks.story import HostStory, Progress, Standing, Story, Trouble, WaveStory

_SWITCHING = {Act.ACTIVATE, Act.REVERT}
_TIDYING = {Act.PRUNE, Act.UNSTAGE, Act.UNHOLD}  # when they fail, the host has not
_GATES = {Act.ACTIVATE: "activation", Act.CONFIRM: "confirm"}  # acts that fail a host like a gate does


def tell(story: Story, event: ev.Event) -> Story:
    """Give the story with one more event."""
    story = replace(story, at=max(story.at, event.at))
    if isinstance(event, ev.HostEvent):
        host = _heard(_counted(story.host(event.host), event), event, story.release)
        return _troubled(story.with_host(host), host, event)
    return _told(story, event)


def _told(story: Story, event: ev.Event) -> Story:
    """Tell what concerns the whole rollout."""
    match event:
        case ev.RolloutStarted():
            return _begun(story, event)
        case ev.CancelRequested(signal=signal):
            return replace(story, signal=signal)
        case ev.HookEnded(wave=wave, failure=Failure() as failure):
            return story.with_trouble(Trouble(failure, wave=wave))
        case ev.Warned():
            return replace(story, warnings=(*story.warnings, event))
        case ev.RolloutFinished(wave=wave, failure=failure, outcome=outcome):
            finished = replace(story, finished=event)
            failed = failure if outcome is not Outcome.HELD else None  # nothing has: a person is asked
            return finished.with_trouble(Trouble(failed, wave=wave)) if failed else finished
        case _:
            return _waved(story, event)


def _begun(story: Story, event: ev.RolloutStarted) -> Story:
    hosts = {name: HostStory(name, wave.name) for wave in event.waves for name in wave.hosts}
    return replace(story, started=event, hosts=hosts, waves={w.name: WaveStory(w.name, w.hosts) for w in event.waves})


def _waved(story: Story, event: ev.Event) -> Story:
    """Tell what concerns one wave."""
    match event:
        case ev.WaveStarted(at=at, wave=name):
            return story.with_wave(replace(_wave(story, name), progress=Progress.RUNNING, started=at))
        case ev.WaveBaking(wave=name, until=until, latest=latest):
            baking = replace(_wave(story, name), progress=Progress.BAKING, until=until, latest=latest)
            return story.with_wave(baking)
        case ev.WaveJudged(wave=name):
            wave = _wave(story, name)
            return story.with_wave(replace(wave, judged=(*wave.judged, event)))
        case ev.WavePassed(at=at, wave=name):
            return story.with_wave(replace(_wave(story, name), progress=Progress.PASSED, ended=at))
        case ev.WaveFailed(at=at, wave=name, host=host, failure=failure):
            failed = replace(_wave(story, name), progress=Progress.FAILED, ended=at)
            return story.with_wave(failed).with_trouble(Trouble(failure, host, name, _gate(story, host, failure)))
        case ev.WaveHeld(at=at, wave=name):
            return replace(story.with_wave(replace(_wave(story, name), progress=Progress.HELD, ended=at)), held=event)
        case _:
            return story


def _gate(story: Story, host: str, failure: Failure) -> str:
    """Name the gate that failed a wave: that of the host, or of metrics, which alone judge a wave as a whole."""
    if host:
        return story.host(host).gate
    return "metrics" if failure.kind is LossKind.GATE else ""


def _wave(story: Story, name: str) -> WaveStory:
    return story.waves.get(name, WaveStory(name))


def _troubled(story: Story, host: HostStory, event: ev.HostEvent) -> Story:
    match event:
        case ev.HostHeld(until=until):
            return replace(story, until=until)
        case ev.ActFailed(act=Act.ACTIVATE, failure=Failure(kind=LossKind.CANCELLED)):
            return story  # asked to stop, it did
        case ev.ActFailed(failure=failure, act=act):
            return story.with_trouble(Trouble(failure, host.name, host.wave, _GATES.get(act, "")))
        case ev.HostFailed(failure=failure, gate=gate):
            return story.with_trouble(Trouble(failure, host.name, host.wave, gate))
        case ev.HostStranded(failure=failure):
            return story.with_trouble(Trouble(failure, host.name, host.wave))
        case _:
            return story


def _counted(host: HostStory, event: ev.HostEvent) -> HostStory:
    """Tell what an activation cost."""
    match event:
        case ev.HostMeasured(receipt=receipt):
            return replace(host, act=None, receipt=receipt)
        case ev.TrafficEnded():
            return replace(host, traffic=event)
        case _:
            return host


def _heard(host: HostStory, event: ev.HostEvent, release: str) -> HostStory:
    """Tell what concerns one host: looks at it, and what ran beside its live release, first."""
    match event:
        case ev.HealthSeen(look=look):
            return _looked(host, look)
        case ev.UnitSeen(look=look):
            return replace(host, unit=look)
        case ev.HostInspected(facts=facts):
            return replace(_found(host, facts.current), act=None)
        case ev.HostObserved(current=current, look=look):
            return replace(_looked(_found(host, current), look), act=None)
        case ev.HostLost(reason=reason):
            return replace(host, lost=reason)
        case ev.EvidenceTaken(lines=lines):
            return replace(host, evidence=lines)
        case ev.ActStarted(at=at, act=act):
            return _started(host, act, at)
        case ev.HostRehearsed(seconds=seconds):
            return replace(host, rehearsed=seconds)
        case ev.BridgeStopped():
            return replace(host, bridge=event)
        case _:
            return _advanced(host, event, release)


def _started(host: HostStory, act: Act, at: float) -> HostStory:
    standing = {Act.ACTIVATE: Standing.ACTIVATING, Act.REVERT: Standing.REVERTING}.get(act, host.standing)
    return replace(host, act=act, since=at, standing=standing, touched=host.touched or act in _SWITCHING)


def _advanced(host: HostStory, event: ev.HostEvent, release: str) -> HostStory:
    """Tell how a host came one step further."""
    match event:
        case ev.HostStaged(sent=sent):
            return replace(host, act=None, standing=Standing.STAGED, sent=sent)
        case ev.HostUnstaged():
            standing = Standing.WAITING if host.standing is Standing.STAGED else host.standing
            return replace(host, act=None, standing=standing)
        case ev.HostActivated(at=at, receipt=receipt):
            return replace(_live(host, release, at), standing=Standing.PROVING, receipt=receipt)
        case ev.HostAdopted(at=at):
            return replace(_live(host, release, at), standing=Standing.PROVING)
        case ev.HostHealthy(seconds=seconds):
            return replace(host, standing=Standing.HEALTHY, proved=seconds)
        case ev.HostUnchanged():
            return replace(host, standing=Standing.UNCHANGED, lost="")
        case ev.HostConfirmed():
            return replace(host, act=None, standing=Standing.CONFIRMED, lost="")
        case ev.HostPruned() | ev.HostUnheld():
            return replace(host, act=None)
        case ev.HostHeld():
            return replace(host, act=None, standing=Standing.HELD, lost="")
        case _:
            return _gone_wrong(host, event)


def _gone_wrong(host: HostStory, event: ev.HostEvent) -> HostStory:
    """Tell of failures and of the way back."""
    match event:
        case ev.ActUnknown(act=act, reason=reason):
            known = None if act in _SWITCHING else host.now
            return replace(host, act=None, now=known, lost=f"how {act} ended is not known: {reason}")
        case ev.ActFailed(act=Act.ACTIVATE, failure=Failure(kind=LossKind.CANCELLED)):
            return replace(host, act=None, standing=Standing.STAGED, touched=False)
        case ev.ActFailed(act=act, failure=failure, current=current):
            found = host if current is None else _found(host, current)
            ended = replace(found, act=None, now=None if act in _SWITCHING else found.now)
            return ended if act in _TIDYING else _failed(ended, failure, _GATES.get(act, ""))
        case ev.HostFailed(failure=failure, gate=gate):
            return _failed(host, failure, gate)
        case ev.HostStranded(failure=failure):
            return replace(_unheard(_failed(host, failure, "")), standing=Standing.STRANDED, act=None)
        case ev.HostRestored(at=at, receipt=receipt, release=back):
            return replace(_live(host, back, at), revert=receipt)
        case ev.HostReverted(release=back):
            return replace(host, act=None, standing=Standing.REVERTED, now=back, lost="")
        case _:
            return host


def _unheard(host: HostStory) -> HostStory:
    """Forget what a host runs whose switch was under way when everybody left."""
    if host.act not in _SWITCHING:
        return host
    return replace(host, now=None, lost=host.lost or f"how {host.act} ended is not known: nobody waited for it")


def _failed(host: HostStory, failure: Failure, gate: str) -> HostStory:
    """Keep the first failure: what follows it on the same host is its consequence."""
    return host if host.failure else replace(host, failure=failure, gate=gate)


def _found(host: HostStory, current: str) -> HostStory:
    return replace(host, now=current, before=host.before if host.touched else current, lost="")


def _live(host: HostStory, release: str, at: float) -> HostStory:
    return replace(host, act=None, now=release, live_at=at, touched=True, lost="", look=None, streak=0)


def _looked(host: HostStory, look: HealthLook | None) -> HostStory:
    if look is None:
        return host
    same = host.look is not None and _gist(host.look) == _gist(look)
    return replace(host, look=look, streak=host.streak + 1 if same else 1)


def _gist(look: HealthLook) -> tuple[object, ...]:
    """Give what makes two looks tell the same: not the time they took, nor what a body says besides."""
    return look.source, look.status, look.release, look.error, look.location
