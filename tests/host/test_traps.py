"""Traps and advice, from plain values: each with its code, and what is no trap."""

from dataclasses import replace

import pytest

from deployer.findings import Finding
from deployer.host.inspection import Inspection, Pending
from deployer.host.preflight import Wanted, refusals, review
from deployer.host.unitfile import UnitFile
from tests.host.fit import LISTENING, SERVICE, SHOWN, SOCKET, WANTED, inspection

PENDING = Pending("r", "v2", "", "v1", "v1", first=False, since=1.0)
HELD = "[42]"
FD = {"used": "[42]"}
OWN = "tcp 1: 0100000A:1F90 00000000:0000 0A 0:0 0:0 0 0 0 77 1 0"


def traps(found: Inspection, wanted: Wanted = WANTED) -> dict[str, Finding]:
    """Give what refuses the host, by code."""
    return {finding.code: finding for finding in refusals(found, wanted)}


def advice(found: Inspection, wanted: Wanted = WANTED) -> dict[str, Finding]:
    """Give the soft findings, by code."""
    return {finding.code: finding for finding in review(found, wanted) if finding.soft}


def shown(service: str = "", socket: str = "") -> str:
    """Give what systemctl shows of a good host, with some lines more for each unit."""
    return SHOWN.replace("Id=app.service", f"Id=app.service\n{service}".strip()).replace(
        "Id=app.socket", f"Id=app.socket\n{socket}".strip()
    )


@pytest.mark.parametrize(
    ("lines", "mends"),
    [
        ("ConditionPathExists=/x", ["ConditionPathExists="]),
        ("AssertPathExists=/x", ["AssertPathExists="]),
        ("ConditionHost=a\nAssertUser=b", ["ConditionPathExists=", "AssertPathExists="]),
        ("ConditionHost=a\nConditionPathExists=", []),
        ("Description=Condition", []),
    ],
)
def test_a_condition_refuses_until_an_empty_one_takes_it_back(lines: str, mends: list[str]) -> None:
    found = traps(inspection(service=f"[Unit]\n{lines}\n{SERVICE}"))
    assert list(found) == (["condition"] if mends else [])
    assert [mend.line for finding in found.values() for mend in finding.mends] == mends


def test_a_condition_of_a_service_without_a_socket_closes_no_port() -> None:
    found = inspection(service=f"[Unit]\nConditionPathExists=/x\n{SERVICE}", socket_unit="")
    assert traps(found, replace(WANTED, socket=None)) == {}


@pytest.mark.parametrize(
    ("service", "refused"),
    [
        ("Job=7", True),
        ("Job=0", False),
        ("Job=", False),
    ],
)
def test_a_job_of_somebody_else_refuses(service: str, refused: bool) -> None:
    found = inspection(show=shown(service))
    assert ("job-queued" in traps(found)) is refused
    assert "job-queued" not in traps(replace(found, pending=PENDING))
    assert "job-queued" not in traps(replace(found, staged="yes"), replace(WANTED, digest=None))


def test_a_job_of_the_socket_refuses_and_a_crash_loop_s_own_does_not() -> None:
    assert "job-queued" in traps(inspection(show=shown(socket="Job=8")))
    crashing = shown("Job=7\nNRestarts=3").replace("active\nUnitFileState", "activating\nUnitFileState", 1)
    assert "job-queued" not in traps(inspection(show=crashing))


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"used": "[42][50]"}, False),
        ({"used": "[50]"}, True),
        ({}, False),  # nobody could look
        ({"used": "[50]", "held": ""}, False),  # not-held says it
        ({"used": "[42][77]", "listening": f"{LISTENING}\n{OWN}"}, True),
    ],
)
def test_a_service_that_listens_by_itself_is_refused(facts: dict[str, str], refused: bool) -> None:
    found = inspection(**facts)
    assert ("self-bound" in traps(found)) is refused
    assert "self-bound" not in traps(replace(found, pending=PENDING))
    assert "self-bound" not in traps(found, replace(WANTED, proxy="app-proxy.service"))


def test_an_inactive_service_behind_an_active_socket_is_fine() -> None:
    idle = SHOWN.replace("active\nUnitFileState", "inactive\nUnitFileState", 1)
    assert traps(inspection(show=idle, used="[50]")) == {}


