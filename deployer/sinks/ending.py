"""How a rollout is told when it is over: the outcome, what failed with its evidence, every host, what to do next."""

from collections.abc import Iterator

from deployer.events import WaveHeld
from deployer.facts import Outcome, Verb
from deployer.sinks.advice import advice
from deployer.sinks.phrases import evidence, hosts, short, span, whereabouts
from deployer.sinks.story import Story, Trouble

MOST_TROUBLES = 20
"""Failures that are shown in full."""


def headline(story: Story) -> str:
    """Say in one line how the rollout ended."""
    if story.finished is None:
        return f"the rollout did not come to its end, {span(story.seconds)} after it began"
    end = f"{story.finished.outcome} after {span(story.seconds)} (exit {story.finished.exit_code})"
    if story.held is not None and story.finished.outcome is Outcome.HELD:
        return f"{end}: {_waits(story.held)}; {story.release} on {len(story.new)} of {hosts(len(story.hosts))}"
    if story.started is not None and story.started.verb is Verb.ABORT and not story.finished.exit_code:
        return f"{end}: {_taken_back(story)}"
    if story.defeat is not None:
        return f"{end}: {story.defeat.place}: {short(story.defeat.failure.message, 200)}"
    was = f", before: {story.previous}" if story.previous not in {"", story.release} else ""
    return f"{end}: {story.release} on {len(story.new)} of {hosts(len(story.hosts))}{was}"


def _taken_back(story: Story) -> str:
    """Say what became of a release that was aborted; where it runs and no way back was on record, it stays."""
    if not story.release:
        return "what was not confirmed is taken back, and nothing is held any more"
    kept = ", ".join(host.name for host in story.new)
    still = f"; it still runs on {kept}, where no way back was on record" if kept else ""
    return f"{story.release} is taken back, and nothing is held any more{still}"


def _waits(held: WaveHeld) -> str:
    where = f"before wave {held.wave}" if held.before else f"after wave {held.wave}"
    return f"{where}: {short(held.failure.message, 200)}"


def ending(story: Story, plan: str, *, hosts_shown: bool = False) -> Iterator[str]:
    """Give the lines of the end; the headline alone when all went well. `hosts_shown`: a table told of the hosts."""
    yield headline(story)
    if not went_well(story) or story.troubles:
        yield from _failures(story)
        yield from _held(story)
        yield from () if hosts_shown else _hosts(story)
    yield from _next(story, plan)


def went_well(story: Story) -> bool:
    """Say whether the rollout ended as it should."""
    return story.finished is not None and story.finished.outcome in {Outcome.SUCCEEDED, Outcome.UNCHANGED}


def standings(story: Story) -> Iterator[str]:
    """Give a line for the hosts of a wave that stand alike, in the order of the waves."""
    for wave in story.waves.values():
        alike: dict[str, list[str]] = {}
        for host in story.of_wave(wave.name):
            alike.setdefault(whereabouts(host), []).append(host.name)
        yield from (f"{wave.name}: {', '.join(names)}: {where}" for where, names in alike.items())


def _hosts(story: Story) -> Iterator[str]:
    yield "where every host stands:"
    yield from (f"  {line}" for line in standings(story))


def _next(story: Story, plan: str) -> Iterator[str]:
    acts = advice(story, plan)
    if acts:
        yield "what to do next:"
    for act in acts:
        first, *rest = act.splitlines()
        yield f"  - {first}"
        yield from (f"      {line}" for line in rest)


def _held(story: Story) -> Iterator[str]:
    """Show what could not be judged."""
    shown = story.held.failure.evidence if story.held is not None else ()
    if shown:
        yield "why it is held:"
    yield from (f"    | {line}" for line in shown)


def _failures(story: Story) -> Iterator[str]:
    if story.troubles:
        yield "what failed:"
    for trouble in story.troubles[:MOST_TROUBLES]:
        yield from _failure(trouble, story)
    if len(story.troubles) > MOST_TROUBLES:
        yield f"  ... and {len(story.troubles) - MOST_TROUBLES} more"


def _failure(trouble: Trouble, story: Story) -> Iterator[str]:
    yield f"  {trouble.place}: {short(trouble.failure.message)} [{trouble.failure.code}]"
    yield from (f"    | {line}" for line in evidence(trouble, story))
