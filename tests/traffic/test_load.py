"""Requests at a fixed rate: nobody waits for another's answer, and there is an end to them."""

import socket
import threading
from collections.abc import Callable

from deployer.facts import Requests
from deployer.plan.model import Expect, Health, ProbeFrom, ReleaseHeader
from deployer.traffic.aim import Aim
from deployer.traffic.load import MOST_AT_ONCE, Load
from deployer.traffic.shot import Fate, Shot
from deployer.transport.fake import FakeTransport
from tests.probes.service import serving

GOOD = Shot("r1", Fate.OK, 0.01)


def _reaches(load: Load, true: Callable[[tuple[Requests, ...]], bool]) -> tuple[Requests, ...]:
    """Give the counts once they are so; fails when they never are."""
    tick = threading.Event()
    for _ in range(2000):
        counts = load.counts()
        if true(counts):
            return counts
        tick.wait(0.005)
    raise AssertionError(f"never so: {load.counts()}")


def test_requests_go_on_while_none_is_answered_and_the_late_answers_count() -> None:
    answer = threading.Event()

    def shoot() -> Shot:
        answer.wait(30)
        return GOOD

    load = Load(shoot, 100)
    load.start()
    _reaches(load, lambda counts: bool(counts) and counts[0].open >= 3)
    load.stop()
    answer.set()
    load.wait(5)
    (counted,) = load.counts()
    assert (counted.release, counted.open) == ("r1", 0)
    assert counted.ok == counted.sent >= 3


def test_no_more_are_under_way_than_may_be() -> None:
    answer, many = threading.Event(), threading.Semaphore(0)

    def shoot() -> Shot:
        many.release()
        answer.wait(30)
        return GOOD

    load = Load(shoot, 2000)
    load.start()
    _reaches(load, lambda counts: bool(counts) and counts[0].open == MOST_AT_ONCE)
    load.stop()
    answer.set()
    load.wait(5)
    assert load.counts()[0].sent >= MOST_AT_ONCE


def test_what_cannot_be_asked_at_all_ends_it_and_counts_for_nothing() -> None:
    load = Load(lambda: None, 100)
    load.start()
    load.wait(5)
    assert load.counts() == ()


def test_requests_from_here_tell_who_answered() -> None:
    with serving([b"HTTP/1.1 200 OK\r\nX-Release: r1\r\nContent-Length: 0\r\n\r\n"]) as service:
        aim = _aim(service.url)
        assert aim.possible
        seen = aim.shoot()
    assert seen is not None
    assert (seen.release, seen.fate) == ("r1", Fate.OK)


def test_where_nobody_listens_a_request_is_refused() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        seen = _aim(f"http://127.0.0.1:{silent.getsockname()[1]}/").shoot()
    assert seen is not None
    assert seen.fate is Fate.REFUSED


def test_a_connection_that_is_closed_without_an_answer_was_cut() -> None:
    with serving([b""]) as service:
        seen = _aim(service.url).shoot()
    assert seen is not None
    assert seen.fate is Fate.CUT


def test_a_unix_socket_gets_no_requests_of_our_own() -> None:
    assert not _aim("unix:/run/app.sock:/healthz").possible


def _aim(url: str) -> Aim:
    health = Health(url, Expect(release=ReleaseHeader("X-Release")))
    return Aim(health, url, ProbeFrom.LOCAL, FakeTransport(), "r2")