@pytest.mark.parametrize(
    ("service", "refused"),
    [
        ("RuntimeDirectory=other", False),
        ("RuntimeDirectory=x app", True),
        ("RuntimeDirectory=%N:link", True),
        ("RuntimeDirectory=app\nRuntimeDirectoryPreserve=yes", False),
        ("RuntimeDirectory=app\nRuntimeDirectoryPreserve=restart", True),
        ("", False),
    ],
)
def test_a_unix_socket_must_outlive_the_runtime_folder(service: str, refused: bool) -> None:
    unix = {"socket": "[Socket]\nListenStream=/run/app/app.sock\n", "used": "[42]"}
    listening = "unix 0: 00000002 00000000 00010000 0001 01 42 /run/app/app.sock"
    show = SHOWN.replace("127.0.0.1:8080 (Stream)", "/run/app/app.sock (Stream)")
    found = inspection(show=show, service=SERVICE + service + "\n", listening=listening, **unix)
    assert list(traps(found)) == (["socket-in-runtime-folder"] if refused else [])


@pytest.mark.parametrize(
    ("url", "outside", "refused"),
    [
        ("http://127.0.0.1:8080/healthz", False, False),
        ("http://localhost:8080/", False, False),
        ("http://app.internal:8080/", False, False),
        ("http://127.0.0.1:8081/healthz", False, True),
        ("http://127.0.0.2:8080/healthz", False, True),
        ("http://10.0.0.11:8080/healthz", False, True),
        ("http://10.0.0.11:80/healthz", True, True),
        ("http://localhost/", False, True),
        ("unix:/run/app.sock:/healthz", False, True),
        ("", False, False),
    ],
)
def test_the_health_url_must_reach_the_socket(url: str, outside: bool, refused: bool) -> None:
    found = traps(inspection(), replace(WANTED, health=url, outside=outside))
    assert list(found) == (["health-elsewhere"] if refused else [])


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("0.0.0.0:8080", "http://127.0.0.1:8080/healthz?a=b"),
        ("[::]:8080", "http://[::1]:8080/healthz"),
        ("10.0.0.5:8080", "http://10.0.0.5:8080/healthz"),
        ("/run/app.sock", "unix:/run/app.sock:/healthz"),
    ],
)
def test_the_remedy_of_a_wrong_health_url_is_one_that_reaches(listen: str, url: str) -> None:
    show = SHOWN.replace("127.0.0.1:8080", listen)
    found = inspection(show=show, socket=SOCKET.replace("127.0.0.1:8080", listen))
    for wrong in ("http://127.0.0.1:1/healthz", "unix:/run/other.sock:/healthz"):
        remedy = traps(found, replace(WANTED, health=wrong))["health-elsewhere"].remedy
        assert remedy.startswith(url.partition("?")[0])


@pytest.mark.parametrize(
    ("listen", "refused"), [("127.0.0.1:8080", True), ("0.0.0.0:8080", False), ("10.0.0.9:8080", False)]
)
def test_a_load_balancer_cannot_reach_loopback(listen: str, refused: bool) -> None:
    show = SHOWN.replace("127.0.0.1:8080", listen)
    found = inspection(show=show, socket=SOCKET.replace("127.0.0.1:8080", listen), listening="", held="")
    check = replace(WANTED, balancer="http://10.0.0.11:80/healthz")
    assert ("load-balancer-elsewhere" in traps(found, check)) is refused


def test_on_a_first_deploy_the_plan_s_own_socket_is_what_a_url_must_reach() -> None:
    fresh = inspection(show="Id=app.service\nLoadState=not-found", current_kind="none", listening="", held="")
    units = (UnitFile("app.socket", SOCKET), UnitFile("app.service", SERVICE))
    wanted = replace(WANTED, units=units, health="http://127.0.0.1:9/")
    assert list(traps(replace(fresh, socket=None), wanted)) == ["health-elsewhere"]
    assert set(advice(fresh, wanted)) == {
        "start-limit",
        "trigger-limit",
        "type-simple",
        "restart-no",
        "not-hardened",
    }


