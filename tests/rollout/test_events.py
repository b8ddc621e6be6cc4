"""Events: each is found by its name, and says when it happened."""

from dataclasses import FrozenInstanceError, fields

import pytest

from deployer import events as ev


def test_every_event_is_found_by_its_name() -> None:
    kinds = ev.event_types()
    assert kinds["HostActivated"] is ev.HostActivated
    assert kinds["RolloutFinished"] is ev.RolloutFinished
    assert all(name == kind.__name__ for name, kind in kinds.items())


def test_what_only_groups_events_is_no_event() -> None:
    assert not {"Event", "HostEvent"} & set(ev.event_types())


def test_every_event_says_when_and_a_hosts_event_also_where() -> None:
    for kind in ev.event_types().values():
        names = {field.name for field in fields(kind)}
        assert "at" in names
        assert "host" in names or not issubclass(kind, ev.HostEvent)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ev.Ticked(at=1.0).at = 2.0  # type: ignore[misc]
