"""The lines that observe prints, and those that it reads."""

import base64

from deployer.facts import ListenerLook, UnitLook
from deployer.host.facts import MALFORMED, Failure
from deployer.host.observed import CurlAnswer, Ended, Locked, Observed, Reader, ask

TOKEN = "tok12345"


def fed(*lines: str) -> list[Observed]:
    """Feed lines after the token; what they mean."""
    reader = Reader(TOKEN)
    return [event for line in ("noise", "locked=yes", TOKEN, *lines) if (event := reader.feed(line + "\r")) is not None]


def test_the_lock_comes_with_what_is_current_and_pending() -> None:
    assert fed("current=v1", "pending=v2", "locked=yes") == [Locked("v1", "v2")]


def test_a_look_is_read_from_its_words() -> None:
    [look] = fed("unit active=active sub=running pid=12 inode=5,6 held=no cwd=/srv/a%20b nrestarts=3 clock=1.5 new=1")
    assert look == UnitLook("active", "running", pid=12, inode="5,6", held=False, cwd="/srv/a b", restarts=3, clock=1.5)


def test_the_lock_comes_with_what_the_last_good_activation_was_like() -> None:
    [locked] = fed("current=v1", "opens=7", "clock=1.5", "last=outcome=confirmed%20gap=1.250", "locked=yes")
    assert locked == Locked("v1", "", 7, 1.5, (("outcome", "confirmed"), ("gap", "1.250")))


def test_a_count_of_the_listener_is_read_from_its_words() -> None:
    words = "inode=5,6 cookie=a,b limit=128 drops=2 queue=3 peak=4 opens=9 uptime=2500 clock=1.5"
    assert fed(f"listener {words}") == [ListenerLook("5,6", "a,b", 128, 2, 3, 4, 9, 2.5, 1.5)]


def test_what_a_host_cannot_count_is_none_and_not_nothing() -> None:
    assert fed("listener inode=5 cookie= limit= drops= queue=0 peak=0") == [ListenerLook("5")]


def test_a_refused_lock_ends_with_its_holder() -> None:
    [ended] = fed("holder=who=ann", "holder=since=12%2500", "code=locked", "detail=held", "end=failed")
    assert isinstance(ended, Ended)
    assert ended.failure is not None
    assert ended.failure.code == "locked"
    assert ended.failure.holder == (("who", "ann"), ("since", "12%00"))


def test_an_answer_is_put_together_from_its_parts_though_looks_come_between() -> None:
    head = base64.b64encode(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Release: v2\r\nOdd\r\n\r\n").decode()
    body = base64.b64encode(b"hello world").decode()
    events = fed(
        f"part id=7 of=head data={head}", f"part id=7 of=body data={body[:4]}", "unit active=active",
        "part id=8 of=body data=eA==", f"part id=7 of=body data={body[4:]}",
        "answer id=7 exit=0 status=200 seconds=0.25",
    )  # fmt: skip
    assert events[1] == CurlAnswer("7", 0, 200, 0.25, (("x-release", "v2"),), b"hello world")


def test_a_question_without_an_answer_has_curls_exit_code() -> None:
    assert fed("answer id=7 exit=7 status=0 seconds=0.1 error=refused%20it") == [
        CurlAnswer("7", 7, 0, 0.1, error="refused it")
    ]


def test_hostile_lines_end_the_watch_and_raise_nothing() -> None:
    for line in ("unit pid=x", "part id=1 of=body data=%%%\nanswer id=1", "answer id=1 exit=x"):
        [ended] = fed(*line.split("\n"))
        assert isinstance(ended, Ended)
        assert isinstance(ended.failure, Failure)
        assert ended.failure.code == MALFORMED


def test_the_end_is_told() -> None:
    assert fed("end=ok") == [Ended()]


def test_a_question_is_one_line_of_words() -> None:
    line = ask("q1", "http://h/a b?c='d'", timeout=3, headers=(("X-A", "b\r\nc"),))
    assert line == "ask q1 3.000 http://h/a%20b%3Fc=%27d%27 header=X-A:%20b%0D%0Ac"
