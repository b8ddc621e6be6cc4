"""Paths into JSON documents."""

import pytest

from deployer.plan.jsonpaths import parts_of, read_json_path
from deployer.plan.wrong import WrongError


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("version", ("version",)),
        ("app.version", ("app", "version")),
        ("apps[0].version", ("apps", "0", "version")),
        ("apps.0.version", ("apps", "0", "version")),
        ("[1][2]", ("1", "2")),
        ('"app.name".version', ("app.name", "version")),
        (r"app\.name.version", ("app.name", "version")),
        ('a."say \\"x\\" \\\\"', ("a", 'say "x" \\')),
        ('"a[0]"', ("a[0]",)),
        ("with space.ü", ("with space", "ü")),
    ],
)
def test_a_path_is_keys_and_places(path: str, parts: tuple[str, ...]) -> None:
    assert read_json_path(path) == path
    assert parts_of(path) == parts


NONE = ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[0", 'a"b"', '"a', '""', "a\\", "a\n", 7, None]


@pytest.mark.parametrize("path", NONE)
def test_other_things_are_no_path(path: object) -> None:
    with pytest.raises(WrongError, match="expected a path into a JSON document"):
        read_json_path(path)
