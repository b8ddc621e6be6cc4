"""A listener that can no longer write is let go; the rollout goes on and the others hear of it."""

import io
from typing import Never

from deployer.events import Event, Warned
from deployer.sinks.audience import Audience
from deployer.sinks.console import Manner, console
from deployer.sinks.redaction import Redaction
from deployer.sinks.story import Story
from tests.sinks import stories


class ClosedPipe:
    """Cannot be written to."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self, event: Event, story: Story) -> None:  # noqa: ARG002 - a listener is asked so
        """Fail as a closed pipe does."""
        self.heard += 1
        self._fail()

    def close(self, story: Story) -> None:  # noqa: ARG002 - a listener is asked so
        """Fail as a closed pipe does."""
        self._fail()

    def _fail(self) -> Never:
        raise BrokenPipeError("nobody reads")


class FullDisk(ClosedPipe):
    """Hears well, and cannot write at the end."""

    def hear(self, event: Event, story: Story) -> None:
        """Hear well."""


def test_a_closed_pipe_does_not_end_a_rollout() -> None:
    broken, stream = ClosedPipe(), io.StringIO()
    audience = Audience(Redaction(), [broken, console(stream, "plan.yml", Manner())])
    for event in stories.success():
        audience(event)
    audience.close()
    assert broken.heard == 1
    assert "warning: no more is written by closedpipe: nobody reads" in stream.getvalue()
    assert "succeeded after 66 s" in stream.getvalue()


def test_a_full_disk_at_the_end_is_told_to_those_that_close_after_it() -> None:
    audience = Audience(Redaction(), [FullDisk()])
    for event in stories.success():
        audience(event)
    audience.close()
    warning = Warned(at=audience.story.at, message="no more is written by fulldisk: nobody reads")
    assert audience.story.warnings == (warning,)
