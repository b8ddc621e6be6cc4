"""The schema for editors and the example that is the reference: neither forgets a key, both agree with what is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types
from ruamel.yaml import YAML

from deployer.files import example
from deployer.plan.forms import Form, json_schema, keys_at
from deployer.plan.report import Report
from deployer.plan.schema import PlanSection
from deployer.plan.text import compose
from deployer.plan.tree import Value, grow
from tests.plan.machine import Machine, read

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(ROOT.glob("examples/*/plan.yml"))


def as_editors_do(text: str) -> Form:
    """Read YAML as editors do, by version 1.2, where `on` is a word."""
    document: Form = YAML(typ="safe", pure=True).load(text)
    return document


def told(document: object) -> list[str]:
    """Give what the JSON Schema has against a document."""
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(json_schema()).iter_errors(document)
    ]


def test_the_schema_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_every_key_of_the_schema_has_a_description() -> None:
    schema = json_schema()
    for form in [schema, *schema["$defs"].values()]:
        for key, described in form.get("properties", {}).items():
            assert described.get("description"), key


def test_nothing_may_be_null() -> None:
    assert "null" not in str(json_schema()).replace("'default': None", "null")


def test_the_example_is_a_sound_plan() -> None:
    plan = read(example())
    assert (plan.service, plan.release) == ("myapp", "2024.06.1")
    assert [(wave.name, len(wave.hosts)) for wave in plan.waves] == [("canary", 1), ("pilot", 3), ("full", 1)]


def test_the_example_and_every_shipped_plan_fit_the_schema() -> None:
    for text in [example(), *(path.read_text() for path in SHIPPED)]:
        assert told(as_editors_do(text)) == []


def keys_in(data: Value, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the path of every key, without positions and without the names that a user chooses."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield tuple(str(part) for part in (*path, key) if isinstance(part, str))
        yield from keys_in(value, (*path, key))


def known_keys(path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the path of every key that the schema knows; lists are entered at 0, mappings of hosts at `web-1`."""
    for key in keys_at(path):
        at = (*path, key)
        yield at
        for inner in (at, (*at, 0), (*at, "web-1")):
            if inner != (*at, "web-1") or key == "inventory":
                yield from known_keys(inner)


ALTERNATIVES = {"header", "body", "prometheus", "bearer_env", "basic_env", "ca_file"}
"""Keys that do not go with what the example chose; they stand in comments."""


def test_the_example_shows_every_key() -> None:
    data = grow(example(), "example.yml", (), Report("example.yml"), {})
    shown = set(keys_in(data))
    known = {tuple(part for part in path if isinstance(part, str)) for path in known_keys()}
    assert len(known) > 60
    missing = {path for path in known if path not in shown and path[:1] != ("hooks",) and path[-1] not in ALTERNATIVES}
    assert missing == set()
    assert {f"{key}:" for key in ALTERNATIVES} <= set(example().split())
    assert {("hooks", point) for point in keys_at(("hooks",))} <= shown


NO_DEFAULT = ""
"""What a key of this name has in some section at least; what it is then stands in the example alone."""


def test_every_default_in_the_example_is_the_schemas() -> None:
    """A comment `default: X` beside a key whose schema has a default says that default."""
    lines = [line for line in example().splitlines() if "; default: " in line and not line.lstrip().startswith("#")]
    defaults: dict[str, set[str]] = {}
    for key, default in _defaults():
        defaults.setdefault(key, set()).add(default)
    checked = 0
    for line in lines:
        key, said = line.split(":")[0].strip(" -"), line.rsplit("; default: ", 1)[1]
        known = defaults.get(key, {NO_DEFAULT})
        assert said in known or NO_DEFAULT in known, line
        checked += said in known
    assert checked > 15


def _defaults() -> Iterator[tuple[str, str]]:
    schema = json_schema()
    for form in [*schema["$defs"].values(), schema]:
        for key, entry in form["properties"].items():
            default = entry.get("default")
            yield key, default if isinstance(default, str) else NO_DEFAULT


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"keep": "many"}, "$.keep"),
        ({"strategy": "blue-green"}, "$.strategy"),
        ({"timeouts": {"connect": "10"}}, "$.timeouts.connect"),
        ({"undo": True}, "$"),
        ({"hold": {"max": 5}}, "$.hold.max"),
        ({"inventory": {"a": {"adress": "x"}}}, "$.inventory"),
    ],
)
def test_the_schema_refuses_what_reading_refuses(change: Form, complaint: str) -> None:
    found = told({**as_editors_do(example()), **change})
    assert [line.split(":")[0] for line in found] == [complaint]


def test_the_schema_takes_a_variable_wherever_a_value_stands() -> None:
    change = {"keep": "${KEEP}", "guard": "${GUARD:-on}", "timeouts": {"connect": "${T}"}, "strategy": "${S}"}
    assert told({**as_editors_do(example()), **change, "x-mine": 1}) == []


def test_the_schema_requires_what_reading_requires() -> None:
    found = told({"waves": [{}]})
    assert sum("is a required property" in line for line in found) == 7


def test_a_section_that_is_none_takes_no_keys() -> None:
    assert keys_at(("service", "x")) == frozenset()
    assert keys_at(("waves", 0, "bake")) == {"min", "max"}
    assert keys_at(("gates", "health", "expect", "release")) == {"json", "header", "body"}


def test_sections_do_not_change() -> None:
    section = PlanSection.model_validate({"keep": "7"})
    with pytest.raises(ValueError, match="frozen"):
        section.keep = 8


def test_nothing_is_composed_from_nothing() -> None:
    assert compose("", "f.yml") is None
    assert Machine().exists("/any")
