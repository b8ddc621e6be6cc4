"""What is told of hooks that fail too late to stop anything: each wave's, in every form of the report."""

from io import StringIO

import pytest

from deployer import events as ev
from deployer.facts import Failure, LossKind, Outcome
from deployer.plan.model import HookPoint
from deployer.sinks.console import Manner, console
from deployer.sinks.document import document
from deployer.sinks.github import annotations
from deployer.sinks.markdown import plain
from deployer.sinks.story import Story
from deployer.sinks.summary import markdown
from tests.sinks.stories import HOSTS, WAVES, Script, told

POINT = HookPoint.AFTER_WAVE.value
FAILED = Failure(LossKind.HOOK, "hook-after-wave", "the hook after_wave (./smoke, here) failed: exit 4")


def _events() -> list[ev.Event]:
    """Tell of a rollout that went well, but for a hook after its first two waves."""
    script = Script().begin().inspected()
    for scope in WAVES:
        script.wave(scope)
        if scope is not WAVES[-1]:
            script.add(
                ev.HookStarted(at=script.at, point=POINT, wave=scope.name),
                ev.HookEnded(at=script.at, point=POINT, wave=scope.name, failure=FAILED),
                ev.Warned(at=script.at, message=FAILED.message, point=POINT, wave=scope.name),
            )
    return script.confirmed(*HOSTS).end(Outcome.SUCCEEDED, 0)


@pytest.fixture(scope="module")
def story() -> Story:
    """Give the story of it."""
    return told(_events())


def test_the_same_failure_of_two_waves_is_two_troubles(story: Story) -> None:
    assert [trouble.wave for trouble in story.troubles] == ["canary", "pilot"]


def test_the_summary_says_after_which_waves_it_failed(story: Story) -> None:
    _, _, warnings = markdown(story, "plan.yml").partition("### Warnings")
    assert f"- {plain(f'canary: {FAILED.message}')}\n" in warnings
    assert f"- {plain(f'pilot: {FAILED.message}')}\n" in warnings


def test_the_document_has_each_warning_with_its_wave(story: Story) -> None:
    told_of = document(story, "plan.yml")
    expected = [{"wave": wave, "host": "", "message": FAILED.message} for wave in ("canary", "pilot")]
    assert told_of["warnings"] == expected
    assert told_of["failed"] is None  # nothing decided that the rollout failed: it did not


def test_the_console_has_each_warning_at_its_wave() -> None:
    stream = StringIO()
    told(_events(), listener=console(stream, "plan.yml", Manner()))
    for wave in ("canary", "pilot"):
        assert f"{wave}: warning: {FAILED.message}" in stream.getvalue()


def test_github_has_an_annotation_for_each_wave(story: Story) -> None:
    found = "\n".join(annotations(story))
    assert "title=wave canary" in found
    assert "title=wave pilot" in found
