"""Every look that is not good has a class, and every class a sentence that helps."""

import pytest

from deployer.facts import HealthLook
from deployer.gates.flaws import HINTS, Flaw, flaw
from deployer.plan.model import Expect, ReleaseHeader

EXPECT = Expect(release=ReleaseHeader("X-Release"))


def _look(status: int | None = 200, release: str | None = "r2", miss: str = "", unmet: str = "") -> HealthLook:
    return HealthLook("host", status, release, miss=miss, unmet=unmet)


@pytest.mark.parametrize(
    ("look", "found"),
    [
        (_look(), None),
        (_look(release=None), Flaw.NO_RELEASE),
        (_look(unmet="no"), Flaw.WRONG_BODY),
        (_look(204), Flaw.WRONG_STATUS),
        (_look(400), Flaw.WRONG_STATUS),
        (_look(301), Flaw.REDIRECT),
        (_look(401), Flaw.UNAUTHORIZED),
        (_look(403), Flaw.FORBIDDEN),
        (_look(404), Flaw.NOT_FOUND),
        (_look(500), Flaw.SERVER_ERROR),
        (_look(503), Flaw.SERVER_ERROR),
        (_look(None), Flaw.UNASKED),
        (_look(None, miss="tls-name"), Flaw.TLS_NAME),
        (_look(None, miss="timeout"), Flaw.TIMEOUT),
    ],
)
def test_a_look_has_the_class_of_what_is_wrong_with_it(look: HealthLook, found: Flaw | None) -> None:
    assert flaw(EXPECT, look, other=False) is found


def test_another_releases_answer_is_that_whatever_it_says() -> None:
    assert flaw(EXPECT, _look(500, "r1"), other=True) is Flaw.OTHER_RELEASE


def test_an_answer_without_an_id_is_well_when_none_is_expected() -> None:
    assert flaw(Expect(), _look(release=None), other=False) is None


def test_every_class_but_one_that_is_our_own_has_a_hint() -> None:
    assert set(Flaw) - set(HINTS) == {Flaw.UNASKED}
