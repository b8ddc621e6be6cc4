"""The text of a copy of a service's unit, and what makes one impossible; from plain values."""

from dataclasses import replace

import pytest

from deployer.host.copy import Kind, copies, copy_name, privates
from deployer.host.copyable import copy_findings
from deployer.host.facts import Facts
from deployer.host.inspection import Inspection
from deployer.host.unitfile import Settings, UnitFile
from deployer.host.wanted import Wanted

ROOT = "/srv/app"
UNIT = "[Service]\nType=notify\nNonBlocking=true\nWorkingDirectory=/srv/app/current\nExecStart=/usr/bin/app\n"
SOCKET = {"Listen": "127.0.0.1:8080 (Stream)", "FileDescriptorName": "http", "SocketMode": "0660"}
SIBLING = "Id=admin.socket\nListen=/run/admin.sock (Stream)\nListen=@admin (Stream)\nFileDescriptorName=admin"


def inspection(
    unit: str = UNIT, *drop_ins: str, name: str = "app", sibling: str = "", listen: str = "", **shown: str
) -> Inspection:
    """Give what a host says whose service has those files; `shown` are properties of the service."""
    service = {"Id": f"{name}.service", "LoadState": "loaded", "NonBlocking": "yes"}
    service |= {"TriggeredBy": f"admin.socket {name}.socket"} | shown
    socket = {"Id": f"{name}.socket", "LoadState": "loaded"} | SOCKET | ({"Listen": listen} if listen else {})
    lines = [f"{key}={value}" for key, value in service.items()]
    lines += ["", *(f"{key}={value}" for key, value in socket.items())]
    pairs = [("service_unit", f"{name}.service"), ("socket_unit", f"{name}.socket")]
    pairs += [("show", line) for line in lines]
    pairs += [("sibling", line) for line in sibling.splitlines()]
    for number, text in enumerate((unit, *drop_ins)):
        pairs += [("service_file", f"/etc/{number}.conf"), *(("service_line", line) for line in text.splitlines())]
    return Inspection.read(Facts(tuple(pairs)))


def wanted(name: str = "app", *units: UnitFile, root: str = ROOT) -> Wanted:
    """Give what is wanted: release v2."""
    return Wanted(name, root, f"{name}.socket", release="v2", units=units)


def bridge(found: Inspection, want: Wanted | None = None) -> Settings:
    """Give the settings of the bridge's unit."""
    want = want or wanted()
    (unit,) = copies(Kind.BRIDGE, found, want)
    assert unit.name == f"{copy_name(Kind.BRIDGE, want.service)}.service"
    return Settings.read(unit.name, [unit.text])


def test_a_bridge_holds_the_live_sockets_and_is_never_restarted() -> None:
    copy = bridge(inspection(UNIT + "Restart=always\nSockets=other.socket\n", sibling=SIBLING))
    assert copy.many("Service", "Sockets") == ("app.socket", "admin.socket")
    for key, value in {"Restart": "no", "NonBlocking": "yes", "RuntimeDirectoryPreserve": "yes"}.items():
        assert copy.one("Service", key) == value
    rehearsal = copies(Kind.REHEARSAL, inspection(UNIT.replace("true", "no")), wanted())[0]
    assert "NonBlocking=no\n" in rehearsal.text
    assert "NonBlocking=yes\n" not in rehearsal.text
    assert copy.one("Unit", "CollectMode") == "inactive"
    assert copy.one("Unit", "StartLimitBurst") == "1"


def test_a_copy_says_its_release_and_ends_by_itself_when_its_cover_is_over() -> None:
    found = inspection(UNIT + "RuntimeMaxSec=infinity\n")
    copy = bridge(found, replace(wanted(), cover=900))
    assert copy.one("Unit", "X-Release") == "v2"
    assert copy.one("Service", "RuntimeMaxSec") == "900"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/srv/app/current", "/srv/app/releases/v2"),
        ("-/srv/app/current/.env", "-/srv/app/releases/v2/.env"),
        ("a:/srv/app/current/x:/srv/app/current", "a:/srv/app/releases/v2/x:/srv/app/releases/v2"),
        ('"/srv/app/current"', '"/srv/app/releases/v2"'),
        ("/srv/%p/current/bin", "/srv/app/releases/v2/bin"),
        ("/srv/app/current-old", "/srv/app/current-old"),
        ("/srv/app/current.bak", "/srv/app/current.bak"),
        ("/srv/app/currently", "/srv/app/currently"),
        ("/mnt/srv/app/current", "/mnt/srv/app/current"),
        ("/srv/app/shared", "/srv/app/shared"),
    ],
)
def test_current_is_the_new_release_as_a_whole_path_only(value: str, written: str) -> None:
    assert bridge(inspection(f"{UNIT}Environment=X={value}\n")).one("Service", "Environment") == f"X={written}"


