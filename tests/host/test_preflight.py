"""What keeps a host out of a rollout, from plain values."""

from dataclasses import replace

import pytest

from deployer.host.facts import NO_ANSWER, Facts, Failure
from deployer.host.inspection import Folder, Inspection
from deployer.host.preflight import Wanted, listeners_of, refusals, unanswered
from deployer.host.unitfile import UnitFile
from deployer.host.unitstate import UnitState
from tests.host.fit import LISTENING, SERVICE, SHOWN, SOCKET, WANTED, inspection


def codes(found: Inspection, wanted: Wanted = WANTED) -> list[str]:
    """Give the codes of all refusals."""
    return [finding.code for finding in refusals(found, wanted)]


def test_a_good_host_is_not_refused() -> None:
    assert refusals(inspection(), WANTED) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"uid": "1000"}, "not-root"),
        ({"writable": "/srv/app cannot be written"}, "not-writable"),
        ({"owner": "no"}, "owner"),
        ({"current_kind": "other"}, "current"),
        ({"staged": "other"}, "release-exists"),
        ({"held": "[41]"}, "not-held"),
        ({"service": "[Service]\nExecStart=/usr/bin/app\n"}, "not-current"),
        ({"socket": "[Socket]\nListenStream=127.0.0.1:81\n"}, "socket-differs"),
    ],
)
def test_a_fact_that_is_wrong_is_refused_with_a_remedy_or_evidence(change: dict[str, str], code: str) -> None:
    findings = refusals(inspection(**change), WANTED)
    assert [finding.code for finding in findings] == [code]
    assert findings[0].remedy or findings[0].evidence
    assert code in str(findings[0])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Id=app.service\nLoadState=loaded", "Id=app.service\nLoadState=masked", "masked"),
        ("Id=app.service\nLoadState=loaded", "Id=app.service\nLoadState=not-found", "service-missing"),
        ("Id=app.service\nLoadState=loaded", "Id=app.service\nLoadState=bad-setting", "service-broken"),
        ("Id=app.service", "Id=app.service\nBindsTo=x.mount app.socket", "binds-to"),
        ("Id=app.socket\nLoadState=loaded", "Id=app.socket\nLoadState=masked", "masked"),
        ("Id=app.socket\nLoadState=loaded", "Id=app.socket\nLoadState=not-found", "socket-missing"),
        ("Accept=no", "Accept=no\nReusePort=yes", "reuse-port"),
        ("Accept=no", "Accept=no\nFlushPending=yes", "flush-pending"),
        ("Triggers=app.service", "Triggers=other.service", "other-service"),
        ("UnitFileState=enabled\nListen", "UnitFileState=disabled\nListen", "not-enabled"),
        (
            "ActiveState=active\nUnitFileState=enabled\nListen",
            "ActiveState=failed\nUnitFileState=enabled\nListen",
            "not-active",
        ),
        ("127.0.0.1:8080 (Stream)", "127.0.0.1:8080 (Datagram)", "no-stream"),
    ],
)
def test_a_unit_that_is_wrong_is_refused(old: str, new: str, code: str) -> None:
    assert code in codes(inspection(show=SHOWN.replace(old, new), used="[42]"))


def test_the_socket_of_a_service_behind_a_proxy_starts_the_proxy() -> None:
    shown = SHOWN.replace("Triggers=app.service", "Triggers=app-proxy.service")
    behind = replace(WANTED, proxy="app-proxy.service")
    assert codes(inspection(show=shown)) == codes(inspection(), behind) == ["other-service"]
    assert codes(inspection(show=shown), behind) == []


def test_a_proxy_that_the_plan_brings_needs_its_program() -> None:
    shown = SHOWN.replace("Triggers=app.service", "Triggers=app-proxy.service")
    brought = UnitFile("app-proxy.service", "[Service]\nExecStart=/usr/sbin/haproxy -db -f /dev/stdin\n")
    behind = replace(WANTED, proxy="app-proxy.service", units=(brought,))
    assert codes(inspection(show=shown, tools="curl ss"), behind) == ["proxy-missing"]
    assert codes(inspection(show=shown, tools="curl haproxy"), behind) == []


def test_accept_is_refused_once_for_itself() -> None:
    shown = SHOWN.replace("Accept=no", "Accept=yes")
    assert codes(inspection(show=shown, socket=SOCKET + "Accept=yes\n")) == ["accept"]


def test_folders_must_belong_to_root_or_the_user_and_to_nobody_else() -> None:
    good = inspection()
    for folder, wrong in (
        (Folder("/x", 0, 0o775), True),
        (Folder("/x", 1000, 0o700), False),
        (Folder("/x", 33, 0o755), True),
    ):
        assert (codes(replace(good, folders=(folder,))) == ["unsafe-folder"]) is wrong


def test_room_is_needed_for_the_release_only_when_it_is_not_there() -> None:
    wanted = replace(WANTED, need=4_000_000_000)
    finding = refusals(inspection(), wanted)[0]
    assert (finding.code, "3906.2 MiB free" in finding.evidence) == ("disk", True)
    assert codes(inspection(staged="yes"), wanted) == []


