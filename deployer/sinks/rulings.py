"""What rules said of waves, told: a line per rule on the console, a table in summary.md, every number in JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite

from deployer.events import MetricsRead, WaveJudged
from deployer.gates.verdict import Verdict
from deployer.rulings import Ruling
from deployer.sinks.markdown import head, row
from deployer.sinks.phrases import short
from deployer.sinks.story import Story, WaveStory

Document = dict[str, object]


def judged(event: WaveJudged) -> str:
    """Say what every rule says at one look, a line each."""
    return "\n".join(said(ruling) for ruling in event.rulings)


def said(ruling: Ruling) -> str:
    """Say what one rule says, in one line."""
    warnings = "".join(f"; warning: {warning}" for warning in ruling.warnings)
    return short(f"rule {ruling.rule}, {ruling.verdict}: {ruling.message}{warnings}")


def is_news(wave: WaveStory) -> bool:
    """Say whether the last look at a wave says anything else than the one before: a verdict, or why it is none."""
    gists = [[(ruling.rule, ruling.verdict, ruling.code) for ruling in look.rulings] for look in wave.judged[-2:]]
    return len(gists) < 2 or gists[0] != gists[1]


def unread(event: MetricsRead) -> str:
    """Say why a subject's metrics could not be read; nothing when they were."""
    if not event.reading.failures:
        return ""
    why = "; ".join(each.message for each in event.reading.unmeasured) or "no reason known"
    return short(f"metrics of {', '.join(event.subject.hosts)} not read ({event.reading.failures} in a row): {why}")


def pending(wave: WaveStory) -> str:
    """Say what the first rule that does not pass yet needs; nothing when all do."""
    for ruling in wave.judged[-1].rulings if wave.judged else ():
        if ruling.deciding and ruling.verdict is not Verdict.PASS:
            return f"{ruling.rule} needs {short(ruling.needed, 60)}"
    return ""


def markdown(story: Story) -> str:
    """Give the last look at every wave as one piece of Markdown; nothing when no rule said anything."""
    looks = [wave.judged[-1] for wave in story.waves.values() if wave.judged]
    rows = [row(_cells(look.wave, ruling)) for look in looks for ruling in look.rulings]
    if not rows:
        return ""
    return "".join(["\n### Rules, at the last look at each wave\n\n", head(("wave", "rule", "verdict", "why")), *rows])


def _cells(wave: str, ruling: Ruling) -> tuple[str, ...]:
    mode = "" if ruling.deciding else " (observed)"
    return (wave, ruling.rule, f"{ruling.verdict}{mode}", ruling.message)


def document(wave: WaveStory) -> list[Document]:
    """Give every look at a wave with every ruling in full, so that its verdict can be computed again.

    A value that is no finite number is a text: nan, inf or -inf.
    """
    return [{"look": look.look, "at": look.at, "rulings": list(_rulings(look))} for look in wave.judged]


def _rulings(look: WaveJudged) -> Iterator[Document]:
    for ruling in look.rulings:
        yield {**asdict(ruling), "values": [value if isfinite(value) else str(value) for value in ruling.values]}