def test_a_root_with_a_percent_sign_is_found_as_units_write_it() -> None:
    found = inspection("[Service]\nWorkingDirectory=/srv/a%%b/current\nExecStart=/bin/app\n")
    (unit,) = copies(Kind.BRIDGE, found, wanted(root="/srv/a%b"))
    assert "WorkingDirectory=/srv/a%%b/releases/v2\n" in unit.text


def test_what_the_name_decides_is_written_out_with_the_main_units_values_and_the_rest_stays() -> None:
    line = "Environment=%n|%N|%p|%P|%i|%I|%j|%J|%f|%y|%%n|%t|%H\n"
    found = inspection(UNIT + line, name="my-app@a-b", FragmentPath="/etc/systemd/system/my-app@.service")
    copy = copies(Kind.BRIDGE, found, wanted("my-app@a-b"))[0]
    assert copy.name == "sockdeploy-my-app:a-b-bridge.service"
    expected = "my-app@a-b.service|my-app@a-b|my-app|my/app|a-b|a/b|app|app|/a/b|/etc/systemd/system/my-app@.service"
    assert f"Environment={expected}|%%n|%t|%H\n" in copy.text
    assert "Slice=system-my\\x2dapp.slice\n" in copy.text


def test_an_instance_with_a_slice_keeps_it() -> None:
    copy = bridge(inspection(UNIT + "Slice=web.slice\n", name="app@1"), wanted("app@1"))
    assert copy.many("Service", "Slice") == ("web.slice",)


def test_what_would_touch_other_units_or_the_machine_is_left_out() -> None:
    unit = "[Unit]\nOnFailure=alarm.service\nOnSuccess=x.service\nPropagatesStopTo=y.service\nFailureAction=reboot\n"
    unit += (
        UNIT + "StartLimitAction=reboot\nRestartForceExitStatus=3\n[Install]\nAlias=web.service\nWantedBy=x.target\n"
    )
    text = copies(Kind.BRIDGE, inspection(unit), wanted())[0].text
    assert not [
        word for word in ("alarm", "x.service", "y.service", "reboot", "=3", "Install", "Alias") if word in text
    ]


def test_drop_ins_come_after_the_fragment_and_the_plans_fragment_takes_the_hosts_place() -> None:
    found = inspection(UNIT, "[Service]\nEnvironment=A=drop-in\n")
    assert bridge(found).many("Service", "Environment") == ("A=drop-in",)
    plans = UnitFile("app.service", UNIT + "Environment=A=plan\n")
    assert bridge(found, wanted("app", plans)).many("Service", "Environment") == ("A=plan", "A=drop-in")


def test_a_list_that_a_drop_in_empties_is_emptied_in_the_copy() -> None:
    copy = bridge(inspection(UNIT, "[Service]\nExecStart=\nExecStart=/srv/app/current/run \\\n  --fast\n"))
    assert copy.many("Service", "ExecStart") == ("/srv/app/releases/v2/run --fast",)


def test_a_dynamic_user_is_the_main_units() -> None:
    found = inspection(UNIT + "DynamicUser=yes\nStateDirectory=app\n", User="app", Group="app")
    copy = bridge(found)
    assert (copy.one("Service", "User"), copy.one("Service", "Group")) == ("app", "app")
    assert bridge(inspection(User="www", Group="www")).one("Service", "User") == ""


