"""Which services are moved behind their sockets, and which cannot be, from plain values."""

from dataclasses import replace

import pytest

from deployer.findings import Finding
from deployer.host.hold import Hold
from deployer.host.inspection import Inspection, Pending
from deployer.host.listeners import address_of, clash, kernel_form
from deployer.host.migration import announcement, held_alone, moves
from deployer.host.preflight import Wanted, listeners_of, refusals
from deployer.host.unitfile import UnitFile
from tests.host.fit import SERVICE, SHOWN, SOCKET, WANTED, inspection

UNITS = (UnitFile("app.socket", SOCKET), UnitFile("app.service", SERVICE))
PLANNED = replace(WANTED, units=UNITS)
MOVING = replace(PLANNED, migrate=True)
OTHER = "tcp 1: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 77 1 0"
PENDING = Pending("r", "v2", "", "", "", first=True, since=1.0)

GONE = SHOWN.replace("Id=app.socket\nLoadState=loaded\nActiveState=active", "Id=app.socket\nLoadState=not-found")
GONE = GONE.replace("UnitFileState=enabled\nListen=127.0.0.1:8080 (Stream)\nAccept=no\nTriggers=app.service", "")
IDLE = "failed".join(SHOWN.rsplit("active", 1))


def alone(**change: str) -> Inspection:
    """Give what a host says whose service has the port by itself, and no socket unit."""
    old = "[Service]\nExecStart=/opt/app/run\n"
    none = {"current_kind": "none", "current": "", "show": GONE, "socket": "", "service": old, "held": "[9]"}
    return inspection(**(none | {"used": "[42]"} | change))


def codes(found: Inspection, wanted: Wanted) -> list[str]:
    """Give the codes of what refuses the host."""
    return [finding.code for finding in refusals(found, wanted)]


def test_a_service_that_holds_its_port_is_moved_when_that_is_asked_for_and_the_plan_brings_the_units() -> None:
    assert codes(alone(), MOVING) == []
    assert moves(alone(), MOVING)
    assert held_alone(alone(), MOVING) == ("tcp:0100007F:1F90",)
    assert listeners_of(alone(), MOVING) == ("tcp:0100007F:1F90",)
    said = announcement(alone(), MOVING)
    assert said.startswith("app.service holds 127.0.0.1:8080 by itself, app.socket takes 127.0.0.1:8080 from it")
    assert "closed once, for about as long as the old process takes to stop" in said


def test_it_is_refused_unless_that_is_asked_for_and_the_remedy_says_how() -> None:
    (found,) = refusals(alone(), PLANNED)
    assert found.code == "self-bound"
    assert "sockdeploy apply --migrate" in found.remedy


@pytest.mark.parametrize(("kept", "listen"), [(0, None), (1, None), (1, "127.0.0.1:8080")])
def test_without_units_of_the_plan_s_own_it_says_which_to_add(kept: int, listen: str | None) -> None:
    lacking = _finding("migrate-units", alone(), replace(MOVING, units=UNITS[kept : kept + 1], listen=listen))
    assert f"does not bring {UNITS[1 - kept].name}" in lacking.message
    assert "units: [deploy/app.socket, deploy/app.service]" in lacking.remedy
    assert "sockdeploy init" in lacking.remedy


def test_a_service_under_current_and_a_socket_that_cannot_listen_are_moved_too() -> None:
    linked = {"current_kind": "link", "current": "v1", "service": SERVICE}
    assert codes(alone(**linked), MOVING) == []
    assert codes(alone(**linked, show=IDLE, socket=SOCKET), MOVING) == []
    assert codes(alone(**linked), PLANNED) == ["self-bound"]
    assert codes(alone(**linked, show=IDLE, socket=SOCKET), PLANNED) == ["self-bound"]


def test_the_plan_s_address_counts_where_the_host_s_socket_does_not_listen() -> None:
    elsewhere = IDLE.replace("127.0.0.1:8080 (Stream)", "127.0.0.1:9090 (Stream)")
    found = alone(show=elsewhere, socket=SOCKET.replace("8080", "9090"))
    assert (codes(found, MOVING), moves(found, MOVING)) == ([], True)


def test_a_second_instance_is_not_asked_for_where_there_is_no_socket_to_share() -> None:
    linked = alone(current_kind="link", current="v1", service=SERVICE)
    beside = replace(MOVING, bridge=True, rehearse=True)
    able = UnitFile("app.service", f"{SERVICE}NonBlocking=yes\n")
    assert codes(linked, replace(beside, units=(UNITS[0], able))) == []
    assert codes(linked, beside) == ["bridge-blocking"]


