"""What becomes of requests of our own, and how they are counted."""

from deployer.facts import Requests
from deployer.gates.flaws import Flaw
from deployer.probes.answer import HttpAnswer
from deployer.traffic.shot import Fate, Shot, count, shot


def test_an_answer_counts_for_the_release_that_it_names() -> None:
    assert shot(HttpAnswer(200, seconds=0.1), "r2", 200) == Shot("r2", Fate.OK, 0.1)
    assert shot(HttpAnswer(503, seconds=0.1), None, 200) == Shot("", Fate.BAD, 0.1)


def test_a_request_without_an_answer_is_told_apart_from_one_that_could_not_be_asked() -> None:
    assert shot(HttpAnswer(error="refused", seconds=0.1, miss=Flaw.REFUSED), None, 200) == Shot("", Fate.REFUSED, 0.1)
    assert shot(HttpAnswer(error="whose?", seconds=0.1, miss=Flaw.TLS_NAME), None, 200) == Shot("", Fate.CUT, 0.1)
    assert shot(HttpAnswer(error="the connection is gone"), None, 200) is None


def test_requests_are_counted_by_release_in_the_order_of_their_answers() -> None:
    shots = [Shot("r1", Fate.OK, 0.2), Shot("", Fate.CUT, 1.0), Shot("r2", Fate.BAD, 0.1), Shot("r1", Fate.OK, 0.4)]
    assert count(shots, 1) == (
        Requests("r1", sent=2, ok=2, p50=0.2, p99=0.4, slowest=0.4),
        Requests("", sent=2, cut=1, open=1),
        Requests("r2", sent=1, bad=1),
    )


def test_requests_that_are_all_under_way_are_counted_as_open() -> None:
    assert count([], 2) == (Requests("", sent=2, open=2),)
    assert count([], 0) == ()
