"""A health URL asked over a stream: the answer as it is, or why there is none, always in time."""

import socket
import time

import pytest

from deployer.gates.flaws import Flaw
from deployer.probes import http, local
from deployer.probes.answer import BODY_LIMIT, HttpAnswer
from deployer.transport.base import Stream, TransportError, TransportFailure
from tests.probes.service import connect, dripping, response, serving


def test_the_answer_comes_with_status_headers_and_body() -> None:
    with serving([response("200 OK", "well", "X-Release: r2")]) as service:
        answer = http.ask(service.url, (), 2, connect)
    assert (answer.status, answer.header("x-release"), answer.body) == (200, "r2", b"well")


def test_the_path_with_its_query_and_the_headers_of_the_plan_are_sent() -> None:
    with serving([response("200 OK", "")]) as service:
        http.ask(service.url, (("Host", "app.example.com"), ("X-Probe", "1")), 2, connect)
    request = service.requests[0].decode()
    assert request.startswith("GET /healthz?full=1 HTTP/1.1\r\n")
    assert request.count("Host:") == 1
    assert "Host: app.example.com" in request
    assert "X-Probe: 1" in request


def test_an_answer_that_drips_in_is_given_up_after_the_whole_time_limit() -> None:
    drips = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 100]
    with serving(drips, pause=0.05) as service:
        began = time.monotonic()
        answer = http.ask(service.url, (), 0.4, connect)
    assert answer.status is None
    assert answer.error == "no answer within 0.4 s"
    assert time.monotonic() - began < 4


def test_headers_that_drip_in_are_given_up_as_well_from_here() -> None:
    with serving([b"HTTP/1.1 200 OK\r\n", *[b"X-Slow: 1\r\n"] * 100], pause=0.05) as service:
        answer = local.ask(service.url, (), 0.4)
    assert (answer.status, answer.error) == (None, "no answer within 0.4 s")


def test_a_service_that_drips_is_hung_up_on_when_its_time_is_over() -> None:
    with dripping() as (url, hung_up):
        assert local.ask(url, (), 0.4).miss is Flaw.TIMEOUT
        assert hung_up.wait(60)


def test_a_body_without_end_is_cut() -> None:
    with serving([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (BODY_LIMIT * 3)]) as service:
        assert len(http.ask(service.url, (), 5, connect).body) == BODY_LIMIT
        assert len(local.ask(service.url, (), 5).body) == BODY_LIMIT


def test_a_body_that_comes_in_chunks_is_put_together() -> None:
    pieces = ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nrel\r\n", "7\r\nease r2\r\n", "0\r\n\r\n"]
    with serving([piece.encode() for piece in pieces], pause=0.01) as service:
        assert http.ask(service.url, (), 30, connect).body == b"release r2"
        assert local.ask(service.url, (), 30).body == b"release r2"


@pytest.mark.parametrize("asked", ["http", "local"])
def test_a_redirect_is_not_followed(asked: str) -> None:
    with serving([response("302 Found", "", "Location: https://elsewhere.example/")]) as service:
        answer = http.ask(service.url, (), 2, connect) if asked == "http" else local.ask(service.url, (), 2)
    assert (answer.status, answer.header("location")) == (302, "https://elsewhere.example/")


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\nhello\r\n0\r\n\r\n"


@pytest.mark.parametrize("garbage", [b"", b"\xff\x00nonsense\r\n\r\n", CUT])
def test_an_answer_that_is_none_is_told_as_broken_off(garbage: bytes) -> None:
    with serving([garbage]) as service:
        assert http.ask(service.url, (), 2, connect).status is None
        assert local.ask(service.url, (), 2).status is None


@pytest.mark.parametrize("size", [b"-5", b"-" + b"f" * 20, b"f" * 20])
def test_a_chunk_of_a_size_that_is_none_is_told_as_broken_off(size: bytes) -> None:
    with serving([CHUNKED % size]) as service:
        answer = http.ask(service.url, (), 30, connect)
    assert answer.status is None
    assert answer.error.startswith("the answer broke off")


def test_nobody_there_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    assert http.ask(url, (), 2, connect).error.startswith("no connection")
    assert local.ask(url, (), 2).error.startswith("no answer")


def test_a_forwarded_open_that_fails_is_no_connection_but_forbidden_forwarding_is_told() -> None:
    def refuse(failure: TransportFailure) -> HttpAnswer:
        def opened(_address: str, _port: int, _seconds: float) -> Stream:
            raise TransportError(failure, "said sshd")

        return http.ask("http://127.0.0.1:1/", (), 2, opened)

    assert refuse(TransportFailure.NO_CONNECTION).error == "no connection (refused or unreachable)"
    with pytest.raises(TransportError):
        refuse(TransportFailure.FORWARDING)
