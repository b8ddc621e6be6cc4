"""Everyone who wants to know: each event is cleaned once, told once, and heard by every listener."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from deployer.events import Event, Warned
from deployer.sinks.fold import tell
from deployer.sinks.redaction import Redaction
from deployer.sinks.story import Story


class Listener(Protocol):
    """Hears events that are fit to be printed, each with the story that has told it already."""

    def hear(self, event: Event, story: Story) -> None:
        """Hear of an event."""
        ...

    def close(self, story: Story) -> None:
        """Hear that there is nothing more to hear."""
        ...


class Audience:
    """A sink that feeds listeners.

    One that can no longer write is let go, and the others are warned of it: a closed pipe or a full disk here must not
    end a rollout out there.
    """

    def __init__(self, redaction: Redaction, listeners: Iterable[Listener]) -> None:
        self._redaction = redaction
        self._listeners = list(listeners)
        self.story = Story()

    def __call__(self, event: Event) -> None:
        """Tell the event to everyone."""
        clean = self._redaction.clean(event)
        self.story = tell(self.story, clean)
        for listener in tuple(self._listeners):
            try:
                listener.hear(clean, self.story)
            except OSError as error:
                self._let_go(listener, error)

    def close(self) -> None:
        """Close every listener, in the order they were given."""
        for listener in tuple(self._listeners):
            try:
                listener.close(self.story)
            except OSError as error:
                self._let_go(listener, error)

    def _let_go(self, listener: Listener, error: OSError) -> None:
        self._listeners.remove(listener)
        why = f"no more is written by {type(listener).__name__.lower()}: {error}"
        warning = self._redaction.clean(Warned(at=self.story.at, message=why))
        self.story = tell(self.story, warning)
        for other in self._listeners:
            with suppress(OSError):  # it will say so itself at the next event
                other.hear(warning, self.story)
