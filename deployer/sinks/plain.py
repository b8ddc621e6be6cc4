"""The console as plain lines, one per event worth a line, for CI logs, pipes and files."""

from typing import TextIO

from deployer import events as ev
from deployer.sinks.ending import ending
from deployer.sinks.folding import Folding, Folds
from deployer.sinks.line import Weight, line
from deployer.sinks.phrases import clock
from deployer.sinks.story import Story


class PlainConsole:
    """Writes lines up to `weight`, each with the time of the day in UTC, and the end in full."""

    def __init__(self, stream: TextIO, plan: str, weight: Weight, folding: Folding = Folding.NONE) -> None:
        self._stream, self._plan, self._weight = stream, plan, weight
        self._folds = Folds(folding if weight > Weight.FAILURE else Folding.NONE)

    def hear(self, event: ev.Event, story: Story) -> None:
        """Write the event's line, if it has one that matters enough."""
        if isinstance(event, ev.WaveStarted):
            self._write(self._folds.open(f"wave {event.wave}", event.at))
        elif isinstance(event, ev.WaveFailed | ev.RolloutFinished | ev.CancelRequested):
            self._write(self._folds.close(event.at))  # bad news is not folded away
        said = line(event, story)
        if said is not None and said.weight <= self._weight:
            first, *rest = str(said).splitlines()
            self._write("".join([f"{clock(event.at)} {first}\n", *(f"         {more}\n" for more in rest)]))

    def close(self, story: Story) -> None:
        """Write how it ended."""
        self._write(self._folds.close(story.at))
        if story.started is not None:
            self._write("".join(f"{said}\n" for said in ending(story, self._plan)))

    def _write(self, text: str) -> None:
        if text:
            # What a stream's encoding lacks is written as an escape: a snowman in a log line must not end a rollout.
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