def test_what_holds_no_port_or_has_a_socket_is_deployed_to_as_ever() -> None:
    assert not moves(inspection(used="[42]"), MOVING)
    assert codes(inspection(used="[42]"), MOVING) == []
    assert not moves(alone(used=""), MOVING)
    assert not moves(alone(), replace(MOVING, socket=None))
    down = alone(show=GONE.replace("ActiveState=active", "ActiveState=inactive", 1))
    assert not moves(down, MOVING)


def test_what_a_run_that_died_began_is_gone_on_with_and_a_rollback_moves_nothing() -> None:
    begun = replace(alone(), pending=PENDING)
    assert (codes(begun, PLANNED), moves(begun, PLANNED)) == ([], True)
    assert not moves(begun, replace(MOVING, digest=None))
    assert "migrate-units" not in codes(begun, replace(MOVING, units=()))


def test_a_held_rollout_has_it_on_record_for_whoever_resumes_it() -> None:
    for migrate in (True, False):
        held = Hold("r", "v2", "pilot", migrate=migrate, since=1.0, until=2.0)
        assert Hold.read(f"{held.record} since=1 until=2") == held


def test_taking_back_a_held_rollout_asks_nothing_of_the_units_of_a_host_that_it_never_touched() -> None:
    assert codes(alone(), replace(WANTED, digest=None, returns=True)) == []
    assert {"not-current", "socket-missing"} <= set(codes(alone(), replace(WANTED, digest=None)))


def test_a_wrapped_service_moves_when_its_proxy_is_to_have_its_port() -> None:
    wrapped = replace(MOVING, proxy="app-proxy.service")
    assert codes(alone(), wrapped) == ["migrate-units", "other-service"]
    units = (UnitFile("app.socket", f"{SOCKET}Service=app-proxy.service\n"), UNITS[1])
    whole = replace(wrapped, units=(*units, UnitFile("app-proxy.service", "[Service]\nExecStart=/usr/sbin/haproxy\n")))
    assert codes(alone(), whole) == []
    assert codes(alone(), replace(whole, migrate=False)) == ["self-bound"]


@pytest.mark.parametrize("option", ["Accept=yes", "ReusePort=true", "FlushPending=1"])
def test_a_plan_s_socket_that_would_lose_connections_is_refused_before_it_is_there(option: str) -> None:
    units = (UnitFile("app.socket", f"{SOCKET}{option}\n"), UNITS[1])
    (found,) = refusals(alone(), replace(MOVING, units=units))
    assert found.code in {"accept", "reuse-port", "flush-pending"}
    assert option.partition("=")[0] in found.remedy


def test_a_port_that_another_program_has_is_refused_with_or_without_a_service() -> None:
    down = alone(show=GONE.replace("ActiveState=active", "ActiveState=inactive", 1), used="")
    for wanted in (MOVING, PLANNED):
        taken = _finding("port-taken", down, wanted)
        assert "127.0.0.1:8080" in taken.evidence
    wide = (UnitFile("app.socket", SOCKET.replace("127.0.0.1", "0.0.0.0")), UNITS[1])
    beside = alone(listening="tcp 1: 0200007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 77 1 0")
    assert codes(beside, replace(MOVING, units=wide)) == ["port-taken"]
    assert codes(inspection(used="[42]"), MOVING) == []


@pytest.mark.parametrize(
    ("wanted", "other", "clashes"),
    [
        ("127.0.0.1:80", "127.0.0.1:80", True),
        ("127.0.0.1:80", "127.0.0.1:81", False),
        ("127.0.0.1:80", "127.0.0.2:80", False),
        ("0.0.0.0:80", "127.0.0.2:80", True),
        ("127.0.0.1:80", "0.0.0.0:80", True),
        ("[::]:80", "127.0.0.1:80", True),
        ("127.0.0.1:80", "[::]:80", False),
        ("[::1]:80", "127.0.0.1:80", False),
        ("[::1]:80", "[::]:80", True),
        ("/run/a.sock", "/run/a.sock", True),
        ("/run/a.sock", "/run/b.sock", False),
        ("/run/a.sock", "0.0.0.0:80", False),
    ],
)
def test_two_addresses_clash_when_nobody_can_listen_on_both(wanted: str, other: str, clashes: bool) -> None:
    assert clash(kernel_form(wanted), kernel_form(other)) is clashes


@pytest.mark.parametrize(
    "address", ["127.0.0.1:80", "0.0.0.0:65535", "[::]:8080", "[2001:db8::1]:443", "/run/a:b.sock"]
)
def test_a_kernel_form_leads_back_to_its_address(address: str) -> None:
    assert address_of(kernel_form(address)) == address


def _finding(code: str, found: Inspection, wanted: Wanted) -> Finding:
    return next(finding for finding in refusals(found, wanted) if finding.code == code)
