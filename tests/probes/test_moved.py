"""A health URL put to the private address of a rehearsal."""

import pytest

from deployer.plan.model import Expect, Health
from deployer.probes.moved import moved

HEALTH = Health("", Expect())


def where(url: str, **places: str) -> str | None:
    """Give the URL after the move; `places` are written without what a keyword cannot hold."""
    found = moved(HEALTH, url, places)
    return found.url if found else None


@pytest.mark.parametrize("live", ["127.0.0.1:8080", "0.0.0.0:8080", "[::]:8080"])
def test_the_port_tells_which_address_is_meant(live: str) -> None:
    places = {"127.0.0.1:9000": "127.0.0.1:1", live: "127.0.0.1:39123"}
    assert where("http://127.0.0.1:8080/healthz?deep=1", **places) == "http://127.0.0.1:39123/healthz?deep=1"


def test_a_url_without_a_port_means_port_80() -> None:
    assert where("http://127.0.0.1/", **{"127.0.0.1:80": "127.0.0.1:39123"}) == "http://127.0.0.1:39123/"


def test_a_unix_socket_is_told_by_its_path() -> None:
    places = {"/run/app.sock": "/run/private.sock"}
    assert where("unix:/run/app.sock:/healthz", **places) == "unix:/run/private.sock:/healthz"
    assert where("unix:/run/other.sock:/healthz", **places) is None


def test_an_address_that_no_socket_listens_on_leads_nowhere() -> None:
    assert where("http://127.0.0.1:8081/", **{"127.0.0.1:8080": "127.0.0.1:39123"}) is None


def test_the_service_is_asked_by_its_own_name() -> None:
    places = {"127.0.0.1:8080": "127.0.0.1:39123"}
    plain = moved(HEALTH, "http://127.0.0.1:8080/", places)
    assert plain
    assert plain.headers == (("Host", "127.0.0.1:8080"),)
    named = moved(Health("", Expect(), headers=(("host", "app.example"),)), "http://127.0.0.1:8080/", places)
    assert named
    assert named.headers == (("host", "app.example"),)
