"""The traffic client counts what really happened, and the test services behave as their mode says."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest

from tests.fleet import FleetError, Host
from tests.fleet.apps import KINDS
from tests.fleet.site import Site
from tests.fleet.traffic import Traffic

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"release": "r1"}'


class Service:
    """A port of loopback whose every connection is treated by `act`, until closed."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self._accept, args=[act], daemon=True).start()

    def _accept(self, act: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=act, args=[connection], daemon=True).start()


def answer(data: bytes) -> Callable[[socket.socket], None]:
    """Take a request, send `data`, close."""

    def act(connection: socket.socket) -> None:
        with connection:
            connection.recv(4096)
            connection.sendall(data)

    return act


def hold(connection: socket.socket) -> None:
    """Take what comes and say nothing, until the client gives up."""
    with connection:
        while connection.recv(4096):
            pass


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Serve on loopback; gives the URL."""
    made: list[Service] = []

    def one(act: Callable[[socket.socket], None]) -> str:
        made.append(Service(act))
        return made[-1].url

    yield one
    for service in made:
        service.listener.shutdown(socket.SHUT_RDWR)
        service.listener.close()


Serve = Callable[[Callable[[socket.socket], None]], str]


def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_good_answers_are_ok_and_name_their_release(serve: Serve) -> None:
    with Traffic({"a": serve(answer(GOOD))}, rate=50) as traffic:
        traffic.wait_for(25)
    report = traffic.report()
    assert report.ok == report.sent >= 25
    assert report.by_release == {"r1": report.sent}
    assert 0 < report.percentile(50) <= report.percentile(99) <= report.slowest < 5


def test_the_header_names_the_release_too(serve: Serve) -> None:
    with Traffic({"a": serve(answer(b"HTTP/1.0 200 OK\r\nX-Release: r2\r\n\r\nhello"))}) as traffic:
        traffic.wait_for(3)
    assert set(traffic.report().by_release) == {"r2"}


def test_refused_is_counted_apart_from_bad_answers_and_losses(serve: Serve) -> None:
    bad = serve(answer(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))
    cut = serve(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"))
    urls = {"refused": f"http://127.0.0.1:{free_port()}/", "bad": bad, "cut": cut}
    with Traffic(urls, rate=20) as traffic:
        traffic.wait_for(30)
    report = traffic.report()
    assert report.of("refused").outcomes.keys() == {"refused"}
    assert report.of("bad").outcomes.keys() == {"bad"}
    assert {sample.status for sample in report.of("bad").samples} == {500}
    assert report.of("cut").outcomes.keys() == {"cut"}
    assert report.failed == report.sent == report.refused + report.bad + report.lost


def test_a_reset_connection_is_a_loss(serve: Serve) -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    with Traffic({"a": serve(reset)}) as traffic:
        traffic.wait_for(5)
    assert traffic.report().outcomes.keys() == {"reset"}


def test_silence_is_a_timeout_after_the_time_limit(serve: Serve) -> None:
    with Traffic({"a": serve(hold)}, rate=10, timeout=0.5) as traffic:
        traffic.wait_for(5)
    report = traffic.report()
    assert report.outcomes.keys() == {"timeout"}
    assert all(0.5 <= sample.latency < 5 for sample in report.samples)


def test_latency_counts_from_when_a_request_was_due_and_slow_answers_slow_nothing_down(serve: Serve) -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.5)
        answer(GOOD)(connection)

    with Traffic({"a": serve(slow)}, rate=40) as traffic:
        traffic.wait_for(40)
    report = traffic.report()
    due = sorted(sample.scheduled for sample in report.samples)
    assert [later - sooner for sooner, later in pairwise(due)] == pytest.approx([1 / 40] * (report.sent - 1), abs=1e-4)
    assert min(sample.latency for sample in report.samples) >= 0.5


def test_kept_connections_are_used_again_and_opened_again_when_closed(serve: Serve) -> None:
    def twice(connection: socket.socket) -> None:
        with connection:
            for _ in range(2):
                if connection.recv(4096):
                    connection.sendall(GOOD)

    with Traffic({"a": serve(twice)}, rate=20, keep_alive=True) as traffic:
        traffic.wait_for(20)
    report = traffic.report()
    assert report.failed == 0
    assert {sample.reused for sample in report.samples} == {True, False}


def test_a_url_that_is_not_plain_http_is_refused() -> None:
    with pytest.raises(FleetError, match="expected http://"):
        Traffic({"a": "https://127.0.0.1/"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_restart_behind_its_socket_loses_nothing(
    kind: str, hosts: Sequence[Host], make_site: Callable[[str], Site]
) -> None:
    site = make_site(kind)
    for host in hosts[:2]:
        site.install(host, "v1")
    with Traffic(site.urls(hosts[:2]), rate=40) as traffic:
        for host in hosts[:2]:
            site.install(host, "v2")
        traffic.wait_for(40)
    report = traffic.report()
    assert (report.refused, report.failed) == (0, 0), str(report)
    assert report.by_release.keys() == {"v1", "v2"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_service_misbehaves_as_its_mode_says(
    kind: str, each_host: Host, make_site: Callable[[str], Site]
) -> None:
    site = make_site(kind)
    url = {"a": site.url(each_host)}
    seen: dict[str, tuple[int, str]] = {}
    for mode in ("fail500", "redirect", "wrong-release other", "unready 60"):
        site.install(each_host, f"r-{mode.split()[0]}", mode)
        with Traffic(url) as traffic:
            traffic.wait_for(2)
        last = traffic.report().samples[-1]
        seen[mode] = (last.status, last.release)
    assert seen == {
        "fail500": (500, "r-fail500"),
        "redirect": (302, "r-redirect"),
        "wrong-release other": (200, "other"),
        "unready 60": (503, "r-unready"),
    }


def test_five_hundred_requests_a_second_are_all_sent_and_answered(
    hosts: Sequence[Host], make_site: Callable[[str], Site]
) -> None:
    site = make_site("gunicorn")
    for host in hosts[:2]:
        site.install(host, "v1")
    with Traffic(site.urls(hosts[:2]), rate=250) as traffic:
        traffic.wait_for(1500)
    report = traffic.report()
    assert report.failed == 0, str(report)
