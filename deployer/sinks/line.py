"""One line of the console for an event, or none: how much it matters, where it happened, what to say."""

from dataclasses import dataclass
from enum import IntEnum
from signal import Signals

from deployer import events as ev
from deployer.facts import Act, Failure, UnitLook, Verb
from deployer.sinks.phrases import about, answer, hosts, moment, release, short, size, span, streak, task, unit
from deployer.sinks.receipts import closed, cost, requests
from deployer.sinks.rulings import is_news, judged, unread
from deployer.sinks.story import HostStory, Story


class Weight(IntEnum):
    """How much a line matters: a quiet console says only failures, a verbose one every look."""

    FAILURE = 0
    MILESTONE = 1
    DETAIL = 2
    LOOK = 3


@dataclass(frozen=True, slots=True)
class Line:
    """What to say of an event. `place` is the wave or wave/host, "" for the whole rollout."""

    weight: Weight
    text: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


_TOLD_ACTS = {Act.STAGE: "staging", Act.ACTIVATE: "activating", Act.REVERT: "reverting"}


def line(event: ev.Event, story: Story) -> Line | None:
    """Say an event that `story` has told already; None when a person need not hear of it."""
    if isinstance(event, ev.HostEvent):
        host = story.host(event.host)
        said = _looked(event, host) or _acted(event, story.release) or _judged(event, host)
        said = said or _unchanged(event, host, story) or _measured(event, host) or _held(event)
        return Line(said[0], said[1], host.place) if said else None
    return _whole(event, story) or _wave(event) or _ruled(event, story)


Said = tuple[Weight, str]


def _whole(event: ev.Event, story: Story) -> Line | None:
    match event:
        case ev.RolloutStarted():
            return Line(Weight.MILESTONE, _opening(event))
        case ev.CancelRequested(signal=number):
            name = Signals(number).name if number in set(Signals) else f"signal {number}"
            return Line(Weight.FAILURE, f"asked to stop ({name}): nothing new is started")
        case ev.HookStarted(point=point, wave=wave):
            return Line(Weight.DETAIL, f"hook {point}", wave)
        case ev.HookEnded(point=point, wave=wave, failure=None):
            return Line(Weight.DETAIL, f"hook {point} succeeded", wave)
        case ev.HookEnded(point=point, wave=wave, failure=Failure() as failure):
            return Line(Weight.FAILURE, f"hook {point} failed: {_why(failure)}", wave)
        case ev.Warned(message=message):
            return Line(Weight.MILESTONE, f"warning: {short(message)}", about(event, story))
        case _:
            return None


def _opening(event: ev.RolloutStarted) -> str:
    count = hosts(sum(len(wave.hosts) for wave in event.waves))
    waves = ", ".join(f"{wave.name} {len(wave.hosts)}" for wave in event.waves)
    who = f", started by {event.who}" if event.who else ""
    origin = f" from {event.origin}" if event.origin else ""
    notes = "".join(f"\nnote: {note}" for note in event.notes)
    resumes = f", resumes {event.resumes.rollout}" if event.resumes else ""
    what = f"{task(event)} on {count} ({waves}){who}{origin}"
    return f"{what} at {moment(event.at)}, rollout {event.rollout}{resumes}{notes}"


def _wave(event: ev.Event) -> Line | None:
    match event:
        case ev.WaveStarted(wave=wave):
            return Line(Weight.MILESTONE, "wave started", wave)
        case ev.WaveBaking(at=at, wave=wave, until=until, latest=latest):
            bake = f"has to stay good for {span(until - at)}" if until > at else "needs no bake"
            bake += f", and every rule to say yes within {span(latest - at)}" if latest else ""
            return Line(Weight.MILESTONE, f"healthy; {bake}", wave)
        case ev.WavePassed(wave=wave):
            return Line(Weight.MILESTONE, "wave passed", wave)
        case ev.WaveFailed(wave=wave, host=host, failure=failure):
            cause = f"at {host}" if host else f"({_why(failure)})"  # a host has just said why
            return Line(Weight.FAILURE, f"wave failed {cause}: nothing more is activated", wave)
        case ev.WaveHeld(wave=wave, failure=failure, before=before):
            where = "before it begins" if before else "as it is"
            return Line(Weight.FAILURE, f"the rollout is held {where}: {_why(failure)}", wave)
        case _:
            return None


