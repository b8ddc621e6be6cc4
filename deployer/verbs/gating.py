"""The verb gate: the gates asked without a rollout, for a while, or a journal's verdicts computed once more."""

import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from deployer.errors import ExitCode, RefusedError, UsageError
from deployer.events import Event, RolloutStarted
from deployer.facts import Verb, WaveScope
from deployer.options import Options
from deployer.plan.scalars import read_positive
from deployer.plan.wrong import WrongError
from deployer.record.journal import read
from deployer.rollout.replay import replay
from deployer.signals import end_at_once, heard_by, meant
from deployer.sinks.console import console, manner
from deployer.sinks.fold import tell
from deployer.sinks.gates import observed_document, print_observed, print_replayed, replayed_document
from deployer.sinks.grid import print_document
from deployer.sinks.story import Story
from deployer.verbs.ground import Ground, selected_plan
from deployer.verbs.observation import Observation


def replayed(options: Options, journal: str, variables: Mapping[str, str]) -> int:
    """Judge every look of a journal once more, by its own numbers and by the plan; 5 unless all agree."""
    plan = selected_plan(options, variables, deploying=False)
    found = replay(plan, _events(journal), journal)
    if not found:
        remedy = "rules judge from a wave's first healthy host on: name the journal of a rollout that came so far"
        raise RefusedError("no rule was judged in this rollout", where=journal, remedy=remedy)
    if options.json:
        print_document(sys.stdout, replayed_document(found, journal))
    else:
        print_replayed(found, journal, options.plan, sys.stdout)
    return ExitCode.OK if all(each.agrees for each in found) else ExitCode.REFUSED


def observed(ground: Ground, options: Options, seconds: float) -> int:
    """Ask every gate for so long, say what they say; 5 unless all pass, 130 or 143 when interrupted."""
    signals: list[int] = []

    def stop(number: int) -> None:
        if signals:
            end_at_once(number)
        signals.append(number)
        ground.clock.stop()

    account = Account(ground, options)
    watched = Observation(ground, account, seconds)
    with heard_by(stop):
        try:
            watched.run()
        finally:
            watched.close()
    asked = ground.redaction.clean(tuple(watched.asked()))
    passed = watched.passed(asked)
    if options.json:
        print_document(sys.stdout, observed_document(account.story, asked, passed=passed))
    else:
        print_observed(account.story, asked, sys.stdout)
    if signals:
        return ExitCode.INTERRUPTED if meant(signals[0]) is signal.SIGINT else ExitCode.TERMINATED
    return ExitCode.OK if passed else ExitCode.REFUSED


class Account:
    """Tells what is observed as a rollout's console does, and keeps the story."""

    def __init__(self, ground: Ground, options: Options) -> None:
        stream = sys.stderr if options.json else sys.stdout
        how = replace(manner(stream, ground.variables, options.verbosity), live=False)
        self._console, self._clean = console(stream, options.plan, how), ground.redaction.clean
        waves = tuple(WaveScope(wave.name, wave.hosts) for wave in ground.plan.waves)
        begun = RolloutStarted(
            at=ground.clock.now(), rollout="", verb=Verb.APPLY, service=ground.plan.service, release="", digest="",
            waves=waves,
        )  # fmt: skip
        self.story = tell(Story(), begun)

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        clean = self._clean(event)
        self.story = tell(self.story, clean)
        self._console.hear(clean, self.story)


def duration(text: str) -> float:
    """Read how long to observe, in seconds. UsageError when it is no duration."""
    try:
        return read_positive(text)
    except WrongError as wrong:
        raise UsageError(wrong.message, where="--observe", remedy=wrong.remedy) from None


def _events(journal: str) -> list[Event]:
    try:
        return read(Path(journal))
    except OSError as error:
        message = f"the journal cannot be read: {error.strerror}"
        raise UsageError(message, where=journal, remedy="it is journal.jsonl in a rollout's report") from None
