"""known_hosts as text: what is read, what is left out, what matches."""

import base64
import hmac

import pytest

from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.known_hosts import HostKey, KnownHosts, joined, keyscan, names_of, parse


def _key(kind: str, body: bytes) -> HostKey:
    return HostKey(kind, len(kind).to_bytes(4, "big") + kind.encode() + body)


ED = _key("ssh-ed25519", b"one")
ED2 = _key("ssh-ed25519", b"two")
RSA = _key("ssh-rsa", b"three")

SALT = base64.b64encode(b"s" * 20).decode()


def _hashed(name: str) -> str:
    return f"|1|{SALT}|{base64.b64encode(hmac.new(b's' * 20, name.encode(), 'sha1').digest()).decode()}"


def _refused(known: KnownHosts, host: str, port: int, key: HostKey) -> TransportError:
    with pytest.raises(TransportError) as caught:
        known.check(host, port, key)
    assert caught.value.failure is TransportFailure.HOST_KEY
    return caught.value


@pytest.mark.parametrize(
    ("names", "host", "port"),
    [
        ("web-1", "web-1", 22),
        ("web-1,10.0.0.1", "10.0.0.1", 22),
        ("WEB-1", "Web-1", 22),
        ("fd00::1", "fd00::1", 22),
        ("[web-1]:2222", "web-1", 2222),
        ("[fd00::1]:2222", "fd00::1", 2222),
        ("web-1", "web-1", 2222),
        ("*.example.org", "a.example.org", 22),
        ("[*]:2222", "web-1", 2222),
        ("web-?", "web-1", 22),
        (_hashed("web-1"), "web-1", 22),
        (_hashed("[web-1]:2222"), "web-1", 2222),
    ],
)
def test_a_line_trusts_the_names_it_speaks_of(names: str, host: str, port: int) -> None:
    parse(ED.line(names)).check(host, port, ED)


@pytest.mark.parametrize(
    ("names", "host", "port"),
    [
        ("web-1", "web-2", 22),
        ("web", "web-1", 22),
        ("[web-1]:2222", "web-1", 22),
        ("[web-1]:2222", "web-1", 2223),
        ("*.example.org,!a.example.org", "a.example.org", 22),
        (_hashed("web-1"), "web-2", 22),
        ("[web-1]", "w", 22),
    ],
)
def test_a_line_trusts_no_other_name(names: str, host: str, port: int) -> None:
    assert "no line of known_hosts is for this host" in _refused(parse(ED.line(names)), host, port, ED).message


def test_any_of_several_keys_of_a_host_will_do() -> None:
    known = parse("\n".join((ED.line("web-1"), RSA.line("web-1"), ED2.line("web-1"))))
    known.check("web-1", 22, RSA)
    known.check("web-1", 22, ED2)
    assert known.types("web-1", 22) == ("ssh-ed25519", "ssh-rsa")


def test_the_line_with_the_port_goes_before_the_one_without() -> None:
    known = parse("\n".join((ED.line("web-1"), ED2.line("[web-1]:2222"))))
    known.check("web-1", 2222, ED2)
    assert "showed another host key" in _refused(known, "web-1", 2222, ED).message


def test_a_wrong_key_names_both_fingerprints_and_the_line() -> None:
    error = _refused(parse(f"# ours\n{ED.line('web-1')}", "./known_hosts"), "web-1", 22, ED2)
    assert error.message == (
        f"web-1 port 22 showed another host key than the known one: expected ssh-ed25519 {ED.fingerprint} "
        f"(./known_hosts line 2), got ssh-ed25519 {ED2.fingerprint}"
    )
    assert ED2.line("web-1") in error.remedy


def test_of_several_files_any_may_have_the_line_and_each_is_named_where_it_counts() -> None:
    known = joined([parse(ED.line("web-1"), "a"), parse(f"\n{RSA.line('web-1')}\n@revoked {ED2.line('*')}", "b")])
    known.check("web-1", 22, ED)
    known.check("web-1", 22, RSA)
    assert "revoked by b line 3" in _refused(known, "web-1", 22, ED2).message
    assert "no line of a or b is for this host" in _refused(known, "web-2", 22, ED).message
    changed = _refused(known, "web-1", 22, _key("ssh-ed25519", b"other")).message
    assert "(a line 1), " in changed
    assert "(b line 2)" in changed


def test_an_unknown_host_gets_the_line_to_add() -> None:
    error = _refused(parse(""), "web-1", 2222, ED)
    assert ED.line("[web-1]:2222") in error.remedy
    assert keyscan("web-1", 2222) == "ssh-keyscan -p 2222 web-1"
    assert keyscan("web-1", 22) in _refused(parse(""), "web-1", 22, ED).remedy


def test_a_revoked_key_is_refused_even_where_it_is_trusted() -> None:
    known = parse(f"{ED.line('web-1')}\n@revoked {ED.line('*')}")
    assert "revoked by known_hosts line 2" in _refused(known, "web-1", 22, ED).message


def test_a_key_revoked_for_another_host_is_not_refused() -> None:
    parse(f"{ED.line('web-1')}\n@revoked {ED.line('db-1')}").check("web-1", 22, ED)


def test_a_certificate_authority_is_said_to_be_unsupported_where_it_would_matter() -> None:
    known = parse(f"@cert-authority {ED.line('*.example.org')}")
    assert known.types("a.example.org", 22) == ()
    assert "host certificates are not supported yet" in _refused(known, "a.example.org", 22, ED2).message
    assert "certificates" not in _refused(known, "elsewhere.net", 22, ED2).message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("web-1 ssh-ed25519", "expected three fields"),
        ("web-1 ssh-ed25519 AAAA?", "the key is not base64"),
        (f"web-1 ssh-rsa {ED.line('').split()[1]}", "the key is not of the type 'ssh-rsa'"),
        (f"@trusted {ED.line('web-1')}", "unknown marker '@trusted'"),
        (f"|1|x {ED.line('').strip()}", "not of the form |1|salt|hash"),
        (f"|1|xxxxx|yyyy {ED.line('').strip()}", "the hashed host name is not base64"),
        ("@revoked", "expected three fields"),
    ],
)
def test_an_unreadable_line_costs_that_line_and_a_warning(line: str, reason: str) -> None:
    known = parse(f"{line}\n{RSA.line('web-1')}", "hosts")
    (warning,) = known.warnings
    assert warning.startswith("hosts line 1 is left out: ")
    assert reason in warning
    known.check("web-1", 22, RSA)


def test_comments_blank_lines_tabs_and_windows_line_ends_are_fine() -> None:
    known = parse(f"\ufeff# keys\r\n\r\n  \r\n{ED.line('web-1')} a comment\r\n".replace(" ssh-", "\tssh-"))
    assert known.warnings == ()
    known.check("web-1", 22, ED)


def test_names_are_looked_up_with_their_port_first() -> None:
    assert names_of("Web-1", 22) == ("web-1",)
    assert names_of("web-1", 2222) == ("[web-1]:2222", "web-1")