def test_going_back_needs_the_release_and_no_open_port() -> None:
    back = replace(WANTED, digest=None)
    shown = SHOWN.replace(
        "ActiveState=active\nUnitFileState=enabled\nListen", "ActiveState=failed\nUnitFileState=enabled\nListen"
    )
    assert codes(inspection(staged="yes", show=shown), back) == []
    assert codes(inspection(staged="yes", held=""), back) == []
    assert codes(inspection(), back) == ["not-staged"]


def test_a_unit_whose_links_or_process_lead_to_a_release_is_fit() -> None:
    elsewhere = "[Service]\nExecStart=/usr/local/bin/app\n"
    assert codes(inspection(service=elsewhere, runs="/srv/app/releases/v1/bin/app")) == []
    assert codes(inspection(service=elsewhere, cwd="/data/releases/v1", real_releases="/data/releases")) == []
    units = (UnitFile("app.service", elsewhere),)
    assert codes(inspection(runs="/srv/app/releases/v1/bin/app"), replace(WANTED, units=units)) == ["not-current"]


def test_the_plans_address_is_compared_with_the_hosts() -> None:
    finding = refusals(inspection(), replace(WANTED, listen="0.0.0.0:8080"))[0]
    assert (finding.code, finding.evidence) == ("listen-differs", "plan: 0.0.0.0:8080\nhost: 127.0.0.1:8080")


def test_the_plans_socket_is_compared_with_the_hosts_drop_ins_on_top() -> None:
    units = (UnitFile("app.socket", SOCKET.replace("8080", "8081")),)
    finding = refusals(inspection(), replace(WANTED, units=units))[0]
    assert finding.code == "socket-differs"
    assert finding.evidence == "file: 127.0.0.1:8081 (Stream)\nlive: 127.0.0.1:8080 (Stream)"


def test_a_first_deploy_brings_its_units_and_without_them_is_refused() -> None:
    shown = "Id=app.service\nLoadState=not-found\n\nId=app.socket\nLoadState=not-found"
    fresh = inspection(show=shown, current_kind="none", listening="", held="")
    fresh = replace(
        fresh, service=UnitState("app.service", fresh.service.properties), socket=UnitState("app.socket", Facts())
    )
    units = (UnitFile("app.socket", SOCKET), UnitFile("app.service", SERVICE))
    assert codes(fresh, replace(WANTED, units=units)) == []
    assert codes(fresh) == ["service-missing", "socket-missing"]
    assert listeners_of(fresh, replace(WANTED, units=units)) == ("tcp:0100007F:1F90",)
    assert listeners_of(fresh, replace(WANTED, listen="127.0.0.1:80")) == ("tcp:0100007F:0050",)


def test_other_sockets_of_the_service_that_systemd_holds_are_watched_with_it() -> None:
    lines = f"{LISTENING}\n{LISTENING.replace('1F90', '1F91').replace(' 42 ', ' 43 ')}"
    closed = "Id=off.socket\nListen=127.0.0.1:8082 (Stream)"
    siblings = f"Id=admin.socket\nListen=127.0.0.1:8081 (Stream)\n\n{closed}"
    found = inspection(sibling=siblings, listening=lines, held="[42][43]")
    assert listeners_of(found, WANTED) == ("tcp:0100007F:1F90", "admin.socket=tcp:0100007F:1F91")
    assert (found.inode, found.addresses) == ("42,43", ("127.0.0.1:8080", "127.0.0.1:8081"))
    assert found.held


def test_without_a_socket_nothing_of_it_is_asked() -> None:
    wanted = replace(WANTED, socket=None)
    assert codes(inspection(socket_unit=""), wanted) == []
    assert listeners_of(inspection(), wanted) == ()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Failure(NO_ANSWER, "sudo: a password is required", status=1), "sudo"),
        (Failure(NO_ANSWER, "sudo: not found", status=127), "sudo"),
        (Failure(NO_ANSWER, "killed", status=137), NO_ANSWER),
        (Failure("tool", "the host lacks flock", status=1), "tool"),
        (Failure("state", "cannot store", status=1), "state"),
    ],
)
def test_a_host_that_gave_no_inspection_says_why(failure: Failure, code: str) -> None:
    finding = unanswered(failure, user="deploy", sudo=True)
    assert (finding.code, failure.detail in str(finding)) == (code, True)


@pytest.mark.parametrize(("status", "copied"), [("differs", True), ("same", False)])
def test_a_change_of_the_plan_s_socket_has_to_be_on_the_host_before_the_socket_is_restarted(
    status: str, copied: bool
) -> None:
    units = (UnitFile("app.socket", SOCKET.replace("8080", "8081")),)
    (finding,) = refusals(inspection(unit=f"app.socket {status}"), replace(WANTED, units=units))
    lines = finding.remedy.splitlines()
    assert "closes the port" in lines[1]
    assert "stays closed" in lines[1]
    assert ("# put the plan's app.socket on the host as /etc/systemd/system/app.socket, then:" in lines) is copied
    assert lines[-1] == "systemctl daemon-reload && systemctl restart app.socket app.service"
