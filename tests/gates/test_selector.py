"""Selectors of series: what they mean, and where a wrong one is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.gates.selector import Matcher, Operator, Selector, SelectorError, parse
from tests.gates.steady import STEADY


def test_a_name_alone_means_every_series_of_that_name() -> None:
    selector = parse(" http_requests_total ")
    assert selector == Selector("http_requests_total")
    assert selector.matches("http_requests_total", {"code": "200"})
    assert not selector.matches("http_requests", {})


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [
        ('m{code="500"}', "500", True),
        ('m{code="500"}', "5000", False),
        ('m{code!="500"}', "500", False),
        ('m{code!="500"}', "", True),
        ('m{code=~"5.."}', "503", True),
        ('m{code=~"5.."}', "5030", False),
        ('m{code=~"5..|429"}', "429", True),
        ('m{code!~"2.."}', "200", False),
        ('m{code!~"2.."}', "404", True),
        ('m{code=~".*"}', "a\nb", True),
        ('m{code=~""}', "", True),
    ],
)
def test_matchers_compare_a_whole_value(text: str, code: str, meant: bool) -> None:
    assert parse(text).matches("m", {"code": code, "path": "/"}) is meant


def test_a_label_that_is_missing_is_empty() -> None:
    assert parse('m{code=""}').matches("m", {})
    assert parse('m{code!="200"}').matches("m", {})
    assert not parse('m{code=~".+"}').matches("m", {})


def test_every_matcher_must_fit() -> None:
    selector = parse("m{ a = 'x' , b=~`y+` , }")
    assert selector.fits({"a": "x", "b": "yy"})
    assert not selector.fits({"a": "x", "b": "z"})


def test_quotes_and_escapes_are_those_of_promql() -> None:
    assert parse(r'm{a="\\d\"\n\t"}').matchers == (Matcher("a", Operator.EQUAL, '\\d"\n\t'),)
    assert parse(r"m{a=`\d`}").matchers == (Matcher("a", Operator.EQUAL, r"\d"),)


WRONG = [
    ("", 1, "expected a metric's name, got the end"),
    ("{a='b'}", 1, "expected a metric's name, got \"{a='b'}\""),
    ("rate(m[5m])", 5, "expected the end of the selector, got '(m[5m])'"),
    ("m{", 3, "expected a label's name or }, got the end"),
    ("m{a", 4, "expected =, !=, =~ or !~, got the end"),
    ("m{a=5}", 5, "expected a value in quotes, got '5}'"),
    ('m{a="b', 5, "expected a value in quotes"),
    ('m{a="b" c="d"}', 9, "expected , or }"),
    ('m{a="b"} 5', 10, "expected the end of the selector, got '5'"),
    ('m{a=~"("}', 6, "expected a regular expression, got '('"),
    (r'm{a="x\.y"}', 7, r"expected a second backslash in '\\.': write \\."),
]


@pytest.mark.parametrize(("text", "column", "message"), WRONG)
def test_a_wrong_selector_is_told_with_its_column(text: str, column: int, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.column == column
    assert isinstance(caught.value, ValueError)


@STEADY
@given(st.text(max_size=30))
def test_any_text_is_a_selector_or_told(text: str) -> None:
    try:
        assert parse(text).name in text
    except SelectorError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017 - either outcome is fine, neither is another error
