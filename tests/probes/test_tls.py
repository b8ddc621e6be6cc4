"""https over a stream, from here, and what is wrong with a certificate told apart."""

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from deployer.gates.flaws import Flaw
from deployer.probes import http, local
from deployer.probes.answer import HttpAnswer
from deployer.probes.http import Headers
from deployer.probes.tls import flaw_of_code, name_of
from tests.probes.authority import Authority
from tests.probes.service import connect, response, serving

WELL = [response("200 OK", "well")]
NAMED = (("Host", "app.example.com"),)

Ask = Callable[[str, Headers, str | None], HttpAnswer]


def _over_a_stream(url: str, headers: Headers, ca_file: str | None) -> HttpAnswer:
    return http.ask(url, headers, 30, connect, ca_file=ca_file)


def _from_here(url: str, headers: Headers, ca_file: str | None) -> HttpAnswer:
    return local.ask(url, headers, 30, ca_file=ca_file)


BOTH = pytest.mark.parametrize("ask", [_over_a_stream, _from_here])


@BOTH
def test_a_private_authority_is_trusted_when_the_plan_names_it(ask: Ask, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(WELL, tls=authority.give("127.0.0.1").context()) as service:
        answer = ask(service.url, (), str(authority.path))
    assert (answer.status, answer.body, answer.miss) == (200, b"well", None)


@BOTH
def test_the_certificate_must_be_of_the_host_that_is_asked_for(ask: Ask, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(WELL, tls=authority.give("app.example.com").context()) as service:
        assert ask(service.url, NAMED, str(authority.path)).status == 200
        answer = ask(service.url, (), str(authority.path))
    assert (answer.status, answer.miss) == (None, Flaw.TLS_NAME)


@BOTH
def test_an_authority_that_nobody_named_is_not_trusted(ask: Ask, tmp_path: Path) -> None:
    with serving(WELL, tls=Authority(tmp_path).give("127.0.0.1").context()) as service:
        other = ask(service.url, (), str(Authority(tmp_path, "other").path))
        system = ask(service.url, (), None)
        nowhere = ask(service.url, (), str(tmp_path / "nowhere.pem"))
    assert (other.miss, system.miss, nowhere.miss) == (Flaw.TLS_UNTRUSTED, Flaw.TLS_UNTRUSTED, Flaw.TLS_OTHER)
    assert "nowhere.pem cannot be used" in nowhere.error


@BOTH
def test_a_certificate_that_has_run_out_is_told_as_that(ask: Ask, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(WELL, tls=authority.give("127.0.0.1", valid=-timedelta(days=1)).context()) as service:
        answer = ask(service.url, (), str(authority.path))
    assert answer.miss is Flaw.TLS_EXPIRED
    assert "expired" in answer.error


@BOTH
def test_a_service_that_speaks_plain_http_makes_no_tls_connection(ask: Ask) -> None:
    with serving(WELL) as service:
        answer = ask(service.url.replace("http:", "https:"), (), None)
    assert answer.miss is Flaw.TLS_OTHER


@BOTH
def test_a_service_that_only_speaks_https_cuts_plain_http_off(ask: Ask, tmp_path: Path) -> None:
    with serving(WELL, tls=Authority(tmp_path).give("127.0.0.1").context()) as service:
        answer = ask(service.url.replace("https:", "http:"), (), None)
    assert answer.miss is Flaw.CUT


@BOTH
def test_nobody_there_is_refused(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert ask(f"https://127.0.0.1:{port}/", (), None).miss is Flaw.REFUSED


def test_an_answer_that_is_cut_off_inside_tls_is_none(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    short = [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"]
    with serving(short, tls=authority.give("127.0.0.1").context()) as service:
        assert _over_a_stream(service.url, (), str(authority.path)).miss is Flaw.CUT


def test_a_handshake_that_never_ends_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        assert http.ask(url, (), 0.3, connect).miss is Flaw.TIMEOUT
        assert local.ask(url, (), 0.3).miss is Flaw.TIMEOUT


def test_a_kept_connection_is_asked_again_inside_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(WELL, tls=authority.give("127.0.0.1").context()) as service:
        stream = http.secured(connect("127.0.0.1", service.port, 30), service.url, (), 30, str(authority.path))
        assert http.ask_again(stream, service.url, (), 30)
        stream.settimeout(30)
        assert stream.recv(1) == b""
        stream.close()


@pytest.mark.parametrize(
    ("headers", "name"),
    [((), "10.0.0.1"), ((("host", "a.example:8443"),), "a.example"), ((("Host", "[::1]:1"),), "::1")],
)
def test_the_name_is_the_host_headers_or_else_the_urls(headers: Headers, name: str) -> None:
    assert name_of("https://10.0.0.1:8443/healthz", headers) == name


def test_what_openssl_has_against_a_certificate_has_a_class() -> None:
    assert [flaw_of_code(code) for code in (10, 9, 62, 64)] == [Flaw.TLS_EXPIRED] * 2 + [Flaw.TLS_NAME] * 2
    assert flaw_of_code(20) is Flaw.TLS_UNTRUSTED
