"""Unit files as systemd reads them, and what differs between a .socket file and the live socket."""

import pytest

from deployer.host.facts import Facts
from deployer.host.socketfile import Difference, boolean, differences, listen_addresses, microseconds, octal, size
from deployer.host.unitfile import Settings, UnitFile, expand, file_of

LIVE = Facts((
    ("Listen", "127.0.0.1:8080 (Stream)"), ("Accept", "no"), ("NoDelay", "yes"), ("ReusePort", "no"),
    ("Backlog", "4294967295"), ("SocketMode", "0666"), ("KeepAliveTimeUSec", "2h"), ("DeferAcceptUSec", "0"),
    ("ReceiveBuffer", "8388608"), ("IPTOS", "-1"),
))  # fmt: skip
FILE = """\
[Socket]
ListenStream=127.0.0.1:8080
NoDelay=true
KeepAliveTimeSec=120min
ReceiveBuffer=8M
"""


def test_lines_continue_comments_go_and_lists_are_reset() -> None:
    text = "[Service]\n# c\nExecStart=/a \\\n; between\n  b \\\n  c\nExecStart=\n; d\nExecStart=/d\n Type = notify \n"
    text += "[Other]\nExecStart=/no\n"
    settings = Settings.read("x.service", [text, "[Service]\nType=exec\nEnvironment=A=1\n"])
    assert settings.many("Service", "ExecStart") == ("/d",)
    assert settings.one("Service", "Type") == "exec"
    assert settings.one("Service", "Environment") == "A=1"
    assert settings.one("Service", "Nothing", "default") == "default"
    assert Settings.read("x", ["[S]\nA=1 \\\n2\\\n"]).many("S", "A") == ("1 2",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("%p-%i", "web-blue"),
        ("%n", "web@blue.service"),
        ("%N", "web@blue"),
        ("%t/x", "/run/x"),
        ("100%%", "100%"),
        ("%Z%", "%Z%"),
    ],
)
def test_specifiers_of_the_name_are_written_out(value: str, text: str) -> None:
    assert expand(value, "web@blue.service") == text


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ExecStart=/srv/app/current/run", True),
        ("WorkingDirectory=-/srv/app/current", True),
        ("ExecStart=/usr/bin/env APP=/srv/app/current x", True),
        ('ExecStart=/bin/sh -c "cd /srv/app/current; run"', True),
        ("ExecStart=/srv/%p/current/run", True),
        ("ExecStart=/srv/app/current2/run", False),
        ("ExecStart=/old/srv/app/current/run", False),
        ("ExecStart=/srv/app/releases/1/run", False),
    ],
)
def test_a_path_is_found_as_whole_components(line: str, found: bool) -> None:
    assert Settings.read("app.service", [f"[Service]\n{line}\n"]).mentions("Service", "/srv/app/current") is found


def test_a_file_that_says_what_is_live_has_no_differences() -> None:
    assert differences("app.socket", [FILE], LIVE) == ()


@pytest.mark.parametrize(
    ("line", "difference"),
    [
        (
            "ListenStream=127.0.0.1:9000",
            Difference("Listen", "127.0.0.1:8080 (Stream), 127.0.0.1:9000 (Stream)", "127.0.0.1:8080 (Stream)"),
        ),
        ("ListenStream=\nListenStream=9000", Difference("Listen", "9000 (Stream)", "127.0.0.1:8080 (Stream)")),
        (
            "ListenDatagram=127.0.0.1:8080",
            Difference("Listen", "127.0.0.1:8080 (Datagram), 127.0.0.1:8080 (Stream)", "127.0.0.1:8080 (Stream)"),
        ),
        ("Accept=1", Difference("Accept", "yes", "no")),
        ("NoDelay=off", Difference("NoDelay", "no", "yes")),
        ("ReusePort=on", Difference("ReusePort", "yes", "no")),
        ("Backlog=16", Difference("Backlog", "16", "4294967295")),
        ("SocketMode=0600", Difference("SocketMode", "0600", "0666")),
        ("KeepAliveTimeSec=1h", Difference("KeepAliveTimeSec", "3600000000", "2h")),
        ("ReceiveBuffer=", Difference("ReceiveBuffer", "0", "8388608")),
        ("IPTOS=low-delay", Difference("IPTOS", "16", "-1")),
    ],
)
def test_an_option_that_needs_a_new_socket_is_a_difference_with_both_values(line: str, difference: Difference) -> None:
    assert differences("app.socket", [FILE, f"[Socket]\n{line}\n"], LIVE) == (difference,)


@pytest.mark.parametrize(
    "line",
    ["Backlog=2147483647", "SocketMode=666", "NoDelay=1", "Mark=7", "TriggerLimitBurst=9", "FileDescriptorName=x"],
)
def test_what_needs_no_new_socket_or_is_unknown_to_this_systemd_is_no_difference(line: str) -> None:
    assert differences("app.socket", [FILE, f"[Socket]\n{line}\n"], LIVE) == ()


@pytest.mark.parametrize("shown", ["[::]:80 (Stream)", "0.0.0.0:80 (Stream)"])
def test_a_bare_port_is_shown_with_or_without_ipv6(shown: str) -> None:
    assert differences("a.socket", ["[Socket]\nListenStream=80\n"], Facts((("Listen", shown),))) == ()


def test_an_instance_listens_where_its_name_says() -> None:
    assert (
        differences(
            "a@80.socket", ["[Socket]\nListenStream=/run/%i.sock\n"], Facts((("Listen", "/run/80.sock (Stream)"),))
        )
        == ()
    )


def test_the_plans_addresses_are_those_of_its_socket_file() -> None:
    units = (UnitFile("a.service", "[Service]\n"), UnitFile("a.socket", FILE))
    assert listen_addresses(units, "a.socket") == ("127.0.0.1:8080",)
    assert listen_addresses(units, "b.socket") == ()


def test_values_have_one_normal_form() -> None:
    assert [microseconds(text) for text in ("5", "1min 30s", "100ms", "1.5s", "infinity", "3 parsec")] == [
        "5000000", "90000000", "100000", "1500000", "infinity", "3 parsec",
    ]  # fmt: skip
    assert [boolean(text) for text in ("On", "f", "maybe")] == ["yes", "no", "maybe"]
    assert [size(text) for text in ("1K", "2M", "x")] == ["1024", "2097152", "x"]
    assert [octal(text) for text in ("0660", "660", "2660")] == ["0660", "0660", "2660"]


def test_an_instance_is_read_from_its_own_file_else_from_its_template_s() -> None:
    template, own = UnitFile("app@.service", "[Unit]\n"), UnitFile("app@one.service", "[Service]\n")
    assert file_of([template, own], "app@one.service") == own
    assert file_of([template, own], "app@two.service") == template
    assert file_of([template], "app@one.socket") is None
    assert file_of([template], "app.service") is None
