"""Addresses of sockets, from systemd's text to the kernel's."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from deployer.host.listeners import Listener, find_listeners, kernel_form, kernel_forms, listening_others

LISTENING = (
    "tcp 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 255804 1 0000 100 0 0 10 0",
    "tcp6 0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 77 1 0",
    "unix 0000000000000000: 00000002 00000000 00010000 0001 01 900 /run/app/http.sock",
)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("127.0.0.1:8080", "tcp:0100007F:1F90"),
        ("127.0.0.1:8080 (Stream)", "tcp:0100007F:1F90"),
        ("0.0.0.0:80", "tcp:00000000:0050"),
        ("[::]:443", "tcp6:00000000000000000000000000000000:01BB"),
        ("[::1]:80", "tcp6:00000000000000000000000001000000:0050"),
        ("[fe80::1%eth0]:80", "tcp6:000080FE000000000000000001000000:0050"),
        ("22", "tcp6:00000000000000000000000000000000:0016"),
        ("/run/a b.sock", "unix:/run/a b.sock"),
        ("@name", "unix:@name"),
        ("127.0.0.1:53 (Datagram)", ""),
        ("vsock::22", ""),
        ("localhost:80", ""),
        ("1.2.3.4:99999", ""),
        ("1.2.3.4:٣", ""),
        ("", ""),
    ],
)
def test_an_address_has_the_kernels_form(address: str, form: str) -> None:
    assert kernel_form(address) == form


def test_what_the_kernel_does_not_list_is_left_out() -> None:
    assert kernel_forms(["127.0.0.1:8080 (Stream)", "/dev/initctl (FIFO)"]) == ("tcp:0100007F:1F90",)


def test_listeners_are_found_with_who_holds_them() -> None:
    found = find_listeners(
        ["127.0.0.1:8080 (Stream)", "/run/app/http.sock (Stream)", "[::]:22 (Stream)", "1.1.1.1:1"],
        LISTENING,
        "[255804][77]",
    )
    assert [(listener.inode, listener.held) for listener in found] == [
        (255804, True),
        (900, False),
        (77, True),
        (0, False),
    ]
    assert found[0] == Listener("127.0.0.1:8080", "tcp:0100007F:1F90", 255804, held=True)


def test_lines_that_are_none_are_ignored() -> None:
    assert find_listeners(["127.0.0.1:1"], ("tcp", "tcp x y", "", "unix a b"), "nonsense")[0].inode == 0


def _by_ss(local: str, peer: str = "0.0.0.0:*", rest: str = "ino:77 sk:5 cgroup:/system.slice/x.service <->") -> str:
    return f"LISTEN 0      4096         {local}      {peer} {rest} "


@pytest.mark.parametrize(
    ("local", "form"),
    [
        ("127.0.0.1:8080", "tcp:0100007F:1F90"),
        ("0.0.0.0:80", "tcp:00000000:0050"),
        ("127.0.0.53%lo:53", "tcp:3500007F:0035"),
        ("*:443", "tcp6:00000000000000000000000000000000:01BB"),
        ("*%eth0:443", "tcp6:00000000000000000000000000000000:01BB"),
        ("[::]:443", "tcp6:00000000000000000000000000000000:01BB"),
        ("[::1]:80", "tcp6:00000000000000000000000001000000:0050"),
        ("[fe80::1]%eth0:80", "tcp6:000080FE000000000000000001000000:0050"),
        ("[::ffff:127.0.0.1]:80", "tcp6:0000000000000000FFFF00000100007F:0050"),
    ],
)
def test_a_line_of_ss_is_the_same_listener_as_the_kernels_own_line(local: str, form: str) -> None:
    assert listening_others([_by_ss(local)], frozenset()) == (form,)
    assert listening_others([_by_ss(local, rest="uid:33 ino:77 sk:5")], frozenset({77})) == ()


@pytest.mark.parametrize(
    "line",
    [
        "LISTEN",
        "LISTEN 0 128",
        "LISTEN 0 128 127.0.0.1:80",
        "LISTEN 0 128 127.0.0.1:80 0.0.0.0:*",
        _by_ss("127.0.0.1:80", rest="sk:5"),
        _by_ss("127.0.0.1:80", rest="ino:"),
        _by_ss("127.0.0.1:80", rest="ino:x"),
        _by_ss("127.0.0.1:80", rest="ino:" + "9" * 21),
        _by_ss("127.0.0.1:http"),
        _by_ss("127.0.0.1:99999"),
        _by_ss("nonsense:80"),
        _by_ss("[[::]]:x"),
        _by_ss(":"),
        "ESTAB 0 0 127.0.0.1:80 127.0.0.1:5000 ino:77",
        "State Recv-Q Send-Q Local Address:Port Peer Address:Port",
    ],
)
def test_a_line_of_ss_that_is_none_is_ignored(line: str) -> None:
    assert listening_others([line], frozenset()) == ()


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[dict[str, socket.socket]]:
    """Listen in every way there is, by what systemd would call the address."""
    found: dict[str, socket.socket] = {}
    with ExitStack() as stack:
        for family, host, only in (
            (socket.AF_INET, "127.0.0.1", False),
            (socket.AF_INET, "0.0.0.0", False),
            (socket.AF_INET6, "::", False),
            (socket.AF_INET6, "::", True),
            (socket.AF_INET6, "::ffff:127.0.0.1", False),
        ):
            one = stack.enter_context(closing(socket.socket(family)))
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
            one.bind((host, 0))
            one.listen()
            found[f"[{host}]:{one.getsockname()[1]}"] = one
        path = tmp_path / "x.sock"
        unix = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
        unix.bind(str(path))
        unix.listen()
        found[str(path)] = unix
        yield found


def test_what_ss_and_the_kernel_list_of_real_listeners_is_the_same(listening: dict[str, socket.socket]) -> None:
    def of_kernel(table: str) -> list[str]:
        return [f"{table} {line}" for line in Path(f"/proc/net/{table}").read_text().splitlines()]

    printed = subprocess.run(["ss", "-HltneO"], capture_output=True, text=True, check=True).stdout.splitlines()
    held = "".join(f"[{_inode(one)}]" for one in listening.values())
    by_ss = find_listeners(listening, [*printed, *of_kernel("unix")], held)
    assert by_ss == find_listeners(listening, [*of_kernel("tcp"), *of_kernel("tcp6"), *of_kernel("unix")], held)
    assert [(each.inode, each.held) for each in by_ss] == [(_inode(one), True) for one in listening.values()]


def _inode(one: socket.socket) -> int:
    return Path(f"/proc/self/fd/{one.fileno()}").stat().st_ino
