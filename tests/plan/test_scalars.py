"""Single values: what is taken and what is refused, in the words a user reads."""

import re
from collections.abc import Callable
from fractions import Fraction

import pytest

from deployer.plan import addresses, measures, paths, scalars, selector
from deployer.plan.model import Scope
from deployer.plan.selector import Count, Named, Percent, Rest
from deployer.plan.wrong import WrongError, describe, did_you_mean, listed

Reader = Callable[[object], object]

TAKEN: list[tuple[Reader, object, object]] = [
    (scalars.read_text, "x", "x"),
    (scalars.whole(0), "0", 0),
    (scalars.whole(1, 5), "5", 5),
    (scalars.read_switch, "on", True),
    (scalars.read_switch, "TRUE", True),
    (scalars.read_switch, "no", False),
    (scalars.read_switch_or_path, "off", False),
    (scalars.read_switch_or_path, "./config", "./config"),
    (scalars.read_none, "none", None),
    (scalars.read_duration, "0s", 0.0),
    (scalars.read_duration, "250ms", 0.25),
    (scalars.read_duration, "1m30s", 90.0),
    (scalars.read_duration, "1.5h", 5400.0),
    (scalars.read_positive, "1ms", 0.001),
    (scalars.read_limit, "none", None),
    (scalars.read_limit, "1h", 3600.0),
    (scalars.read_percent, "12.5%", Fraction(1, 8)),
    (scalars.read_percent, "100%", Fraction(1)),
    (scalars.read_version, "1", 1),
    (scalars.read_release, "a" * 100, "a" * 100),
    (scalars.read_release, "2024.06.1_rc-1", "2024.06.1_rc-1"),
    (scalars.read_service, "myapp", "myapp"),
    (scalars.read_service, "my.app@blue-1", "my.app@blue-1"),
    (scalars.read_socket_unit, "myapp@blue.socket", "myapp@blue.socket"),
    (scalars.read_owner, "app:www-data", "app:www-data"),
    (scalars.read_host_name, "web-1.example.net", "web-1.example.net"),
    (scalars.read_variable_name, "_KEY2", "_KEY2"),
    (scalars.read_header_name, "X-Api-Key", "X-Api-Key"),
    (scalars.read_header_value, "", ""),
    (scalars.read_label, "web", ("web",)),
    (scalars.read_label, ["web", "db"], ("web", "db")),
    (scalars.read_status, "204", 204),
    (scalars.read_wave_name, "canary", "canary"),
    (paths.read_root, "/srv/myapp", "/srv/myapp"),
    (paths.read_root, "/srv/myapp/", "/srv/myapp"),
    (paths.read_root, "/var/lib/myapp", "/var/lib/myapp"),
    (paths.read_root, "/home/app/live", "/home/app/live"),
    (paths.read_shared, "var/uploads/", "var/uploads/"),
    (paths.read_shared, ".env", ".env"),
    (paths.read_shared, "..env", "..env"),
    (selector.read_selector, "3", Count(3)),
    (selector.read_selector, "25%", Percent(Fraction(1, 4))),
    (selector.read_selector, "rest", Rest()),
    (selector.read_selector, "web-*", Named(("web-*",))),
    (selector.read_selector, ["web-1", "region=eu"], Named(("web-1", "region=eu"))),
    (selector.read_failures, "0", Count(0)),
    (selector.read_failures, "10%", Percent(Fraction(1, 10))),
]

