"""Whether a service can be reloaded, from plain values."""

import pytest

from deployer.host.reloading import reload_findings
from tests.host.fit import SERVICE, WANTED, inspection


@pytest.mark.parametrize("line", ["ExecReload=/bin/kill -HUP $MAINPID", "Type=notify-reload"])
def test_a_service_that_says_how_it_is_reloaded_is_fit(line: str) -> None:
    assert not list(reload_findings(inspection(service=f"{SERVICE}{line}\n"), WANTED))


def test_a_service_that_does_not_say_how_it_is_reloaded_is_refused_with_the_line_to_add() -> None:
    (found,) = reload_findings(inspection(), WANTED)
    assert found.code == "no-reload"
    assert "ExecReload=" in found.remedy
    assert "gunicorn does with --chdir /srv/app/current and without --preload" in found.remedy


def test_the_first_release_is_started_and_need_not_be_reloaded() -> None:
    assert not list(reload_findings(inspection(current=""), WANTED))
