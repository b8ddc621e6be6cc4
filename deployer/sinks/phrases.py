"""Small phrases that every sink says the same way: times, sizes, answers, and where a host stands."""

from datetime import UTC, datetime

from deployer.events import RolloutStarted, Warned
from deployer.facts import Act, HealthLook, UnitLook, Verb
from deployer.sinks.story import HostStory, Progress, Standing, Story, Trouble, WaveStory

LONGEST_LINE = 500
"""Characters of one line of evidence that are shown."""

MOST_LINES = 40
"""Lines of one failure's evidence that are shown: the answer, the unit, and 20 lines of its journal fit well."""

_ACTS = {
    Act.INSPECT: "being inspected",
    Act.OBSERVE: "taking the lock",
    Act.STAGE: "staging",
    Act.UNSTAGE: "removing staged files",
    Act.ACTIVATE: "activating",
    Act.MEASURE: "counting what it cost",
    Act.CONFIRM: "confirming",
    Act.REVERT: "reverting",
    Act.PRUNE: "pruning old releases",
    Act.COMMAND: "running the gate's command",
    Act.HOLD: "recording the hold",
    Act.UNHOLD: "ending the hold",
}


def clock(at: float) -> str:
    """Give a time of the day, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def moment(at: float) -> str:
    """Give a date and time, UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(" ", "milliseconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """Give a length of time as a person reads it."""
    if seconds >= 3600:
        return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
    if seconds >= 120:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{max(0.0, seconds):.1f} s"


def size(count: int) -> str:
    """Give a number of bytes as a person reads it."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1000:.1f} kB" if count >= 1000 else f"{count} B"


def hosts(count: int) -> str:
    """Give a number of hosts."""
    return "1 host" if count == 1 else f"{count} hosts"


def short(text: str, longest: int = LONGEST_LINE) -> str:
    """Give the text in one line, its end cut off when it is long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def answer(look: HealthLook) -> str:
    """Say what a health URL answered."""
    if look.status is None:
        return f"no answer from {look.source}: {short(look.error, 120) or 'no reason known'}"
    release = f" {short(look.release, 60)}" if look.release is not None else ", no release id"
    target = f", Location: {short(look.location, 120)}" if look.location else ""
    return f"{look.status}{release} from {look.source} in {look.seconds * 1000:.0f} ms{target}"


def unit(look: UnitLook) -> str:
    """Say how a unit is."""
    held = "held by systemd" if look.held else "not held by systemd"
    listener = f", listener {look.inode or 'gone'}, {held}" if look.inode or look.socket_active else ""
    return f"{look.active} ({look.sub}), result {look.result}, pid {look.pid}, {look.restarts} restarts{listener}"


def task(begun: RolloutStarted) -> str:
    """Say what a run is about."""
    return f"{begun.verb} {begun.release or '(nothing)'} {'of' if begun.verb is Verb.ABORT else 'to'} {begun.service}"


def release(name: str | None) -> str:
    """Name a release that is or was live."""
    return "an unknown release" if name is None else name or "no release"


def whereabouts(host: HostStory) -> str:
    """Say where a host stands when all is over."""
    on = f"on {release(host.now)}" if host.known or host.now is None else f"last seen on {release(host.now)}"
    lost = f"; lost: {short(host.lost, 200)}" if host.lost else ""
    match host.standing:
        case Standing.CONFIRMED:
            return f"{on}, confirmed{lost}"
        case Standing.UNCHANGED:
            return f"{on} as before, unchanged{lost}"
        case Standing.REVERTED:
            return f"back {on}{lost}" if host.now else f"as before: {release(host.now)}{lost}"
        case Standing.STRANDED:
            return f"stranded, a person is needed: {on}, neither confirmed nor taken back{lost}"
        case Standing.HELD if host.touched:
            return f"held {on}, not confirmed{lost}"
        case Standing.HELD:
            return f"untouched, held {on}{lost}"
        case Standing.WAITING | Standing.STAGED if not host.touched:
            return f"untouched, {on}{lost}" if host.now is not None else f"untouched, its release is not known{lost}"
        case _:
            return f"{on}, {host.standing}{lost}"


def about(warned: Warned, story: Story) -> str:
    """Say where a warning belongs: a wave, wave/host, or "" for the whole rollout."""
    return story.host(warned.host).place if warned.host else warned.wave


def doing(host: HostStory, story: Story) -> str:
    """Say what a host is doing now, and for how long."""
    if host.act is not None:
        return f"{_ACTS[host.act]} {span(story.at - host.since)}"
    if host.lost:
        return f"lost: {short(host.lost, 60)}"
    if host.standing in {Standing.PROVING, Standing.REVERTING} and host.live_at:
        return f"{host.standing} {span(story.at - host.live_at)}"
    if host.failure is not None and host.standing in {Standing.WAITING, Standing.STAGED}:
        return f"failed: {short(host.failure.message, 60)}"
    return str(host.standing)


def streak(host: HostStory) -> str:
    """Say the last answer and how many times in a row it came."""
    if host.look is None:
        return ""
    return answer(host.look) + (f", {host.streak} times" if host.streak > 1 else "")


def stage(wave: WaveStory, story: Story) -> str:
    """Say how far a wave is, with the time its bake has left."""
    if wave.progress is Progress.BAKING:
        over = wave.latest and story.at >= wave.until  # rules have time left to say yes
        left = f"at most {span(max(0.0, wave.latest - story.at))}" if over else span(max(0.0, wave.until - story.at))
        return f"baking, {left} left"
    ended = f" after {span(wave.ended - wave.started)}" if wave.ended and wave.started else ""
    return f"{wave.progress}{ended}"


def _lines(texts: tuple[str, ...]) -> list[str]:
    return [line for text in texts for line in text.splitlines()]


def evidence(trouble: Trouble, story: Story) -> tuple[str, ...]:
    """Give the lines that show why something failed; what was last seen of the host when the failure brought none.

    What a host looked like before it was taken back is shown once: with its first failure, and no line that this has.
    """
    host, lines = story.host(trouble.host), _lines(trouble.failure.evidence)
    if trouble in [known for known in story.troubles if known.host == trouble.host][:1]:
        lines += [line for line in _lines(host.evidence) if line not in lines]
    if not lines and trouble.host:
        lines += [f"last answer: {answer(host.look)}"] if host.look else []
        lines += [f"unit: {unit(host.unit)}"] if host.unit else []
    more = [f"... {len(lines) - MOST_LINES} more lines in the journal"] if len(lines) > MOST_LINES else []
    return tuple([line[:LONGEST_LINE] for line in lines[:MOST_LINES]] + more)
