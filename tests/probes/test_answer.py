"""What an answer says about the release that gave it."""

import pytest

from deployer.gates.health import Wanted
from deployer.plan.model import Expect, ReleaseBody, ReleaseHeader, ReleaseJson
from deployer.probes.answer import HttpAnswer, look

R2 = Wanted("r2")


def _release(expect: Expect, body: str, wanted: Wanted = R2) -> str | None:
    headers = (("x-release", "r2"), ("location", "https://a.example/"))
    return look(HttpAnswer(200, headers, body.encode()), "host", expect, wanted).release


@pytest.mark.parametrize(
    ("body", "release"),
    [
        ('{"app": {"version": "r2"}}', "r2"),
        ('{"app": {"version": 7}}', "7"),
        ('{"app": {"version": true}}', "true"),
        ('{"app": {"version": ""}}', None),
        ('{"app": {"version": 1.10}}', "1.10"),
        ('{"app": {"version": ' + "9" * 9000 + "}}", "9" * 9000),
        ("[" * 60000, None),
        ('{"app": {"version": null}}', None),
        ('{"app": []}', None),
        ("[]", None),
        ("not json", None),
        ("", None),
    ],
)
def test_the_release_is_found_under_its_path_in_json(body: str, release: str | None) -> None:
    assert _release(Expect(release=ReleaseJson("app.version")), body) == release


def test_the_release_is_found_in_a_header_whatever_its_case() -> None:
    assert _release(Expect(release=ReleaseHeader("X-Release")), "") == "r2"
    assert _release(Expect(release=ReleaseHeader("X-Other")), "") is None


def test_a_body_text_proves_the_wanted_release_only() -> None:
    expect = Expect(release=ReleaseBody("version {{release}};"))
    assert _release(expect, "this is version r2; hello") == "r2"
    assert _release(expect, "this is version r1; hello") is None
    assert _release(expect, "version r2;", Wanted(None)) is None


def test_a_body_text_shows_the_unwanted_release_when_any_other_will_do() -> None:
    expect = Expect(release=ReleaseBody("version {{release}};"))
    assert _release(expect, "version bad;", Wanted(None, unwanted="bad")) == "bad"
    assert _release(expect, "version r1;", Wanted(None, unwanted="bad")) is None


def test_without_proof_no_release_is_read() -> None:
    assert _release(Expect(release=None), '{"release": "r2"}') is None


def test_the_body_is_shown_in_one_short_line_and_a_redirect_with_its_goal() -> None:
    answer = HttpAnswer(302, (("location", "/login"),), b"a\n b\n" + b"c" * 1000, 0.5)
    seen = look(answer, "local", Expect(), R2)
    assert seen.location == "/login"
    assert seen.body.startswith("a b ccc")
    assert len(seen.body) <= 300
