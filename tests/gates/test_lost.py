"""Which of several listeners was lost, by its address."""

import pytest

from deployer.gates.lost import which_lost

TWO = ("127.0.0.1:80", "/run/admin.sock")


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("10,11", "10,0", " (/run/admin.sock)"),
        ("10,11", "12,11", " (127.0.0.1:80)"),
        ("10,11", "0,0", " (127.0.0.1:80, /run/admin.sock)"),
        ("10,11", "10,11", ""),
        ("10,11", "", ""),
        ("", "10,11", ""),
    ],
)
def test_those_whose_inode_is_another_one_are_named(before: str, now: str, told: str) -> None:
    assert which_lost(before, now, TWO) == told


def test_a_service_with_one_address_has_nothing_to_tell_apart() -> None:
    assert which_lost("10", "0", TWO[:1]) == ""
