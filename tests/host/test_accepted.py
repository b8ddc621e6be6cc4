"""Which listener took a connection, read from the kernel's tables."""

import pytest

from deployer.host.accepted import taken_by
from deployer.host.listeners import Listener, kernel_form


def _listener(address: str, *, held: bool = True) -> Listener:
    return Listener(address, kernel_form(address), 42, held)


V4 = "/proc/net/tcp:  10: 0B01D50A:1F90 0101D50A:C350 01 00000000:00000000 00:00000000 00000000 0 0 99 1"
V6_OF_V4 = "/proc/net/tcp6:  3: 0000000000000000FFFF00000B01D50A:1F90 0000000000000000FFFF00000101D50A:C350 01 0:0 0:0"
V6 = "/proc/net/tcp6:  3: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C350 01 0:0 0:0"


@pytest.mark.parametrize(
    ("line", "address", "taken"),
    [
        (V4, "10.213.1.11:8080", True),
        (V4, "0.0.0.0:8080", True),
        (V4, "127.0.0.1:8080", False),
        (V4, "0.0.0.0:8081", False),
        (V4, "/run/app.sock", False),
        (V6_OF_V4, "8080", True),
        (V6_OF_V4, "[::]:8080", True),
        (V6_OF_V4, "[::1]:8080", False),
        (V6, "[::1]:8080", True),
        (V6, "[::]:8080", True),
        (V6, "0.0.0.0:8080", False),
        ("grep: nothing", "0.0.0.0:8080", False),
    ],
)
def test_the_local_end_tells_the_listener(line: str, address: str, taken: bool) -> None:
    assert (taken_by([line], [_listener(address)]) is not None) is taken


def test_a_listener_that_systemd_does_not_hold_takes_nothing() -> None:
    assert taken_by([V4], [_listener("0.0.0.0:8080", held=False)]) is None
    assert taken_by([], [_listener("0.0.0.0:8080")]) is None
