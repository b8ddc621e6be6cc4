"""The report for people and programs: summary.md with the verdict table first, and summary.json."""

import json
from collections.abc import Iterator
from pathlib import Path

from deployer.events import Event
from deployer.facts import Receipt
from deployer.sinks import rulings
from deployer.sinks.advice import advice
from deployer.sinks.document import document
from deployer.sinks.ending import MOST_TROUBLES, headline, went_well
from deployer.sinks.markdown import bounded, fenced, head, plain, prose, row
from deployer.sinks.phrases import about, evidence, moment, release, short, size, span, task, whereabouts
from deployer.sinks.receipts import keep_alive, queue, requests, shut, slow, times
from deployer.sinks.story import HostStory, Story, Trouble

LIMIT = 900 * 1024
"""Bytes of a summary: GitHub drops one of more than 1 MiB whole."""

MOST_ROWS = 500
"""Hosts in a table; all of them are in summary.json."""


class Summary:
    """Writes summary.md and summary.json into `folder` when all is over."""

    def __init__(self, folder: Path, plan: str) -> None:
        self._folder, self._plan = folder, plan

    def hear(self, event: Event, story: Story) -> None:
        """Wait: the story is told at its end."""

    def close(self, story: Story) -> None:
        """Write both files. OSError when they cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "summary.md").write_text(markdown(story, self._plan), "utf-8")
        text = json.dumps(document(story, self._plan), indent=2) + "\n"
        (self._folder / "summary.json").write_text(text, "utf-8")


def markdown(story: Story, plan: str, limit: int = LIMIT) -> str:
    """Give the story as GitHub Markdown of at most `limit` bytes."""
    return bounded(_pieces(story, plan), limit)


def _pieces(story: Story, plan: str) -> Iterator[str]:
    begun = story.started
    mark = "✅" if went_well(story) else "⏸️" if story.held else "❌"
    what = task(begun) if begun else "no rollout"
    yield f"## {mark} sockdeploy: {plain(what)}\n\n**{plain(headline(story))}**\n\n"
    yield from _verdicts(story)
    yield from _failures(story)
    yield from _next(story, plan)
    yield from _warnings(story)
    yield rulings.markdown(story)
    yield _beside(story)
    yield _receipts(story)
    yield _facts(story)


def _verdicts(story: Story) -> Iterator[str]:
    yield head(("wave", "host", "before → now", "outcome", "gate", "healthy after", "sent"))
    for host in _rows(story):
        proved = span(host.proved) if host.proved is not None else ""
        change = f"{release(host.before)} → {release(host.now)}"
        yield row((host.wave, host.name, change, whereabouts(host), _gate(host), proved, size(host.sent)))
    if len(story.hosts) > MOST_ROWS:
        yield f"\n{len(story.hosts) - MOST_ROWS} more hosts are in summary.json.\n"


def _rows(story: Story) -> list[HostStory]:
    """Give the hosts in order, those with a failure first when not all find room."""
    hosts = list(story.hosts.values())
    return hosts if len(hosts) <= MOST_ROWS else sorted(hosts, key=lambda host: host.failure is None)[:MOST_ROWS]


def _gate(host: HostStory) -> str:
    if host.failure is not None:
        return f"failed: {host.gate or host.failure.code}"
    return "passed" if host.proved is not None else ""


def _failures(story: Story) -> Iterator[str]:
    if story.troubles:
        yield "\n### What failed\n\n"
    for trouble in story.troubles[:MOST_TROUBLES]:
        yield _failure(trouble, story)
    if len(story.troubles) > MOST_TROUBLES:
        yield f"\n{len(story.troubles) - MOST_TROUBLES} more failures are in summary.json.\n"


def _failure(trouble: Trouble, story: Story) -> str:
    failure = trouble.failure
    said = f"**{plain(trouble.place)}**: {plain(short(failure.message))} (`{failure.code}`)\n\n"
    shown = evidence(trouble, story)
    return said + (fenced(shown) if shown else "")


def _next(story: Story, plan: str) -> Iterator[str]:
    acts = advice(story, plan)
    if acts:
        yield "\n### What to do next\n\n"
    for act in acts:
        first, *rest = act.splitlines()
        block = "".join(f"  {line}\n" for line in fenced(rest).splitlines()) if rest else ""
        yield f"- {prose(first)}\n{block}"


def _warnings(story: Story) -> Iterator[str]:
    if story.warnings:
        yield "\n### Warnings\n\n"
    for warned in story.warnings:
        place = about(warned, story)
        yield f"- {plain(f'{place}: {warned.message}' if place else warned.message)}\n"


def _beside(story: Story) -> str:
    """Say what second instances of the release did beside the live one, before the service was switched."""
    rows = [_second(host) for host in _rows(story) if host.rehearsed is not None or host.bridge]
    if not rows:
        return ""
    header = head(("host", "rehearsed in", "bridge served for", "asked by us", "good answers of it", "spoiled by it"))
    return "".join(["\n### Beside the live release\n\n", header, *rows])


def _second(host: HostStory) -> str:
    rehearsed = span(host.rehearsed) if host.rehearsed is not None else ""
    bridge = host.bridge
    told = (span(bridge.seconds), str(bridge.asked), str(bridge.good), str(bridge.spoiled)) if bridge else ("",) * 4
    return row((host.name, rehearsed, *told))


def _receipts(story: Story) -> str:
    """Give all receipts as one piece, so that the fold is never left open."""
    rows = [_receipt(host, act, kept) for host in _rows(story) for act, kept in _kept(host)]
    if not rows:
        return ""
    columns = (
        "host", "act", "switched", "drain / boot / gap", "process", "listener before → after", "longest queue",
        "own requests", "port closed",
    )
    header = head(columns)
    title = "\n<details><summary>Receipts, by the hosts' own clocks</summary>\n\n"
    return "".join([title, header, *rows, "\n</details>\n"])


def _kept(host: HostStory) -> Iterator[tuple[str, Receipt]]:
    if host.receipt:
        yield "activate", host.receipt
    if host.revert:
        yield "revert", host.revert


def _receipt(host: HostStory, act: str, kept: Receipt) -> str:
    inodes = f"{kept.inode_before or 'none'} → {kept.inode_after or 'none'}"
    cookies = f", cookie {kept.before.cookie or 'none'} → {kept.after.cookie}" if kept.before and kept.after else ""
    switched = moment(kept.switched) if kept.switched else ""
    process = f"{kept.pid} in {kept.cwd or '?'}, invocation {kept.invocation}" if kept.pid else ""
    asked = "; ".join(part for part in (requests(kept.traffic, kept.source), keep_alive(kept), slow(kept)) if part)
    return row((host.name, act, switched, times(kept), process, inodes + cookies, queue(kept), asked, shut(kept)))


def _facts(story: Story) -> str:
    begun = story.started
    if begun is None:
        return ""
    who = f" by {begun.who}" if begun.who else ""
    origin = f" from {begun.origin}" if begun.origin else ""
    when = f"{moment(begun.at)} to {moment(story.at)}"
    notes = "".join(f"- {plain(note)}\n" for note in begun.notes)
    return f"\n{notes}\n{plain(f'Rollout {begun.rollout}{who}{origin}, {when}, digest {begun.digest}.')}\n"
