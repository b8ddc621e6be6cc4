"""A held rollout as its hosts have it on record: what is written is read again, and told in one sentence."""

from dataclasses import replace

import pytest

from deployer.host.facts import AnswerError
from deployer.host.hold import Hold, damaged_finding, held_finding
from deployer.host.observed import Locked, Reader
from tests.host.fit import inspection

HOLD = Hold(
    "20260105T120000Z-abc", "r2", "pilot", before=True, digest="0" * 64, accepted=("canary", "early"), who="ana",
    origin="https://ci.example/run 7", reason="100 % sure?", resumes=("oldest", "older"), migrate=True,
    since=1767614400.0, until=1767700800.0,
)  # fmt: skip


def test_what_is_written_is_read_again() -> None:
    assert Hold.read(f"{HOLD.record} since=1767614400 until=1767700800") == HOLD


def test_an_empty_record_is_no_hold() -> None:
    assert Hold.read("") is None


def test_a_record_with_an_impossible_time_is_refused() -> None:
    for times in ("since=soon until=later", "since=1 until=99999999999999999999", ""):
        with pytest.raises(AnswerError, match="not a time"):
            Hold.read(f"{HOLD.record} {times}")


def test_hosts_are_named_in_a_record_unless_they_are_too_many() -> None:
    few, many = (tuple(f"web-{number}" for number in range(count)) for count in (3, 1000))
    for hosts, read in ((few, few), (many, ())):
        hold = Hold.read(f"{replace(HOLD, hosts=hosts).record} since=1 until=2")
        assert hold is not None
        assert hold.hosts == read


DAMAGED = ("?", "nonsense", f"{HOLD.record} since=1 until=99999999999999999999")


@pytest.mark.parametrize("line", DAMAGED)
def test_a_record_that_cannot_be_read_is_not_as_if_nothing_were_held(line: str) -> None:
    found = inspection(hold=line)
    assert (found.hold, found.damaged) == (None, ("hold",))
    reader = Reader("t0k3n")
    said = [reader.feed(each) for each in ("t0k3n", f"hold={line.replace('%', '%25')}", "locked=yes")]
    assert isinstance(said[-1], Locked)
    assert said[-1].hold != ""


def test_a_way_back_that_cannot_be_read_is_not_as_if_nothing_were_pending() -> None:
    for damage in ({"damaged": "pending"}, {"pending.release": "v2", "pending.since": "soon"}):
        found = inspection(**damage)
        assert (found.pending, found.damaged) == (None, ("pending",))


def test_a_damaged_record_is_named_with_its_file_and_a_way_out() -> None:
    hold, pending = (damaged_finding(record, "app", "my plan.yml") for record in ("hold", "pending"))
    assert "/var/lib/sockdeploy/app/hold" in hold.message
    assert "sockdeploy abort 'my plan.yml'" in hold.remedy
    assert "/var/lib/sockdeploy/app/pending" in pending.message
    assert "rm -rf /var/lib/sockdeploy/app/pending" in pending.remedy


@pytest.mark.parametrize("change", [{"release": "r2\n::error::x"}, {"wave": ""}, {"accepted": ("a b",)}])
def test_a_record_that_sockdeploy_cannot_have_written_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(AnswerError, match="not a name"):
        Hold.read(replace(HOLD, **change).record)  # type: ignore[arg-type]  # plain words of a test


def test_it_is_told_in_one_sentence() -> None:
    assert HOLD.told(HOLD.since) == (
        "r2 held before wave pilot by ana from https://ci.example/run 7 since 2026-01-05 12:00:00 UTC, "
        "until 2026-01-06 12:00:00 UTC"
    )
    nameless = replace(HOLD, before=False, who="", origin="")
    assert nameless.told().startswith("r2 held after wave pilot by somebody from somewhere since")


def test_past_its_deadline_it_says_since_when() -> None:
    assert not HOLD.past(HOLD.until)
    assert HOLD.past(HOLD.until + 1)
    assert HOLD.told(HOLD.until + 1).endswith("past its deadline since 2026-01-06 12:00:00 UTC")


def test_it_keeps_others_out_and_names_the_three_ways_on() -> None:
    found = held_finding(HOLD, "my plan.yml", HOLD.since)
    assert (found.code, found.soft) == ("held", False)
    assert HOLD.told(HOLD.since) in found.message
    verbs = [line.split()[1] for line in found.remedy.splitlines()]
    assert verbs == ["resume", "abort", "rollback"]
    assert all("'my plan.yml'" in line for line in found.remedy.splitlines())