def test_two_instances_need_memory_for_two() -> None:
    found = inspection(memory_used=str(300 << 20), memory=str(200 << 10))
    bridge = replace(WANTED, bridge=True)
    assert "memory" not in traps(found)
    assert traps(found, bridge)["memory"].evidence == "300 MiB used by one, 200 MiB available"
    assert "memory" not in traps(inspection(memory_used=str(100 << 20), memory=str(200 << 10)), bridge)
    assert "memory" not in traps(inspection(memory_used="1"), bridge)


def test_going_back_is_the_way_out_of_a_trap() -> None:
    found = inspection(staged="yes", service=f"[Unit]\nConditionPathExists=/x\n{SERVICE}")
    assert traps(found, replace(WANTED, digest=None)) == {}


def test_a_flushed_queue_is_mended_by_a_drop_in() -> None:
    finding = traps(inspection(show=shown(socket="FlushPending=yes")))["flush-pending"]
    assert [str(mend) for mend in finding.mends] == ["# systemctl edit app.socket\n[Socket]\nFlushPending=no"]


LIMITS = "StartLimitIntervalUSec=10s\nStartLimitBurst=5\n"


@pytest.mark.parametrize(
    ("service", "socket", "code"),
    [
        (f"{LIMITS}Restart=on-failure\nRestartUSec=2s", "", "start-limit"),
        (f"{LIMITS}Restart=always\nRestartUSec=1s", "", "start-limit"),
        ("Restart=on-failure", "TriggerLimitIntervalUSec=2s", "trigger-limit"),
        ("Type=simple", "", "type-simple"),
        ("Restart=no", "", "restart-no"),
        ("Restart=always\nRestartUSec=100ms", "", "restart-soon"),
        ("RestartMode=direct", "", "restart-direct"),
        ("TimeoutStopUSec=5min", "", "stop-timeout"),
        ("TimeoutStopUSec=infinity", "", "stop-timeout"),
        ("NoNewPrivileges=no\nProtectHome=yes", "", "not-hardened"),
    ],
)
def test_what_is_better_changed_is_advised_with_the_lines(service: str, socket: str, code: str) -> None:
    found = inspection(show=shown(service, socket))
    assert list(advice(found)) == [code]
    assert advice(found)[code].remedy
    assert traps(found) == {}


@pytest.mark.parametrize(
    ("service", "socket"),
    [
        (f"{LIMITS}Restart=always\nRestartUSec=2s", "TriggerLimitIntervalUSec=2s"),
        ("StartLimitIntervalUSec=0\nStartLimitBurst=5", "TriggerLimitIntervalUSec=0"),
        ("StartLimitIntervalUSec=10s\nStartLimitBurst=0", ""),
        ("Type=notify\nRestart=on-failure\nRestartUSec=1s\nRestartMode=normal\nTimeoutStopUSec=3min", ""),
        ("NoNewPrivileges=yes\nPrivateTmp=yes\nProtectSystem=strict\nProtectHome=read-only", ""),
    ],
)
def test_a_unit_as_it_should_be_needs_no_advice(service: str, socket: str) -> None:
    assert advice(inspection(show=shown(service, socket))) == {}


def test_a_service_that_only_its_socket_starts_is_cold_after_a_reboot() -> None:
    show = SHOWN.replace("enabled", "disabled", 1)
    assert list(advice(inspection(show=show))) == ["service-not-enabled"]


@pytest.mark.parametrize(
    ("listen", "firewall", "advised"),
    [("0.0.0.0:8080", "no", True), ("0.0.0.0:8080", "yes", False), ("0.0.0.0:8080", "", False), ("8080", "no", False)],
)
def test_an_open_port_without_a_firewall_is_told(listen: str, firewall: str, advised: bool) -> None:
    listen = listen if advised or ":" in listen else "127.0.0.1:8080"
    show = SHOWN.replace("127.0.0.1:8080", listen)
    found = inspection(show=show, socket=SOCKET.replace("127.0.0.1:8080", listen), listening="", held="")
    assert ("open-to-all" in advice(replace(found, firewall=firewall))) is advised


def test_a_check_that_only_connects_is_blind() -> None:
    assert list(advice(inspection(), replace(WANTED, balancer="tcp://127.0.0.1:8080"))) == ["load-balancer-tcp"]


