"""Nodes to data: aliases, merge keys, duplicate keys, tags; bounded however they are woven."""

import pytest

from deployer.plan.report import Report
from deployer.plan.tree import MAX_NODES, Value, grow, prune
from tests.plan.machine import a_plan, problem, problems, read


def grown(text: str) -> dict[str, Value]:
    report = Report("f.yml")
    data = grow(text, "f.yml", (), report, {})
    report.conclude()
    return data


def test_scalars_stay_the_text_that_was_written() -> None:
    assert grown("a: [012, 1e5, on, 2024-01-01, 1:30, 'x', .inf]") == {
        "a": ["012", "1e5", "on", "2024-01-01", "1:30", "x", ".inf"]
    }


def test_keys_stay_text_too_so_that_on_is_no_switch() -> None:
    assert grown("on: host\n1: one\n") == {"on": "host", "1": "one"}


def test_a_mappings_own_keys_win_over_merged_ones_and_the_first_merged_over_later_ones() -> None:
    text = "x-a: &a {k: a, l: a}\nx-b: &b {k: b, l: b, m: b}\nr: {<<: [*a, *b], k: own}\n"
    assert grown(text) == {"r": {"k": "own", "l": "a", "m": "b"}}


def test_merge_keys_nest() -> None:
    assert grown("x-a: &a {k: 1}\nx-b: &b {<<: *a, l: 2}\nr: {<<: *b}\n") == {"r": {"k": "1", "l": "2"}}


def test_free_keys_at_the_top_are_not_looked_at() -> None:
    assert grown("x-any: ['${NOPE}', ~, !secret x]\na: 1\n") == {"a": "1"}


def test_a_merge_of_something_else_is_told() -> None:
    found = problem(a_plan(inventory="{a: {<<: text}}"))
    assert found.message == "inventory.a: expected a mapping, or a list of mappings, after <<"


def test_a_key_that_stands_twice_is_told_with_both_places() -> None:
    found = problem(a_plan() + "keep: 3\nkeep: 4\n")
    assert (str(found.place), found.message) == (
        "plan.yml:9:1",
        "keep: the key stands here a second time, first on line 8",
    )


def test_a_merge_key_that_stands_twice_is_told() -> None:
    text = "x-a: &a {user: a}\n" + a_plan(inventory="{a: {<<: *a, <<: *a}}")
    assert problem(text).message == "inventory.a.<<: the key stands here a second time, first on line 7"


@pytest.mark.parametrize("key", ["[a, b]", "{a: b}", "~", ""])
def test_a_key_that_is_no_text_is_told(key: str) -> None:
    assert problem(a_plan() + f"? {key}\n: 1\n").message == "expected text as a key"


@pytest.mark.parametrize(
    ("written", "tag"), [("!secret x", "!secret"), ("!!python/name:os.system x", "!!python/name:os.system")]
)
def test_tags_mean_nothing(written: str, tag: str) -> None:
    assert problem(a_plan(owner=written)).message == f"owner: the tag {tag} has no meaning here"


def test_a_tag_on_a_mapping_is_told_as_well() -> None:
    assert problem(a_plan(ssh="!!set {deploy}")).message == "ssh: the tag !!set has no meaning here"


def test_the_plain_tags_of_yaml_are_fine() -> None:
    assert read(a_plan(release="!!str 7")).release == "7"


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert problem("\n".join(lines)).message == f"aliases expand to more than {MAX_NODES} values"


def test_merges_that_multiply_are_stopped() -> None:
    lines = ["m0: &m0 {k: v}"]
    lines += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}" for n in range(1, 10)]
    assert problem("\n".join(lines)).message == f"aliases expand to more than {MAX_NODES} values"


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}"])
def test_an_alias_of_itself_is_stopped(text: str) -> None:
    assert problem(text).message == "nested deeper than 32 levels"


def test_the_place_of_an_aliased_value_is_where_it_is_written() -> None:
    text = "x-port: &port 99999\n" + a_plan(ssh="{port: *port}")
    assert str(problem(text).place) == "plan.yml:1:9"


def test_several_unreadable_values_in_one_list_are_all_told() -> None:
    assert len(problems(a_plan(shared='["${A}", "${B}"]'))) == 2


def test_pruning_takes_out_a_key_or_the_list_around_an_entry() -> None:
    data: dict[str, Value] = {"a": {"b": "1", "c": ["x", {"d": "2"}]}}
    prune(data, ("a", "b"))
    prune(data, ("a", "c", 1, "d"))
    assert data == {"a": {"c": ["x", {}]}}
    prune(data, ("a", "c", 0))
    assert data == {"a": {}}
    prune(data, ("a", "c", 0))
    prune(data, ())
    assert data == {"a": {}}