def _ruled(event: ev.Event, story: Story) -> Line | None:
    """Say what rules say when that is news, and every look to whoever wants to hear it."""
    match event:
        case ev.WaveJudged(wave=wave):
            return Line(Weight.DETAIL if is_news(story.waves[wave]) else Weight.LOOK, judged(event), wave)
        case ev.MetricsRead(subject=subject, reading=reading) if reading.failures:
            return Line(Weight.DETAIL if reading.failures == 1 else Weight.LOOK, unread(event), subject.wave)
        case _:
            return None


def _looked(event: ev.HostEvent, host: HostStory) -> Said | None:
    match event:
        case ev.HealthSeen():
            silent = host.look is not None and host.look.status is None
            return (Weight.DETAIL if host.streak == 1 else Weight.LOOK), ("" if silent else "answers ") + streak(host)
        case ev.UnitSeen(look=look):
            return (Weight.DETAIL if _alarming(look) else Weight.LOOK), f"unit {unit(look)}"
        case ev.HostInspected(facts=facts):
            why = "held, not confirmed" if facts.hold else "made live by a run that did not end"
            pending = f", {facts.pending} {why}" if facts.pending else ""
            moves = f"; {facts.moves}" if facts.moves else ""
            aside = f"; {facts.aside}, left by a run that did not end" if facts.aside else ""
            weight = Weight.MILESTONE if moves or aside else Weight.DETAIL
            return weight, f"fit, runs {release(facts.current)}{pending}{moves}{aside}"
        case ev.HostObserved(look=look):
            return Weight.DETAIL, f"locked; its health now: {answer(look)}" if look else "locked"
        case ev.HostLost(reason=reason):
            return Weight.FAILURE, f"the connection was lost: {short(reason)}"
        case _:
            return None


def _alarming(look: UnitLook) -> bool:
    lost_port = bool(look.socket_active) and not look.held
    return look.active == "failed" or look.result not in {"success", ""} or lost_port


def _sent(sent: int, whole: int) -> str:
    return f"{size(sent)} of {size(whole)} sent" if sent < whole else f"{size(sent)} sent"


def _acted(event: ev.HostEvent, new: str) -> Said | None:
    match event:
        case ev.ActStarted(act=act):
            return (Weight.DETAIL, _TOLD_ACTS[act]) if act in _TOLD_ACTS else (Weight.LOOK, f"{act} began")
        case ev.HostStaged(sent=sent, size=whole):
            return Weight.DETAIL, f"{new} staged, {_sent(sent, whole) if sent else 'it was there already'}"
        case ev.HostUnstaged():
            return Weight.DETAIL, "staged files removed"
        case ev.HostRehearsed() | ev.HostBridged() | ev.BridgeStopped():
            return _beside(event, new)
        case ev.HostActivated(receipt=receipt):
            moved = f"; {closed(receipt)}" if receipt.moved else ""
            weight = Weight.MILESTONE if moved else Weight.DETAIL
            return weight, f"{new} is live (pid {receipt.pid}), now it has to prove itself{moved}"
        case ev.HostRestored(removed=True):
            return Weight.DETAIL, "the first release is removed again, nothing is left of it"
        case ev.HostRestored(release=back, receipt=receipt):
            shut = f"; {closed(receipt)}" if receipt.closed else ""
            name = release(back) if back else "what ran before"
            return Weight.MILESTONE if shut else Weight.DETAIL, f"{name} {_lives(event)}{shut}"
        case ev.HostPruned(removed=removed):
            return (Weight.DETAIL if removed else Weight.LOOK), f"old releases removed: {', '.join(removed) or 'none'}"
        case _:
            return None


