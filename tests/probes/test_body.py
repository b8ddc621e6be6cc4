"""The body of an answer: the release that it names, and what else the plan expects of it."""

import pytest

from deployer.plan.model import Expect
from deployer.probes.body import Body


@pytest.mark.parametrize(
    "text", ["release r1", "a release r1.", "release r1, all well", "release r1\n", "v=release r1;"]
)
def test_an_id_is_found_where_a_text_ends_with_it(text: str) -> None:
    assert Body(text).names("release {{release}}", "r1")


@pytest.mark.parametrize("text", ["release r10", "release r1.2", "release r1-rc", "release r2", ""])
def test_the_beginning_of_a_longer_id_is_another_id(text: str) -> None:
    assert not Body(text).names("release {{release}}", "r1")


def test_the_end_of_a_longer_number_is_another_id() -> None:
    assert Body("version v1.2 is live").names("{{release}} is live", "1.2")
    assert not Body("version 11.2 is live").names("{{release}} is live", "1.2")
    assert not Body("version 1.2 is live").names("{{release}} is live", "2")


def test_signs_of_an_id_and_of_a_text_are_no_patterns() -> None:
    assert not Body("(release) 1x2").names("(release) {{release}}", "1.2")
    assert Body("(release) 1.2").names("(release) {{release}}", "1.2")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "a b"),
        ("list[1]", "two"),
        ("list.0", "1"),
        ("list[2]", None),
        ("list.x", None),
        ("list", None),
        ('"dotted.key"', "1.50"),
        ("deep.on", "true"),
        ("deep.off", "false"),
        ("deep.0", "nought"),
        ("deep.nothing", None),
        ("name.more", None),
    ],
)
def test_a_value_is_found_under_its_path_as_it_is_written(path: str, value: str | None) -> None:
    document = (
        '{"name": "a b", "list": [1, "two"], "dotted.key": 1.50, '
        '"deep": {"on": true, "off": false, "0": "nought", "nothing": null}}'
    )
    assert Body(document).at(path) == value


def test_what_a_body_must_have_and_has_not_is_told() -> None:
    expect = Expect(body="well", json=(("db.up", "true"), ("n", "3")))
    assert Body('{"is": "well", "db": {"up": true}, "n": 3}').unmet(expect) == ""
    assert Body('{"db": {"up": true}, "n": 3}').unmet(expect) == "the body does not contain 'well'"
    assert Body('{"is": "well", "db": {"up": false}}').unmet(expect) == "db.up in the body is 'false', not 'true'"
    assert Body('"well"').unmet(expect) == "db.up in the body is nothing readable, not 'true'"


def test_nothing_is_asked_of_a_body_that_the_plan_says_nothing_of() -> None:
    assert Body("\x00garbage").unmet(Expect()) == ""
