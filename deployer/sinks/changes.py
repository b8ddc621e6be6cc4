"""What the ways back and on would do to each host, before anybody agreed: a table, or one JSON document."""

from collections.abc import Callable, Sequence
from typing import TextIO

from deployer.plan.model import Plan
from deployer.sinks.grid import print_grid
from deployer.sinks.tables import Document, failure_document, named
from deployer.verbs.survey import Sight

Change = Callable[[Sight], tuple[str | None, str]]
"""Gives the release that a host would run then ("" none, None unknown), and what happens for that."""


def print_changes(sights: Sequence[Sight], change: Change, stream: TextIO) -> None:
    """Say what would become of each host."""
    rows = [
        (sight.wave, sight.host, named(sight.current), named(then), does)
        for sight, then, does in _each(sights, change)
    ]
    print_grid(stream, ("wave", "host", "now", "then", "what happens"), rows)


def changes_document(
    plan: Plan, release: str | None, sights: Sequence[Sight], change: Change, notes: Sequence[str] = ()
) -> Document:
    """Give what would become of each host as plain JSON values; `release` is what the verb is about, if anything."""
    hosts = [
        {
            "host": sight.host,
            "wave": sight.wave,
            "current": sight.current,
            "then": then,
            "does": does,
            "failure": failure_document(sight.failure),
        }
        for sight, then, does in _each(sights, change)
    ]
    return {"service": plan.service, "release": release, "hosts": hosts, "notes": [*plan.notes, *notes]}


def _each(sights: Sequence[Sight], change: Change) -> list[tuple[Sight, str | None, str]]:
    return [(sight, *change(sight)) for sight in sights]