def test_without_a_socket_its_limits_close_nothing() -> None:
    found = inspection(show=shown(f"{LIMITS}Restart=on-failure\nRestartUSec=2s"), socket_unit="")
    assert advice(found, replace(WANTED, socket=None)) == {}


UP = {"uptime": "100000", "clock": "1100"}
"""A host that booted at 1000 seconds, and says what happened since in microseconds of its uptime."""


@pytest.mark.parametrize(
    ("state", "advised"),
    [
        ("activating\nSubState=auto-restart\nNRestarts=4", True),
        ("activating\nSubState=auto-restart-queued", True),
        ("failed\nSubState=failed\nResult=exit-code", True),
        ("activating\nSubState=start\nNRestarts=1", True),
        ("activating\nSubState=start\nStateChangeTimestampMonotonic=60000000", True),
        ("activating\nSubState=start\nStateChangeTimestampMonotonic=90000000", False),
        ("activating\nSubState=start", False),
        ("active\nSubState=running\nNRestarts=9\nStateChangeTimestampMonotonic=98000000", True),
        ("active\nSubState=running\nNRestarts=9\nStateChangeTimestampMonotonic=60000000", False),
        ("active\nSubState=running\nNRestarts=0\nStateChangeTimestampMonotonic=98000000", False),
        ("inactive\nSubState=dead", False),
    ],
)
def test_a_service_that_does_not_stay_up_is_told_and_may_get_a_mended_release(state: str, advised: bool) -> None:
    show = SHOWN.replace("ActiveState=active", f"ActiveState={state}", 1)
    found = inspection(show=show, **UP)
    assert ("failing" in advice(found)) is advised
    assert "failing" not in traps(found)
    assert "failing" not in advice(replace(found, pending=PENDING))
    assert "failing" not in advice(replace(found, current=""))


def test_what_is_told_of_a_service_that_does_not_stay_up_is_its_state() -> None:
    state = "activating\nSubState=auto-restart\nNRestarts=4\nResult=exit-code\nStateChangeTimestampMonotonic=97000000"
    finding = advice(inspection(show=SHOWN.replace("ActiveState=active", f"ActiveState={state}", 1), **UP))["failing"]
    assert finding.evidence == "ActiveState=activating (auto-restart), for 3 s, Result=exit-code, NRestarts=4"
    assert "journalctl -u app.service" in finding.remedy


@pytest.mark.parametrize(
    ("changed", "text", "live", "advised"),
    [
        ("1060", "ReusePort=no", "no", True),
        ("1040", "ReusePort=no", "no", False),
        ("1060", "NoDelay=no", "no", False),
        ("1060", "ReusePort=yes", "yes", False),  # reuse-port says it
    ],
)
def test_a_socket_that_is_older_than_what_its_file_says_of_sharing_may_be_shared_still(
    changed: str, text: str, live: str, advised: bool
) -> None:
    show = shown(socket="ActiveEnterTimestampMonotonic=50000000").replace("Accept=no", f"Accept=no\nReusePort={live}")
    found = inspection(show=show, socket=f"{SOCKET}{text}\n", socket_changed=f"{changed} /etc/app.socket", **UP)
    told = advice(found)
    assert ("opened-before" in told) is advised
    if advised:
        assert "closes the port" in told["opened-before"].remedy
        assert "opened 10 s before" in told["opened-before"].evidence


def test_to_listen_on_this_host_alone_closes_the_port_for_others_and_moves_the_health_url() -> None:
    show = SHOWN.replace("127.0.0.1:8080", "[::]:8080")
    found = inspection(show=show, socket=SOCKET.replace("127.0.0.1", "[::]"), firewall="no")
    remedy = advice(found, replace(WANTED, health="http://[::1]:8080/healthz"))["open-to-all"].remedy
    assert remedy.startswith("filter port 8080 in a firewall")
    assert "closes the port" in remedy
    assert "gates.health.url in the plan: http://127.0.0.1:8080/healthz" in remedy
    assert (
        "gates.health.url" not in advice(found, replace(WANTED, health="http://127.0.0.1:8080/"))["open-to-all"].remedy
    )
