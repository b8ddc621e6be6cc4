"""Addresses: hosts, sockets, hops and health URLs."""

import pytest

from deployer.plan.addresses import at_host, port_of, read_address, read_check, read_jump, read_listen, read_url
from deployer.plan.model import Jump
from deployer.plan.wrong import WrongError


@pytest.mark.parametrize(
    "address", ["web-1", "web-1.example.net", "web.", "10.0.0.1", "2001:db8::1", "fe80::1%eth0", "_a"]
)
def test_a_host_is_a_name_or_an_address(address: str) -> None:
    assert read_address(address) == address


@pytest.mark.parametrize(
    "address", ["", "10.0.0.300", "10.0.0.1:22", "[::1]", "me@web", "web 1", "-web", "a..b", "::g", "7", None, []]
)
def test_other_things_are_no_address(address: object) -> None:
    with pytest.raises(WrongError, match="expected a name, an IPv4 or an IPv6 address"):
        read_address(address)


@pytest.mark.parametrize(
    ("written", "listen"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("8080", "[::]:8080"),
        ("/run/app/http.sock", "/run/app/http.sock"),
    ],
)
def test_a_socket_listens_on_an_address_or_a_path(written: str, listen: str) -> None:
    assert read_listen(written) == listen


@pytest.mark.parametrize(
    "written",
    ["localhost:8080", "127.0.0.1", "127.0.0.999:80", "[::g]:80", "::1:80", "", []],
)
def test_a_socket_listens_on_nothing_else(written: object) -> None:
    with pytest.raises(WrongError, match=r"expected 127\.0\.0\.1:8080"):
        read_listen(written)


@pytest.mark.parametrize(
    ("written", "jump"),
    [
        ("bastion", Jump("bastion")),
        ("ops@bastion", Jump("bastion", "ops")),
        ("ops@bastion:2222", Jump("bastion", "ops", 2222)),
        ("10.0.0.1:22", Jump("10.0.0.1")),
        ("ops@[2001:db8::1]:2222", Jump("2001:db8::1", "ops", 2222)),
        ("[2001:db8::1]", Jump("2001:db8::1")),
    ],
)
def test_a_hop_is_user_address_and_port(written: str, jump: Jump) -> None:
    assert read_jump(written) == jump


@pytest.mark.parametrize("written", ["2001:db8::1", "ops@", "@bastion", "[bastion]", "[::g]", "a b", "", {}])
def test_other_things_are_no_hop(written: object) -> None:
    with pytest.raises(WrongError, match="expected user@host:port"):
        read_jump(written)


@pytest.mark.parametrize("port", ["0", "080", "65536", "1" * 5000])
def test_a_port_out_of_range_is_told_the_range_and_an_example(port: str) -> None:
    for read, before in ((read_listen, "127.0.0.1:"), (read_listen, ""), (read_jump, "ops@bastion:")):
        with pytest.raises(WrongError, match="expected a port from 1 to 65535, got") as caught:
            read(before + port)
        assert caught.value.remedy.endswith(", for example")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/healthz",
        "http://{address}:8080/healthz?full=1",
        "http://[::1]/",
        "http://app.example.com",
        "https://{address}/healthz",
        "unix:/run/app/http.sock:/healthz",
    ],
)
def test_a_health_url_is_http_or_a_unix_socket(url: str) -> None:
    assert read_url(url) == url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("unix:/run/app.sock", "expected unix:/path.sock:/path"),
        ("unix:run/app.sock:/", "expected unix:/path.sock:/path"),
        ("http://[{address}]:80/", "expected {address} without brackets"),
        ("http://{host}:80/", "expected no placeholder but {address}"),
        ("http://me:pw@127.0.0.1/", "expected a URL without user and password"),
        ("http://127.0.0.1:0/", "expected a port from 1 to 65535, got '0'"),
        ("http://127.0.0.1:99999?x", "expected a port from 1 to 65535, got '99999'"),
        ("http://127.0.0.1:http/", "expected http://address:port/path"),
        ("http://[::1/", "expected http://address:port/path"),
        ("http:///healthz", "expected http://address:port/path"),
        ("http://a/#part", "expected http://address:port/path"),
        ("ftp://a/", "expected http://address:port/path"),
        ("127.0.0.1:8080", "expected http://address:port/path"),
        ("http://a/ b", "expected a URL"),
        ("http://a/\n", "expected a URL"),
        ([], "expected a URL, got a list"),
    ],
)
def test_other_urls_are_refused_with_the_reason(url: object, message: str) -> None:
    with pytest.raises(WrongError, match=message):
        read_url(url)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(WrongError) as caught:
        read_url("http://me:hunter2@127.0.0.1/")
    assert "hunter2" not in caught.value.message + caught.value.remedy


def test_a_url_without_a_port_means_the_one_of_its_scheme() -> None:
    ports = [port_of(url) for url in ("http://a/", "https://a/", "https://a:8443/", "tcp://a:1")]
    assert ports == [80, 443, 8443, 1]


@pytest.mark.parametrize(
    "check", ["http://{address}:8080/healthz", "https://{address}/", "tcp://{address}:8080", "tcp://{address}:65535"]
)
def test_a_load_balancer_s_check_has_the_host_s_address(check: str) -> None:
    assert read_check(check) == check


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("http://lb.example.net/healthz", "the same for every host"),
        ("http://lb.example.net/{address}", "the same for every host"),
        ("http://address/", "the same for every host"),
        ("tcp://{address}:70000", "expected a port from 1 to 65535, got '70000'"),
        ("tcp://{address}", "expected http://{address}:port/path or tcp://{address}:port"),
        ("unix:/run/app.sock:/", "expected http://{address}:port/path or tcp://{address}:port"),
        (8080, "expected http://{address}:port/path or tcp://{address}:port"),
    ],
)
def test_other_checks_are_refused_with_the_reason(check: object, message: str) -> None:
    with pytest.raises(WrongError) as caught:
        read_check(check)
    assert message in caught.value.message


def test_an_ipv6_address_gets_its_brackets_in_a_url() -> None:
    assert at_host("http://{address}:80/", "2001:db8::1") == "http://[2001:db8::1]:80/"
    assert at_host("http://{address}:80/", "10.0.0.1") == "http://10.0.0.1:80/"
