"""What is told besides a cause, and what is not because it goes with it."""

from dataclasses import replace

import pytest

from deployer.host.inspection import Inspection
from deployer.host.preflight import Wanted, refusals, review
from deployer.host.reloading import reload_findings
from deployer.verbs.mends import patches
from tests.host.fit import LISTENING, SERVICE, SHOWN, SOCKET, WANTED, inspection

STOPPED = SHOWN.replace("enabled\nListen", "disabled\nListen").replace(
    "Id=app.socket\nLoadState=loaded\nActiveState=active", "Id=app.socket\nLoadState=loaded\nActiveState=inactive"
)
BESIDE = replace(WANTED, bridge=True, rehearse=True)
ELSEWHERE = "127.0.0.1:8081"


def told(found: Inspection, wanted: Wanted = WANTED) -> list[str]:
    """Give the codes of what refuses the host, in the order in which they are told."""
    return [finding.code for finding in refusals(found, wanted)]


def test_a_service_that_listens_by_itself_is_told_alone_whatever_its_socket_is_like() -> None:
    own = inspection(show=STOPPED, used="[42]", held="[9]")
    assert told(own) == told(own, replace(WANTED, rehearse=True)) == ["self-bound"]
    assert "systemctl" not in refusals(own, WANTED)[0].remedy


def test_what_a_move_lacks_is_told_before_anything_is_enabled() -> None:
    own = inspection(show=STOPPED, used="[42]", held="[9]")
    assert told(own, replace(WANTED, migrate=True)) == ["migrate-units"]


def test_options_of_a_socket_that_is_down_are_changed_without_starting_it() -> None:
    shared = STOPPED.replace("Accept=no", "Accept=no\nReusePort=yes")
    (_, finding) = refusals(inspection(show=shared, used="[42]", held="[9]"), WANTED)
    assert (finding.code, "systemctl restart" in finding.remedy) == ("reuse-port", False)


def test_an_option_of_an_open_socket_counts_when_it_is_opened_again_and_the_remedy_says_that_this_closes_it() -> None:
    (finding,) = refusals(inspection(show=SHOWN.replace("Accept=no", "Accept=no\nReusePort=yes")), WANTED)
    assert "closes the port" in finding.remedy
    assert "systemctl restart app.socket app.service" in finding.remedy


def test_of_a_harmful_option_that_is_off_in_the_file_it_is_not_said_to_change_the_file_back() -> None:
    for option in ("ReusePort", "Accept"):
        shown = SHOWN.replace("Accept=no", f"{option}=yes")
        assert told(inspection(show=shown, socket=f"{SOCKET}{option}=no\n")) == [
            {"ReusePort": "reuse-port", "Accept": "accept"}[option]
        ]


def test_a_masked_service_is_told_alone_and_gets_no_drop_in() -> None:
    masked = inspection(
        show=SHOWN.replace(
            "Id=app.service\nLoadState=loaded",
            "Id=app.service\nLoadState=masked\nRestart=no\nStartLimitIntervalUSec=10s\nStartLimitBurst=5",
        ),
        service="",
    )
    found = review(masked, BESIDE)
    assert [finding.code for finding in found] == ["masked"]
    assert list(reload_findings(masked, WANTED)) == []
    able = inspection(show=SHOWN.replace("Id=app.service", "Id=app.service\nRestart=no"))
    mends = review(able, WANTED)
    assert [patch.unit for patch in patches(mends, able)] == ["app.service"]
    assert patches(mends, masked) == ()


def test_of_a_masked_socket_nothing_else_is_told() -> None:
    shown = SHOWN.replace(
        "Id=app.socket\nLoadState=loaded", "Id=app.socket\nLoadState=masked\nTriggerLimitIntervalUSec=2s"
    )
    assert [finding.code for finding in review(inspection(show=shown), BESIDE) if not finding.soft] == [
        "masked",
        "bridge-blocking",
    ]


def test_one_service_per_connection_has_no_live_socket_and_needs_no_further_word() -> None:
    shown = SHOWN.replace("Accept=no", "Accept=yes").replace("Triggers=app.service", "")
    assert told(inspection(show=shown), replace(WANTED, rehearse=True)) == ["accept"]


def test_a_bound_service_shows_by_what_it_is_bound() -> None:
    bound = inspection(show=SHOWN.replace("Id=app.service", "Id=app.service\nBindsTo=app.socket"))
    (finding,) = refusals(bound, WANTED)
    assert (finding.code, finding.evidence) == ("binds-to", "BindsTo=app.socket")


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", None])
def test_a_socket_whose_address_was_edited_still_serves_where_it_did_and_that_is_told(listen: str | None) -> None:
    shown = SHOWN.replace("127.0.0.1:8080", ELSEWHERE)
    edited = inspection(show=shown, socket=SOCKET.replace("8080", "8081"), listening=LISTENING, used="[42]", held="[9]")
    wanted = replace(WANTED, listen=listen, health="http://127.0.0.1:8080/healthz")
    (finding,) = refusals(edited, wanted)
    assert finding.code == "not-held"
    assert "127.0.0.1:8080: only the running process of app.service has it still" in finding.evidence
    assert finding.remedy.startswith("# this closes 127.0.0.1:8080")
    assert "change ListenStream= back first" in finding.remedy


@pytest.mark.parametrize(("stopped", "code"), [("20", "not-active"), ("5", "self-bound"), ("0", "self-bound")])
def test_a_socket_that_was_stopped_under_its_service_is_no_port_of_the_service_s_own(stopped: str, code: str) -> None:
    shown = STOPPED.replace("disabled", "enabled").replace(
        "Id=app.socket", f"Id=app.socket\nInactiveEnterTimestampMonotonic={stopped}"
    )
    shown = shown.replace("Id=app.service", "Id=app.service\nInactiveExitTimestampMonotonic=10")
    found = inspection(show=shown, used="[42]", held="[9]")
    assert told(found) == [code]
    still = "only the running process" in refusals(found, WANTED)[0].evidence
    assert still is (code == "not-active")


def test_a_service_that_runs_nothing_of_a_release_has_nothing_that_could_be_copied() -> None:
    elsewhere = inspection(
        service=SERVICE.replace("current", "elsewhere") + "NonBlocking=yes\n",
        show=SHOWN.replace("Id=app.service", "Id=app.service\nNonBlocking=yes\nTriggeredBy=app.socket"),
    )
    assert told(elsewhere, BESIDE) == ["not-current"]
