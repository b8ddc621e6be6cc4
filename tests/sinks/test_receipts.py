"""Receipts in words, as the console, the summary and the history say them."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import HostFacts, KeepAlive, ListenerLook, Receipt, Requests, SlowRequest
from deployer.sinks.document import document
from deployer.sinks.line import Weight, line
from deployer.sinks.receipts import closed, cost, kept, queue, requests, times
from deployer.sinks.summary import markdown
from tests.sinks import stories
from tests.sinks.stories import RECEIPT, told

BEFORE = ListenerLook("777", "a1", limit=511, drops=2)
FULL = replace(
    RECEIPT, drain=0.25, boot=1.5, gap=1.8, before=BEFORE, after=replace(BEFORE, peak=40, drops=5), backlog=4096,
    cwd="/srv/myapp/releases/r2", source="host",
    traffic=(Requests("r1", sent=2, ok=2, slowest=1.9), Requests("", sent=4, refused=1, cut=1, late=1, open=1)),
)  # fmt: skip


def test_a_receipt_in_one_line_has_times_queue_and_requests() -> None:
    assert cost(FULL) == (
        "drain 250 ms, boot 1500 ms, gap 1.8 s; queue at most 40 of 511 (the socket unit asks for 4096), 3 dropped; "
        "own requests: r1: 2 ok, slowest 1900 ms; nobody: 1 refused, 1 cut off, 1 too late, 1 open (over SSH)"
    )


def test_a_gap_that_an_answer_ended_says_so() -> None:
    assert cost(replace(RECEIPT, boot=1.5, gap=1.8, answered=True)).endswith("gap 1.8 s until the first answer")
    assert times(replace(RECEIPT, boot=1.5, gap=1.8, answered=True)).endswith("1800 ms until the first answer")


def test_what_was_not_counted_is_not_told() -> None:
    assert cost(Receipt()) == "nothing was counted"
    assert times(Receipt()) == queue(Receipt()) == requests((), "") == closed(Receipt()) == ""
    unknown = replace(FULL, before=ListenerLook("777"), after=ListenerLook("777"))
    assert queue(unknown) == "0 of ?"


def test_how_a_kept_connection_ended_is_told() -> None:
    ended = replace(Receipt(), keep_alive=KeepAlive(answered=4, closed=1))
    assert cost(ended) == "kept connection: 4 answers, closed in order 1 times, cut 0 times"
    assert cost(replace(Receipt(), keep_alive=KeepAlive(1, kept=False))) == "the service keeps no connection open"


def test_what_became_of_a_slow_request_is_told() -> None:
    assert cost(replace(Receipt(), slow=SlowRequest("ok", "r1", 2.25))) == "slow request: ok after 2.2 s"
    assert cost(replace(Receipt(), slow=SlowRequest("open"))) == "slow request: open"


def test_requests_from_here_say_so_and_none_is_a_number_too() -> None:
    assert requests((Requests("r2", sent=1, bad=1),), "local") == "r2: 1 wrong status (from here)"
    assert requests((Requests("r2"),), "local") == "r2: 0 (from here)"


def test_the_history_says_what_an_activation_cost() -> None:
    record = {
        "gap": "1.800", "queue": "40", "limit": "511", "dropped": "", "refused": "1", "unserved": "2", "sent": "6",
    }  # fmt: skip
    assert kept(record) == "gap 1.800 s, queue 40 of 511, 1 refused, ? dropped, 2 unserved; 6 own"
    assert kept({**record, "closed": "1.117"}).endswith("; 6 own, closed 1.117 s")
    assert kept({**record, "migrated": "0.210"}).endswith("; 6 own, the port was closed for 0.210 s (migration)")
    assert kept({"release": "r1"}) == ""


def test_the_console_tells_the_cost_and_for_how_long_a_port_was_closed() -> None:
    story = told(stories.pilot_fails())
    measured = line(ev.HostMeasured(at=1, host="web-1", receipt=FULL), story)
    assert measured is not None
    assert (measured.weight, measured.text) == (Weight.DETAIL, cost(FULL))
    shut = line(ev.HostRestored(at=1, host="web-1", receipt=replace(FULL, closed=1.24), release="r1"), story)
    assert shut is not None
    assert (shut.weight, shut.text.partition("; ")[2]) == (Weight.MILESTONE, "the port was closed for 1.2 s")
    ended = line(ev.TrafficEnded(at=1, host="web-1", source="host"), story)
    assert ended is not None
    assert ended.text == "own requests: none"


def test_a_move_behind_the_socket_is_told_with_its_gap_there_and_back() -> None:
    events = [*stories.pilot_fails()]
    moved, back = replace(FULL, closed=0.21, moved=True), replace(RECEIPT, closed=0.4, moved=True, pid=7)
    story = told([
        *events[:-1],
        there := ev.HostActivated(at=events[-2].at, host="web-1", receipt=moved),
        undone := ev.HostRestored(at=events[-2].at, host="web-1", receipt=back),
        over := ev.HostReverted(at=events[-2].at, host="web-1"),
        events[-1],
    ])  # fmt: skip
    lines = [said for event in (there, undone, over) if (said := line(event, story)) is not None]
    assert {said.weight for said in lines} == {Weight.MILESTONE}
    assert [said.text.rpartition("; ")[2] for said in lines] == [
        "the port was closed for 0.21 s (migration)",
        "the port was closed for 0.40 s (migration)",
        "back to what ran before, healthy",
    ]
    text = markdown(story, "plan.yml")
    assert "| 0.21 s (migration) |" in text
    assert "| 0.40 s (migration) |" in text
    assert cost(moved).endswith("the port was closed for 0.21 s (migration)")


def test_a_host_whose_service_is_moved_is_announced_when_it_was_looked_at() -> None:
    facts = HostFacts(moves="app.service holds 0.0.0.0:80 by itself")
    said = line(ev.HostInspected(at=1, host="web-1", facts=facts), told(stories.pilot_fails()))
    assert said is not None
    assert (said.weight, said.text) == (Weight.MILESTONE, f"fit, runs no release; {facts.moves}")


def test_the_summary_has_the_whole_receipt_and_its_losses() -> None:
    events = [*stories.pilot_fails()]
    measured = ev.HostMeasured(at=events[-2].at, host="web-1", receipt=replace(FULL, closed=1.24))
    traffic = ev.TrafficEnded(at=events[-2].at, host="web-1", source="host", counts=FULL.traffic)
    story = told([*events[:-1], measured, traffic, events[-1]])
    text = markdown(story, "plan.yml")
    assert (
        "| 250 ms / 1500 ms / 1800 ms | 123 in /srv/myapp/releases/r2, invocation c0ffee | 777 → 777, cookie a1 → a1 |"
        in text
    )
    assert "| 1.2 s |" in text
    waves = document(story, "plan.yml")["waves"]
    assert isinstance(waves, list)
    host = waves[0]["hosts"][0]
    assert host["activation"]["losses"] == {"refused": 1, "queue": 3, "unserved": 2, "keep_alive": None}
    assert [counts["release"] for counts in host["traffic"]] == ["r1", ""]