def _lives(event: ev.HostRestored) -> str:
    """Say how a release is that was gone back to, also where it was never left."""
    if not event.receipt.pid:
        return "was gone back to, and its service does not run"
    again = event.receipt.switched or event.receipt.closed or not event.release
    return f"is {'live again' if again else 'still live'}, now it has to prove itself"


def _measured(event: ev.HostEvent, host: HostStory) -> Said | None:
    match event:
        case ev.HostMeasured(receipt=receipt):
            return Weight.DETAIL, cost(receipt)
        case ev.TrafficEnded(source=source, counts=counts):
            silent = host.failure is None  # the receipt has told it
            return (Weight.LOOK if silent else Weight.DETAIL), f"own requests: {requests(counts, source) or 'none'}"
        case _:
            return None


def _beside(event: ev.HostRehearsed | ev.HostBridged | ev.BridgeStopped, new: str) -> Said:
    """Say what a second instance did beside the live one."""
    match event:
        case ev.HostRehearsed(seconds=seconds, looks=looks):
            return Weight.DETAIL, f"{new} rehearsed in {span(seconds)}, {looks} answers on a private socket"
        case ev.HostBridged(seconds=seconds, good=good, spoiled=spoiled):
            counts = f"{good} good answers, {spoiled} spoiled"
            return Weight.DETAIL, f"bridge: {new} serves beside the live release after {span(seconds)}, {counts}"
        case ev.BridgeStopped(seconds=seconds, asked=asked, spoiled=spoiled):
            weight = Weight.MILESTONE if spoiled else Weight.DETAIL
            return weight, f"bridge stopped after {span(seconds)}; it spoiled {spoiled} of our {asked} requests"


def _judged(event: ev.HostEvent, host: HostStory) -> Said | None:
    match event:
        case ev.HostHealthy(seconds=seconds):
            return Weight.DETAIL, f"healthy on {release(host.now)}, {span(seconds)} after it was live"
        case ev.HostConfirmed():
            return Weight.DETAIL, f"{release(host.now)} confirmed"
        case ev.HostAdopted():
            return Weight.DETAIL, f"runs {release(host.now)} already, never confirmed; it has to prove itself"
        case ev.HostReverted(release=back):
            runs = host.revert is not None and host.revert.pid > 0  # what ran there was no release
            nothing = "back to what ran before, healthy" if runs else "back to no release, as before"
            return Weight.MILESTONE, f"back on {back}, healthy" if back else nothing
        case ev.ActFailed(act=act, failure=failure):
            return Weight.FAILURE, f"{act} failed: {_why(failure)}"
        case ev.ActUnknown(act=act, reason=reason):
            return Weight.MILESTONE, f"how {act} ended is not known, the host is looked at again: {short(reason)}"
        case ev.HostFailed(failure=failure, gate=gate):
            return Weight.FAILURE, f"failed{f' at gate {gate}' if gate else ''}: {_why(failure)}"
        case ev.HostStranded(failure=failure):
            return Weight.FAILURE, f"stranded, a person is needed: {_why(failure)}"
        case _:
            return None


def _unchanged(event: ev.HostEvent, host: HostStory, story: Story) -> Said | None:
    """Say of a host that is left alone what it runs; an abort asks nobody whether that is healthy."""
    if not isinstance(event, ev.HostUnchanged):
        return None
    aborts = story.started is not None and story.started.verb is Verb.ABORT
    how = ", as before" if aborts else " already, healthy: unchanged"
    return Weight.DETAIL, f"runs {release(host.now)}{how}"


def _held(event: ev.HostEvent) -> Said | None:
    match event:
        case ev.HostHeld(until=until):
            return Weight.DETAIL, f"has the hold on record, until {moment(until)}"
        case ev.HostUnheld():
            return Weight.DETAIL, "has no hold on record any more"
        case _:
            return None


def _why(failure: Failure) -> str:
    return f"{short(failure.message)} [{failure.code}]"
