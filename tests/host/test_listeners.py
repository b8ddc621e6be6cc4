"""Addresses of sockets, from systemd's text to the kernel's."""

import pytest

from deployer.host.listeners import Listener, find_listeners, kernel_form, kernel_forms

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
