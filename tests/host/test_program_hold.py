"""A hold on record: on a host's disk until the matter is ended, told by every look, and part of its history."""

import pytest

from deployer.host.acts import History, Observe
from deployer.host.facts import Failure
from deployer.host.hold import Hold
from deployer.host.hold_acts import PutOnHold, Unhold
from deployer.host.observed import Locked
from deployer.host.words import history_line
from tests.host.stand import Stand

HOLD = Hold(
    "20260105T120000Z-abc", "v2", "pilot", before=True, digest="0" * 64, accepted=("canary", "early"), who="ana",
    origin="https://ci.example/run 7", reason='wave "pilot" has to be approved: 100 %',
)  # fmt: skip


def hold(stand: Stand, hold: Hold = HOLD, longest: int = 3600) -> float:
    """Put a hold on record; until when."""
    line = history_line(rollout=hold.rollout, release=hold.release, outcome="held")
    return stand.door.do(PutOnHold(stand.site.service, hold.record, longest, line))


def record(stand: Stand) -> str:
    """Give the record as it lies on the disk, "" for none."""
    return stand.host.sh(f"cat /var/lib/sockdeploy/{stand.site.service}/hold 2>/dev/null", check=False)


def outcomes(stand: Stand) -> list[str]:
    """Give what the host's history says of how rollouts ended."""
    return [dict(line).get("outcome", "") for line in stand.door.do(History(stand.site.service, 10))]


@pytest.mark.systemd
def test_a_hold_is_told_by_every_look_and_ends_with_a_confirm(each_stand: Stand) -> None:
    stand = each_stand
    stand.deploy("v1")
    stand.stage("v2")
    stand.activate("v2")
    until = hold(stand)
    found = stand.inspect()
    assert found.hold is not None
    assert found.hold.until == until == found.hold.since + 3600
    assert abs(found.clock - found.hold.since) < 60
    assert (found.hold.record, found.hold.accepted) == (HOLD.record, HOLD.accepted)
    assert (found.hold.reason, found.hold.origin) == (HOLD.reason, HOLD.origin)
    site = stand.site
    with stand.door.observe(Observe(site.service, site.root, "who=test", stand.socket, stand.listeners)) as watch:
        assert watch.wait_for(Locked).hold == HOLD.rollout
    assert outcomes(stand) == ["confirmed", "held"]
    stand.confirm("v2")
    assert stand.inspect().hold is None


def test_a_hold_ends_with_a_revert_and_a_second_one_takes_the_place_of_the_first(live: Stand) -> None:
    live.stage("v2")
    live.activate("v2")
    hold(live)
    later = hold(live, Hold("second", "v2", "full", resumes=(HOLD.rollout,)), longest=1)
    found = live.inspect()
    assert found.hold is not None
    assert (found.hold.rollout, found.hold.before, found.hold.until) == ("second", False, later)
    live.revert()
    assert live.inspect().hold is None
    assert live.answers() != ""


def test_on_a_host_that_was_not_switched_a_hold_leaves_no_trace_once_it_has_ended(live: Stand) -> None:
    live.stage("v2")
    hold(live)
    assert record(live) != ""
    assert outcomes(live) == ["confirmed"]
    for _ in range(2):
        live.door.do(Unhold(live.site.service))
        assert record(live) == ""
    hold(live)
    live.revert()
    assert record(live) == ""


@pytest.mark.parametrize(
    "damage",
    ["head -c 300 /dev/urandom >{}", "mkdir {}", "printf '' >{}", "head -c 3000000 /dev/zero | tr '\\0' a >{}"],
)
def test_a_hold_that_cannot_be_read_is_told_and_goes_away_when_the_matter_ends(live: Stand, damage: str) -> None:
    path = f"/var/lib/sockdeploy/{live.site.service}/hold"
    live.host.sh(damage.format(path))
    assert live.inspect().damaged == ("hold",)
    live.door.do(Unhold(live.site.service))
    assert live.inspect().damaged == ()
    live.host.sh(f"! test -e {path}")


@pytest.mark.parametrize("damage", ["head -c 300 /dev/urandom >{}", "printf '' >{}"])
def test_a_way_back_that_cannot_be_read_is_told_and_nothing_is_reverted_by_guess(live: Stand, damage: str) -> None:
    path = f"/var/lib/sockdeploy/{live.site.service}/pending"
    live.stage("v2")
    live.activate("v2")
    live.host.sh(f"cp {path} {path}.kept")
    live.host.sh(damage.format(path))
    found = live.inspect()
    assert (found.damaged, found.current) == (("pending",), "v2")
    failed = live.try_revert()
    assert isinstance(failed, Failure)
    assert (failed.code, failed.unknown) == ("pending-damaged", False)
    assert path in failed.detail
    live.host.sh(f"mv {path}.kept {path}")
    live.revert()
    assert live.inspect().current == "v1"
