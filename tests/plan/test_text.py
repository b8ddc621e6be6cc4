"""YAML text: what cannot be read says where and why, and nothing it holds exhausts the machine."""

import pytest

from deployer.plan.text import MAX_BYTES, MAX_DEPTH
from tests.plan.machine import a_plan, problem, read


def test_a_syntax_error_has_the_form_of_every_problem() -> None:
    found = problem("version: 1\nservice: [a, b\nroot: /srv/x\n")
    assert (found.place.line, found.place.column) == (3, 5)
    assert found.message.startswith("not YAML: while parsing a flow sequence, ")


def test_a_tab_as_indentation_says_to_use_spaces() -> None:
    found = problem("version: 1\nartifact:\n\tpath: dist\n")
    assert str(found.place) == "plan.yml:3:1"
    assert found.remedy == "indent with spaces, not tabs"


def test_an_unquoted_variable_in_braces_says_to_quote_it() -> None:
    found = problem("artifact: {path: ${DIST}}\n")
    assert str(found.place) == "plan.yml:1:19"
    assert found.remedy == "inside { } or [ ] a variable is quoted: '${NAME}'"


def test_a_second_document_is_refused() -> None:
    assert problem(a_plan() + "---\nversion: 1\n").place.line == 8


def test_text_that_is_not_utf_8_is_told_where_it_stops_being_so() -> None:
    found = problem("version: 1\nservice: caf\u00e9\n".encode("latin-1"))
    assert (str(found.place), found.message) == ("plan.yml:2:13", "not UTF-8")


def test_a_control_character_is_told_where_it_is() -> None:
    found = problem("version: 1\nservice: my\x07app\n")
    assert (str(found.place), found.message) == ("plan.yml:2:12", "the character U+0007 is not allowed in YAML")


def test_a_file_that_is_too_large_is_refused_as_a_whole() -> None:
    found = problem("#" * (MAX_BYTES + 1))
    assert (str(found.place), found.message) == ("plan.yml", "larger than 1024 KiB")


@pytest.mark.parametrize("opened", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opened: str) -> None:
    found = problem("a: " * (opened != "- ") + opened * 5000)
    assert found.message == f"nested deeper than {MAX_DEPTH} levels"


def test_an_alias_of_nothing_says_how_to_quote_a_star() -> None:
    found = problem(a_plan(waves="[{name: a, hosts: *web}]"))
    assert (found.message, found.remedy) == ("nothing above is called &web", "text that starts with * is quoted: '*'")


def test_non_ascii_text_is_fine() -> None:
    assert read(a_plan() + "# \U0001f680 gr\u00fc\u00dfe\n").service == "myapp"
