"""What the verb gate found, as tables and as documents: gates asked for a while, or verdicts of a journal once more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

from deployer.gates.verdict import Judgement, Verdict
from deployer.gates.wording import percent, share
from deployer.rollout.replay import Replayed
from deployer.rulings import Ruling
from deployer.sinks.grid import print_grid, say
from deployer.sinks.phrases import short
from deployer.sinks.rulings import document as looks_document
from deployer.sinks.story import Story

Document = dict[str, object]

Asked = Sequence[tuple[str, str, Judgement]]
"""What the gates of hosts say: wave, host, judgement."""


def print_observed(story: Story, asked: Asked, stream: TextIO) -> None:
    """Print what every gate of every host, and every rule of every wave, said last; what does not pass is shown."""
    if asked:
        rows = [(wave, host, judged.gate, judged.verdict, judged.message) for wave, host, judged in asked]
        print_grid(stream, ("wave", "host", "gate", "verdict", "why"), rows)
        _show(asked, stream)
    looks = [look for wave in story.waves.values() for look in wave.judged[-1:]]
    rulings = [(look.wave, ruling) for look in looks for ruling in look.rulings]
    if rulings:
        columns = ("wave", "rule", "counted", "rate", "95 % interval", "limit", "verdict", "needed to pass")
        print_grid(stream, columns, [(wave, *_cells(ruling)) for wave, ruling in rulings])


def _show(asked: Asked, stream: TextIO) -> None:
    for _, host, judged in asked:
        lines = [short(line) for text in judged.evidence for line in text.splitlines()]
        lines += [f"> {line}" for line in judged.remedy.splitlines()]
        if lines and judged.verdict is not Verdict.PASS:
            say(stream, f"{host}, {judged.gate}:")
            for line in lines:
                say(stream, f"    {line}")


def _cells(ruling: Ruling) -> tuple[str, ...]:
    name = ruling.rule + (f" ({ruling.series})" if ruling.series else "")
    verdict = f"{ruling.verdict}{'' if ruling.deciding else ' (observed)'}"
    if ruling.kind == "value":
        values = ", ".join(f"{value:.6g}" for value in ruling.values)
        limit = "" if ruling.limit is None else f"{ruling.limit:.6g}"
        return name, f"{values} {f'on {ruling.host}' if ruling.host else ''}", "", "", limit, verdict, ruling.needed
    bad = f"{ruling.bad}" if ruling.bad == ruling.bad_most else f"{ruling.bad} to {ruling.bad_most}"
    limit = "" if ruling.limit is None else percent(ruling.limit)
    interval = f"{percent(ruling.low)} to {percent(ruling.high)}" if ruling.total else ""
    rate = percent(share(ruling)) if ruling.total else ""
    return name, f"{bad} of {ruling.total}", rate, interval, limit, verdict, ruling.needed


def observed_document(story: Story, asked: Asked, *, passed: bool) -> Document:
    """Give the same as a document, every look in full."""
    hosts = [{"wave": wave, "host": host, **asdict(judged)} for wave, host, judged in asked]
    waves = [{"name": wave.name, "looks": looks_document(wave)} for wave in story.waves.values()]
    return {"passed": passed, "seconds": round(story.seconds, 3), "hosts": hosts, "waves": waves}


def print_replayed(found: Sequence[Replayed], journal: str, plan: str, stream: TextIO) -> None:
    """Print a line per wave and rule, and one for each verdict that differs."""
    groups: dict[tuple[str, str], list[Replayed]] = {}
    for each in found:
        groups.setdefault((each.wave, each.recorded.rule), []).append(each)
    columns = ("wave", "rule", "looks", "verdicts", "last", "its own numbers", f"{plan} now")
    print_grid(stream, columns, [(*names, *_agreement(group)) for names, group in groups.items()])
    for each in found:
        if not each.agrees:
            say(stream, _difference(each, plan))
    differ = sum(not each.agrees for each in found)
    end = f"{differ} of {len(found)} differ" if differ else f"all {len(found)} agree"
    say(stream, f"verdicts in {journal}, computed once more: {end}")


def _agreement(group: Sequence[Replayed]) -> tuple[str, ...]:
    counts = Counter(each.recorded.verdict for each in group)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    own = sum(each.own is not each.recorded.verdict for each in group)
    now = sum(each.again is None or each.again.verdict is not each.recorded.verdict for each in group)
    told = (f"{count} differ" if count else "agree" for count in (own, now))
    return str(len(group)), verdicts, group[-1].recorded.verdict, *told


def _difference(each: Replayed, plan: str) -> str:
    now = f"{each.again.verdict} ({each.again.message})" if each.again else "nothing: it has no such rule"
    where = f"{each.wave}, look {each.look}, rule {each.recorded.rule}"
    return f"{where}: recorded {each.recorded.verdict}; its own numbers say {each.own}; {plan} now says {now}"


def replayed_document(found: Sequence[Replayed], journal: str) -> Document:
    """Give the same as a document."""
    verdicts = [
        {
            "wave": each.wave,
            "look": each.look,
            "at": each.at,
            "rule": each.recorded.rule,
            "recorded": each.recorded.verdict.value,
            "own_numbers": each.own.value,
            "plan_now": each.again.verdict.value if each.again else None,
            "message": each.again.message if each.again else "",
            "agrees": each.agrees,
        }
        for each in found
    ]
    return {"journal": journal, "agrees": all(each.agrees for each in found), "verdicts": verdicts}