def test_a_dynamic_users_runtime_folder_is_used_without_being_moved() -> None:
    dynamic = UNIT + "DynamicUser=yes\nRuntimeDirectory=%N more:link\n"
    copy = bridge(inspection(dynamic))
    assert copy.many("Service", "RuntimeDirectory") == ()
    assert copy.many("Service", "RuntimeDirectoryPreserve") == ()
    assert copy.many("Service", "ReadWritePaths") == ("-/run/app -/run/more",)
    assert copy.many("Service", "Environment") == ("RUNTIME_DIRECTORY=/run/app:/run/more",)
    moved = bridge(inspection(dynamic + "RuntimeDirectoryPreserve=restart\n"))
    assert moved.one("Service", "RuntimeDirectoryPreserve") == "yes"
    assert moved.many("Service", "RuntimeDirectory") == ("app more:link",)


def test_a_rehearsal_has_a_private_socket_for_each_live_one() -> None:
    found = inspection(sibling=SIBLING)
    service, first, second = copies(Kind.REHEARSAL, found, wanted())
    assert Settings.read(service.name, [service.text]).many("Service", "Sockets") == (first.name, second.name)
    assert (first.name, second.name) == ("sockdeploy-app-rehearsal.socket", "sockdeploy-app-rehearsal-2.socket")
    assert "Service=sockdeploy-app-rehearsal.service\n" in first.text
    assert "FileDescriptorName=http\n" in first.text
    assert "SocketMode=0660\n" in first.text
    assert "FileDescriptorName=admin\n" in second.text
    assert "ListenStream" not in first.text + second.text
    assert privates(found, wanted()) == (
        "sockdeploy-app-rehearsal.socket 127.0.0.1:8080",
        "sockdeploy-app-rehearsal-2.socket /run/admin.sock",
        "sockdeploy-app-rehearsal-2.socket @admin",
    )


def codes(found: Inspection, *, bridge: bool = True, rehearse: bool = True, safe: bool = False) -> list[str]:
    """Give the codes of what speaks against a copy."""
    findings = copy_findings(found, wanted(), bridge=bridge, rehearse=rehearse, safe=safe)
    assert all(finding.message and finding.remedy for finding in findings)
    return [finding.code for finding in findings]


def test_a_unit_that_can_run_twice_has_no_findings() -> None:
    assert codes(inspection()) == []
    assert codes(inspection(UNIT.replace("notify", "exec"), sibling=SIBLING)) == []


@pytest.mark.parametrize("line", ["Type=forking", "Type=oneshot", "Type=dbus", "PIDFile=/run/a.pid", "BusName=org.a"])
def test_a_unit_of_which_there_can_be_only_one_is_refused(line: str) -> None:
    assert codes(inspection(f"{UNIT}{line}\n"), bridge=False) == ["copy-type"]


@pytest.mark.parametrize("key", ["ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost", "ExecCondition"])
def test_further_commands_are_refused_unless_declared_safe(key: str) -> None:
    found = inspection(f"{UNIT}{key}=/bin/true\n")
    assert codes(found) == ["copy-commands"]
    assert codes(found, safe=True) == []
    assert codes(inspection(f"{UNIT}{key}=/bin/true\n", f"[Service]\n{key}=\n")) == []


def test_a_unit_that_does_not_name_current_cannot_be_pointed_elsewhere() -> None:
    assert codes(inspection(UNIT.replace("current", "live"))) == ["copy-current"]


@pytest.mark.parametrize(
    "found",
    [inspection(NonBlocking="no"), inspection(UNIT.replace("NonBlocking=true", "")), inspection(NonBlocking="")],
)
def test_a_bridge_needs_nonblocking_loaded_and_in_the_files_and_a_rehearsal_does_not(found: Inspection) -> None:
    assert codes(found) == ["bridge-blocking"]
    assert codes(found, bridge=False) == []


def test_what_is_no_stream_socket_can_be_bridged_but_not_rehearsed() -> None:
    found = inspection(listen="/run/app.fifo (FIFO)")
    assert codes(found) == ["rehearse-listen"]
    assert codes(found, rehearse=False) == []


def test_behind_a_proxy_that_has_the_socket_there_is_nothing_to_share() -> None:
    assert codes(inspection(TriggeredBy="")) == ["copy-socket"]


def test_without_a_socket_there_is_nothing_to_share() -> None:
    pairs = (("service_unit", "app.service"), ("show", "Id=app.service"), ("show", "NonBlocking=yes"))
    lines = tuple(("service_line", line) for line in UNIT.splitlines())
    found = Inspection.read(Facts((*pairs, ("service_file", "/etc/app.service"), *lines)))
    assert codes(found) == ["copy-socket"]
