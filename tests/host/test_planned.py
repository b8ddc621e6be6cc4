"""The plan's own units before a first deploy: judged by the rules that live units are judged by."""

from dataclasses import replace

import pytest

from deployer.host.inspection import Inspection
from deployer.host.planned import as_planned
from deployer.host.preflight import Wanted, refusals, review
from deployer.host.unitfile import UnitFile
from deployer.verbs.mends import patches
from tests.host.fit import SERVICE, SOCKET, WANTED, inspection

NOTHING = "Id=app.service\nLoadState=not-found\nActiveState=inactive\n\nId=app.socket\nLoadState=not-found"
SOUND = f"""\
[Unit]
StartLimitIntervalSec=0
{SERVICE}Type=exec
Restart=always
RestartSec=1
NonBlocking=true
DynamicUser=yes
"""
OPEN = f"{SOCKET}TriggerLimitIntervalSec=0\n"


def fresh(**change: str) -> Inspection:
    """Give what a host says that has nothing of the service."""
    none = {"show": NOTHING, "current_kind": "none", "current": "", "listening": "", "held": ""}
    return inspection(**(none | {"service": "", "socket": ""} | change))


def bringing(service: str = SOUND, socket: str = OPEN) -> Wanted:
    """Give a bridge whose plan brings both units."""
    return replace(
        WANTED, bridge=True, rehearse=True, units=(UnitFile("app.socket", socket), UnitFile("app.service", service))
    )


def codes(wanted: Wanted, found: Inspection | None = None) -> list[str]:
    """Give the codes of everything that is told."""
    return [finding.code for finding in review(found or fresh(), wanted)]


def test_sound_units_need_no_word() -> None:
    assert codes(bringing()) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[Unit]", "[Unit]\nBindsTo=x.mount app.socket", "binds-to"),
        ("NonBlocking=true", "", "bridge-blocking"),
        ("StartLimitIntervalSec=0\n", "", "start-limit"),
        ("StartLimitIntervalSec=0", "StartLimitInterval=20", "start-limit"),
        ("Type=exec", "", "type-simple"),
        ("Type=exec", "Type=forking", "copy-type"),
        ("Restart=always", "", "restart-no"),
        ("RestartSec=1", "", "restart-soon"),
        ("RestartSec=1", "RestartSec=1\nRestartMode=direct", "restart-direct"),
        ("RestartSec=1", "RestartSec=1\nTimeoutStopSec=5min", "stop-timeout"),
        ("DynamicUser=yes", "", "not-hardened"),
        ("[Unit]", "[Unit]\nConditionPathExists=/x", "condition"),
    ],
)
def test_a_service_of_the_plan_is_judged_like_a_live_one(old: str, new: str, code: str) -> None:
    assert codes(bringing(SOUND.replace(old, new))) == [code]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Accept=yes", "accept"),
        ("ReusePort=1", "reuse-port"),
        ("FlushPending=true", "flush-pending"),
        ("Service=other.service", "other-service"),
    ],
)
def test_a_socket_of_the_plan_is_judged_like_a_live_one(line: str, code: str) -> None:
    assert codes(bringing(socket=f"{OPEN}{line}\n")) == [code]


def test_a_socket_in_the_service_s_runtime_folder_is_seen_before_it_is_there() -> None:
    inside = bringing(f"{SOUND}RuntimeDirectory=app\n", OPEN.replace("127.0.0.1:8080", "/run/app/app.sock"))
    assert codes(inside) == ["socket-in-runtime-folder"]


def test_what_a_drop_in_would_mend_is_changed_in_the_plan_s_file_where_the_host_has_no_unit() -> None:
    found = review(fresh(), bringing(SOUND.replace("NonBlocking=true", "")))
    assert found[0].remedy == "# in the plan's app.service\n[Service]\nNonBlocking=yes"
    assert patches(found, fresh()) == ()


def test_drop_ins_that_a_host_has_already_count() -> None:
    lines = fresh()
    path = "/etc/systemd/system/app.service.d/limit.conf"
    service = replace(lines.service, texts=("[Unit]\nStartLimitIntervalSec=0\n",), paths=(path,))
    wanted = bringing(SOUND.replace("StartLimitIntervalSec=0\n", ""))
    assert (codes(wanted), codes(wanted, replace(lines, service=service))) == (["start-limit"], [])


def test_a_live_service_speaks_for_itself() -> None:
    live = inspection()
    assert as_planned(live, bringing()) == live
    assert [finding.code for finding in refusals(live, replace(bringing(), bridge=False, rehearse=False))] == []
