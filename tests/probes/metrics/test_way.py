"""The way to a host's pages: forwarded, by curl there, or from here; and no way at all."""

import socket
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deployer.facts import UnitLook
from deployer.probes.answer import HttpAnswer
from deployer.probes.http import Headers
from deployer.probes.metrics.way import Question, Way
from deployer.transport.base import Stream, TransportError, TransportFailure
from deployer.transport.fake import FakeTransport
from tests.probes.authority import Authority
from tests.probes.service import response, serving


@dataclass
class Curl:
    """Curl on the host: keeps what it was asked."""

    asked: list[tuple[str, Headers, float, int | None, str | None]] = field(default_factory=list)

    def ask(
        self, url: str, headers: Headers, timeout: float, limit: int | None = None, ca_file: str | None = None
    ) -> HttpAnswer:
        self.asked.append((url, headers, timeout, limit, ca_file))
        return HttpAnswer(200, body=b"by curl")


def forwarding(failure: TransportFailure | None = None) -> FakeTransport:
    """A host whose sshd forwards, or fails to."""

    def stream(address: str, port: int) -> Stream:
        if failure is not None:
            raise TransportError(failure, f"said sshd of {address}")
        return socket.create_connection((address, port), 5)

    transport = FakeTransport(stream=stream)
    transport.connect()
    return transport


def way(transport: FakeTransport, unit: UnitLook = UnitLook("active"), address: str = "127.0.0.1") -> Way:  # noqa: B008
    return Way(address, transport, lambda: unit)


def test_a_page_is_asked_over_the_connection_with_the_hosts_address_filled_in() -> None:
    with serving([response("200 OK", "x" * 100)]) as service:
        question = Question(f"http://{{address}}:{service.port}/metrics", (("X-A", "b"),), 5, limit=40)
        answer = way(forwarding()).ask(question)
    assert (answer.status, len(answer.body)) == (200, 40)
    assert b"GET /metrics HTTP/1.1" in service.requests[0]
    assert b"X-A: b" in service.requests[0]


def test_a_page_is_asked_from_here_when_the_plan_says_so() -> None:
    with serving([response("200 OK", "well")]) as service:
        question = Question(f"http://{{address}}:{service.port}/metrics", local=True)
        answer = way(forwarding(TransportFailure.LOST)).ask(question)
    assert (answer.status, answer.body) == (200, b"well")


def test_where_sshd_forbids_forwarding_and_for_a_unix_socket_curl_asks() -> None:
    curl = Curl()
    forbidden, unix = way(forwarding(TransportFailure.FORWARDING)), way(forwarding())
    forbidden.watch = unix.watch = curl
    assert forbidden.ask(Question("http://127.0.0.1:1/m", (("A", "b"),), 3, 99, ca_file="/ca")).body == b"by curl"
    assert unix.ask(Question("unix:/run/a.sock:/m", (), 3, 99)).body == b"by curl"
    asked = [("http://127.0.0.1:1/m", (("A", "b"),), 3, 99, "/ca"), ("unix:/run/a.sock:/m", (), 3, 99, None)]
    assert curl.asked == asked


@pytest.mark.parametrize("local", [False, True])
def test_by_https_the_plans_authority_is_trusted(tmp_path: Path, local: bool) -> None:
    authority = Authority(tmp_path)
    with serving([response("200 OK", "well")], tls=authority.give("127.0.0.1").context()) as service:
        trusted = way(forwarding()).ask(Question(service.url, timeout=20, local=local, ca_file=str(authority.path)))
        assert way(forwarding()).ask(Question(service.url, timeout=20, local=local)).status is None
    assert (trusted.status, trusted.body) == (200, b"well")


def test_without_a_way_there_is_no_answer_and_a_reason() -> None:
    assert way(forwarding(TransportFailure.FORWARDING)).ask(Question("http://127.0.0.1:1/m")).error == (
        "said sshd of 127.0.0.1"
    )
    assert "not watched" in way(forwarding()).ask(Question("unix:/run/a.sock:/m")).error
    lost = way(forwarding(TransportFailure.LOST)).ask(Question("http://127.0.0.1:1/m"))
    assert (lost.status, lost.error) == (None, "said sshd of 127.0.0.1")


def test_a_restart_is_another_process() -> None:
    before = way(forwarding(), UnitLook("active", pid=7, invocation="a")).process
    assert before == way(forwarding(), UnitLook("active", pid=7, invocation="a")).process
    assert before != way(forwarding(), UnitLook("active", pid=8, invocation="b")).process