REFUSED: list[tuple[Reader, object, str]] = [
    (scalars.read_text, "", "expected text, got ''"),
    (scalars.read_text, ["a"], "expected text, got a list"),
    (scalars.read_text, {"a": "b"}, "expected text, got a mapping"),
    (scalars.whole(1), "0", "expected a whole number of at least 1, got '0'"),
    (scalars.whole(1), "012", "expected a whole number of at least 1, got '012'"),
    (scalars.whole(1, 5), "6", "expected a whole number from 1 to 5, got '6'"),
    (scalars.whole(1), "1000000000", "expected a whole number from 1 to 999999999, got '1000000000'"),
    (scalars.whole(0), "\u0663", "expected a whole number of at least 0"),
    (scalars.whole(0), None, "expected a whole number of at least 0, got nothing"),
    (scalars.read_switch, "maybe", "expected on or off, got 'maybe'"),
    (scalars.read_switch, [], "expected on or off, got a list"),
    (scalars.read_none, "non", "expected a mapping or none, got 'non'"),
    (scalars.read_duration, "30", r"expected a duration with a unit \(ms, s, m, h\), got '30'"),
    (scalars.read_duration, "1d", "expected a duration"),
    (scalars.read_duration, "-1s", "expected a duration from 0s up to 8760h"),
    (scalars.read_duration, "1 s", "expected a duration"),
    (scalars.read_duration, [], "expected a duration .*, got a list"),
    (scalars.read_positive, "0s", r"expected a duration above 0s up to 8760h \(a year\), got '0s'"),
    (scalars.read_duration, "8760h1ms", "expected a duration from 0s up to 8760h"),
    (scalars.read_duration, "9999999999s", "expected a duration from 0s up to 8760h"),
    (scalars.read_limit, "-1h", "expected a duration above 0s up to 8760h"),
    (scalars.read_percent, "0%", "expected a percentage above 0% up to 100%, got '0%'"),
    (scalars.read_percent, "101%", "expected a percentage"),
    (scalars.read_percent, [], "expected a percentage"),
    (scalars.read_version, "2", "expected 1, got '2'"),
    (scalars.read_release, "-x", "expected a release id"),
    (scalars.read_release, "a" * 101, "expected a release id"),
    (scalars.read_release, "a\n", "expected a release id"),
    (scalars.read_service, "../etc", "expected a service name"),
    (scalars.read_service, "myapp@", "expected a service name"),
    (scalars.read_service, "myapp.service", "expected a service name without .service, got 'myapp.service'"),
    (scalars.read_socket_unit, "myapp.service", "expected a socket unit's name"),
    (scalars.read_owner, "app", "expected user:group, got 'app'"),
    (scalars.read_host_name, "rest", "a host cannot be called 'rest'"),
    (scalars.read_host_name, "x-web", "a host cannot be called 'x-web'"),
    (scalars.read_host_name, "web 1", "expected a host's name"),
    (scalars.read_variable_name, "A-B", "expected the name of an environment variable"),
    (scalars.read_header_name, "a b", "expected the name of an HTTP header"),
    (scalars.read_header_value, [], "expected text, got a list"),
    (scalars.read_header_value, "secret\nX: y", "^expected one line of printable text as a header's value$"),
    (scalars.read_status, "99", "expected a whole number from 200 to 599"),
    (scalars.read_status, "302", "expected a status that is no redirect, got 302"),
    (paths.read_root, "srv/myapp", "expected an absolute path"),
    (paths.read_root, "/srv/../etc", "expected an absolute path"),
    (paths.read_root, "//srv/myapp", "expected an absolute path"),
    (paths.read_root, "/srv/my app", "expected an absolute path"),
    (paths.read_root, [], "expected an absolute path"),
    (paths.read_root, "/", "expected"),
    (paths.read_root, "/srv", "expected a path of at least two components, got '/srv'"),
    (paths.read_root, "/usr/local/myapp", "got a system folder"),
    (paths.read_root, "/etc/myapp", "got a system folder"),
    (paths.read_root, "/tmp/myapp", "got a system folder"),
    (paths.read_root, "/var/lib", "got a system folder"),
    (paths.read_root, "/var/lib/systemd", "got a system folder"),
    (paths.read_shared, "/var", "expected a path inside the release"),
    (paths.read_shared, "a/../b", "expected a path inside the release"),
    (paths.read_shared, "..", "expected a path inside the release"),
    (paths.read_shared, "./a", "expected a path inside the release"),
    (paths.read_shared, ".", "expected a path inside the release"),
    (paths.read_shared, "a//", "expected a path inside the release"),
    (paths.read_shared, "", "expected a path inside the release"),
    (paths.read_shared, "a\nb", "expected a path inside the release"),
    (paths.read_shared, [], "expected a path inside the release"),
    (paths.read_shared, "RELEASE", "RELEASE cannot be shared"),
    (selector.read_selector, "0", "expected a whole number of at least 1"),
    (selector.read_selector, "0%", "expected a percentage"),
    (selector.read_selector, [], "expected at least one host, got an empty list"),
    (selector.read_selector, ["rest"], "expected names, globs or labels in a list, got 'rest'"),
    (selector.read_selector, ["10%"], "expected names, globs or labels in a list, got '10%'"),
    (selector.read_selector, ["region="], "expected label=value, got 'region='"),
    (selector.read_selector, "=eu", "expected label=value, got '=eu'"),
    (selector.read_selector, [[]], "expected text, got a list"),
    (selector.read_failures, "-1", "expected a whole number of at least 0, or a percentage up to 100%, got '-1'"),
    (selector.read_failures, "101%", "expected a percentage above 0% up to 100%"),
]


@pytest.mark.parametrize(("reader", "written", "value"), TAKEN)
def test_a_value_is_read_as_what_it_means(reader: Reader, written: object, value: object) -> None:
    assert reader(written) == value


@pytest.mark.parametrize(("reader", "written", "message"), REFUSED)
def test_a_value_that_means_nothing_is_refused_with_what_was_expected(
    reader: Reader, written: object, message: str
) -> None:
    with pytest.raises(WrongError, match=message):
        reader(written)


def test_a_bare_number_as_a_duration_is_told_how_to_write_it() -> None:
    with pytest.raises(WrongError) as caught:
        scalars.read_duration("30")
    assert caught.value.remedy == "write 30s for seconds, 30m for minutes"


def numbers() -> list[tuple[Reader, object]]:
    wholes = [scalars.whole(1), scalars.whole(1, 65535, such_as=22), scalars.read_status, selector.read_failures]
    durations = [scalars.read_duration, scalars.read_positive, scalars.read_limit]
    amounts: list[tuple[Reader, object]] = [(measures.read_amount, "150%"), (measures.read_quantile, "49")]
    far = [(each, "-1") for each in (*wholes, measures.read_ratio)] + [(each, "-1s") for each in durations]
    return [*far, *amounts, (scalars.read_percent, "150%"), (addresses.read_listen, "70000")]


@pytest.mark.parametrize(("reader", "written"), numbers())
def test_what_is_out_of_range_is_told_the_range_and_an_example_that_is_taken(reader: Reader, written: object) -> None:
    with pytest.raises(WrongError, match=r"expected .*(from|above|at least) [0-9]") as caught:
        reader(written)
    example = re.match(r"write ([^ ,]+)", caught.value.remedy)
    assert example, caught.value.remedy
    reader(example[1])


def test_a_word_that_is_no_text_has_no_likely_meaning() -> None:
    with pytest.raises(WrongError, match="expected rollout or wave, got a list"):
        scalars.one_of(Scope)([])


def test_what_is_found_is_described_by_its_shape() -> None:
    found: list[object] = [None, [], {}, "x"]
    assert [describe(value) for value in found] == ["nothing", "a list", "a mapping", "'x'"]


def test_nothing_is_suggested_when_nothing_is_close() -> None:
    assert did_you_mean("qqq", ["service", "root"]) == ""


def test_long_lists_are_cut_and_counted() -> None:
    assert listed(["a", "b", "c"], limit=2) == "a, b and 1 more"
