"""What a metrics page says: the text format and OpenMetrics; and every way in which a page is none."""

import pytest

from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics.exposition import COUNTER, GAUGE, LIMIT, UNKNOWN, Page, read
from deployer.readings import Unmeasured
from tests.probes.metrics.pages import HISTOGRAM, OPEN, TEXT, answer, histogram, page, parsed

NAMES = frozenset({"http_requests_total"})


def values(found: Page) -> dict[str, float]:
    """Samples as text."""
    return {f"{each.name} {dict(each.labels)}": each.value for each in found.samples}


def code_of(found: HttpAnswer) -> str:
    """Why an answer cannot be read."""
    wrong = read(found, NAMES)
    assert isinstance(wrong, Unmeasured)
    assert wrong.message
    assert wrong.remedy
    assert wrong.rule == ""
    return wrong.code


def test_samples_come_with_their_labels_and_values() -> None:
    found = parsed(page({"200": 7, "500": 1.5}), "http_requests_total")
    assert values(found) == {
        "http_requests_total {'code': '200', 'path': '/'}": 7,
        "http_requests_total {'code': '500', 'path': '/'}": 1.5,
    }
    assert found.kinds == {"http_requests_total": COUNTER}


def test_only_what_is_asked_for_is_read_and_every_name_is_known() -> None:
    found = parsed(page({"200": 7}, "# TYPE depth gauge\ndepth 3\nbare 1"), "depth")
    assert values(found) == {"depth {}": 3}
    assert found.kinds == {"http_requests_total": COUNTER, "depth": GAUGE, "bare": UNKNOWN}


def test_a_counter_without_total_in_its_name_keeps_the_name_that_the_page_has() -> None:
    found = parsed("# TYPE hits counter\nhits 4\n", "hits")
    assert values(found) == {"hits {}": 4}
    assert found.kinds == {"hits": COUNTER}


def test_a_metric_that_is_declared_and_has_no_series_yet_is_known() -> None:
    text = "# TYPE errors_total counter\n# TYPE wait_seconds histogram\n# TYPE depth gauge\n# TYPE size summary\n"
    kinds = parsed(text, "errors_total").kinds
    assert kinds["errors_total"] == kinds["wait_seconds_bucket"] == kinds["size_count"] == COUNTER
    assert kinds["depth"] == kinds["size"] == GAUGE


def test_open_metrics_is_read_when_the_content_type_says_so() -> None:
    text = '# TYPE http_requests counter\nhttp_requests_total{code="200"} 7.0 # {id="a"} 1.0\n# EOF\n'
    assert values(parsed(text, "http_requests_total", kind=OPEN)) == {"http_requests_total {'code': '200'}": 7}
    assert code_of(answer(text.replace("# EOF\n", ""), OPEN)) == "not-parsable"


def test_a_histogram_is_read_in_both_formats() -> None:
    text = HISTOGRAM + histogram({"0.5": 3, "1.0": 4, "+Inf": 5}) + "\n"
    plain = parsed(text, "http_duration_seconds_bucket")
    assert plain.samples == parsed(text + "# EOF\n", "http_duration_seconds_bucket", kind=OPEN).samples
    assert [each.value for each in plain.samples] == [3, 4, 5]


def test_labels_with_quotes_commas_braces_and_other_alphabets_are_read() -> None:
    found = parsed('hits{path="/a,b}\\"\\\\ü",x="="} 2 1700000000000\n', "hits")
    assert dict(found.samples[0].labels) == {"path": '/a,b}"\\ü', "x": "="}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (HttpAnswer(error="no connection (refused or unreachable)"), "no-answer"),
        (HttpAnswer(error="no answer within 5 s"), "no-answer"),
        (answer("not found", status=404), "http-status"),
        (HttpAnswer(302, (("location", "/login"),)), "http-status"),
        (answer("", status=401), "http-status"),
        (answer(""), "empty-body"),
        (answer("\n# only a comment\n"), "empty-body"),
        (answer("# EOF\n", OPEN), "empty-body"),
        (answer("<html></html>", "text/html"), "html-page"),
        (answer("  <!DOCTYPE html><title>Sign in</title>"), "html-page"),
        (answer('{"requests": 5}', "application/json"), "not-parsable"),
        (answer("it works"), "not-parsable"),
        (answer("http_requests_total{code=200} 5\n"), "not-parsable"),
        (answer("http_requests_total 1 " + "9" * 400 + "\n"), "not-parsable"),
        (answer("x" * LIMIT), "too-large"),
    ],
)
def test_every_way_to_give_no_metrics_has_a_code_of_its_own(found: HttpAnswer, code: str) -> None:
    assert code_of(found) == code


def test_a_redirect_says_where_to() -> None:
    wrong = read(HttpAnswer(302, (("location", "https://login.example/"),)), NAMES)
    assert isinstance(wrong, Unmeasured)
    assert "302 to https://login.example/" in wrong.message


def test_garbage_elsewhere_on_the_page_does_not_hide_what_is_asked_for() -> None:
    assert values(parsed("hits 3\nother{broken 5\n", "hits")) == {"hits {}": 3}


def test_a_native_histogram_has_no_buckets_to_read_and_does_no_harm() -> None:
    value = "{count:2,sum:3,schema:0,zero_threshold:0,zero_count:0,positive_spans:[0:2],positive_deltas:[1,0]}"
    text = f"# TYPE http_requests_total histogram\nhttp_requests_total {value}\n# EOF\n"
    assert parsed(text, "http_requests_total_bucket", kind=OPEN).samples == ()
    assert code_of(answer(text, OPEN)) == "not-parsable"


def test_a_nan_is_read_as_one() -> None:
    found = parsed("hits NaN\n", "hits")
    assert found.samples[0].value != found.samples[0].value


def test_windows_line_ends_are_no_fault() -> None:
    assert values(parsed(page({"200": 7}).replace("\n", "\r\n"), "http_requests_total", kind=TEXT))
