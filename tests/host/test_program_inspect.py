"""inspect on real hosts, and what preflight makes of it."""

import subprocess
from dataclasses import replace

from deployer.host.acts import History, Inspect, LookAt
from deployer.host.preflight import Wanted, listeners_of, unanswered
from deployer.host.words import history_line
from tests.host.door import Door
from tests.host.stand import Stand


def test_a_fresh_host_with_the_plans_units_is_fit(each_stand: Stand) -> None:
    stand = each_stand
    found = stand.inspect("v1", "0" * 64, units=stand.units)
    assert (found.current_kind, found.staged, found.uid, found.ssh_user) == ("none", "no", 0, "deploy")
    assert [unit.status for unit in found.units] == ["absent", "absent"]
    assert found.systemd.startswith("systemd 25")
    assert stand.codes(release="v1", digest="0" * 64, units=stand.units, listen=stand.site.listen) == set()
    assert stand.codes(release="v1", digest="0" * 64) == {"service-missing", "socket-missing"}
    wanted = Wanted(stand.site.service, stand.site.root, stand.socket, units=stand.units)
    assert listeners_of(found, wanted) == stand.listeners


def test_a_live_host_is_fit_with_its_own_units_and_with_the_plans(each_stand: Stand) -> None:
    stand = each_stand
    stand.deploy("v1")
    found = stand.inspect("v1", units=stand.units)
    assert (found.current, found.staged, found.held, found.locked) == ("v1", "yes", True, False)
    assert [unit.status for unit in found.units] == ["same", "same"]
    assert found.good[0].release == "v1"
    assert found.cwd == f"{stand.site.root}/releases/v1"
    assert stand.codes(listen=stand.site.listen) == set()
    assert stand.codes(units=stand.units) == set()


def test_a_host_that_another_tool_deployed_to_is_fit(stand: Stand) -> None:
    stand.site.install(stand.host, "by-hand")
    assert stand.codes(release="v1", digest="0" * 64) == set()
    assert stand.inspect().current == "by-hand"


def test_what_would_lose_the_port_or_the_release_is_refused(live: Stand) -> None:
    root, file = live.site.root, f"/etc/systemd/system/{live.socket}"
    drop_in = f"/run/systemd/system/{live.socket}.d"
    link = f"{root}/current"
    changes = (
        (f"systemctl disable --quiet {live.socket}", "not-enabled", f"systemctl enable --quiet {live.socket}"),
        (f"rm {link}; mkdir {link}", "current", f"rmdir {link}; ln -s releases/v1 {link}"),
        (f"chmod o+w {root}", "unsafe-folder", f"chmod o-w {root}"),
        (f"chown app {root}/releases", "unsafe-folder", f"chown root {root}/releases"),
        (f"mkdir {drop_in}; printf '[Socket]\\nNoDelay=no\\n' >{drop_in}/x.conf", "socket-differs", f"rm -r {drop_in}"),
        (f"sed -i s/{live.site.port}/19996/ {file}", "socket-differs", f"sed -i s/19996/{live.site.port}/ {file}"),
        (f"systemctl stop {live.socket} {live.unit}", "not-active", f"systemctl start {live.socket} {live.unit}"),
        (f"sed -i s/{live.site.port}/19997/ {file}; systemctl daemon-reload", "not-held", ""),
    )
    for change, code, undo in changes:
        live.host.sh(change)
        assert code in live.codes(), change
        live.host.sh(undo)


def test_a_unit_that_runs_something_else_is_refused(live: Stand) -> None:
    live.host.sh(f"sed -i s=/current=/elsewhere= /etc/systemd/system/{live.unit}; systemctl stop {live.unit}")
    assert "not-current" in live.codes()


def test_a_masked_service_is_refused(live: Stand) -> None:
    live.host.sh(f"rm /etc/systemd/system/{live.unit}; systemctl mask --quiet {live.unit}")
    assert "masked" in live.codes()


def test_a_plan_whose_socket_differs_is_refused_with_both_values(live: Stand) -> None:
    port = str(live.site.port)
    moved = tuple(replace(unit, text=unit.text.replace(port, "19995")) for unit in live.units)
    assert live.codes(units=moved) == {"socket-differs"}
    assert live.codes(listen="127.0.0.1:1") == {"listen-differs"}


def test_a_release_id_with_another_content_is_refused(live: Stand) -> None:
    assert live.codes(release="v1", digest="0" * 64) == {"release-exists"}
    live.host.sh(f"mkdir {live.site.root}/releases/by-hand")
    assert live.codes(release="by-hand", digest="0" * 64) == {"release-exists"}


def test_a_user_without_sudo_is_told_the_line_to_add(stand: Stand) -> None:
    failed = Door(stand.host, "nosudo").fail(Inspect(stand.site.service, stand.site.root))
    finding = unanswered(failed, user="nosudo", sudo=True)
    assert finding.code == "sudo"
    assert "nosudo ALL=(root)" in finding.remedy


def test_a_host_whose_state_cannot_be_written_says_so(stand: Stand) -> None:
    stand.host.sh("mkdir -p /var/lib/sockdeploy; rm -rf /var/lib/sockdeploy/program")
    stand.host.read_only("/var/lib/sockdeploy")
    failed = stand.door.fail(Inspect(stand.site.service, stand.site.root))
    assert failed.code == "state"
    assert unanswered(failed, user="deploy", sudo=True).code == "state"


def test_noise_before_the_answer_does_no_harm(stand: Stand) -> None:
    done = stand.door.do(Inspect(stand.site.service, stand.site.root))
    assert done.service.name == stand.unit


LISTENING = """
import socket, sys
def listen(family, address, only=None, device=None):
    made = socket.socket(family)
    if only is not None:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
    if device:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    made.bind((address, 0))
    made.listen()
    return made
four, six = socket.AF_INET, socket.AF_INET6
kept = [
    listen(four, "127.0.0.1"), listen(four, "0.0.0.0"), listen(four, "0.0.0.0", device=b"lo"),
    listen(six, "::1"), listen(six, "::", only=0), listen(six, "::", only=1), listen(six, "::", only=0, device=b"lo"),
    listen(six, "::", only=1, device=b"lo"), listen(six, "::ffff:127.0.0.1", only=0),
    listen(six, "::ffff:0.0.0.0", only=0),
]
kept.append(socket.create_connection(kept[0].getsockname()))
print(*[made.getsockname()[1] for made in kept[:-1]], flush=True)
sys.stdin.read()
"""


def test_who_listens_where_is_the_same_with_ss_and_without(each_stand: Stand) -> None:
    stand = each_stand
    host, port = stand.host, stand.site.port + 5000
    host.write(
        f"/etc/systemd/system/{stand.socket}.d/more.conf",
        f"[Socket]\nRemoveOnStop=yes\nListenStream=[::1]:{port}\nListenStream={port + 1}\n"
        f"ListenStream=/run/{stand.site.service}.sock\n",
    )
    stand.site.install(host, "by-hand")
    command = [*host.enter("root"), "python3", "-c", LISTENING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ports = process.stdout.readline().split()
        by_ss = stand.inspect()
        with stand.without("ss"):
            by_tables = stand.inspect()
    assert len(by_ss.listeners) == 4
    assert by_ss.held
    assert by_ss.used
    assert by_ss.listeners == by_tables.listeners
    assert by_ss.used == by_tables.used
    assert by_ss.alone == by_tables.alone == ()
    assert sorted(by_ss.others) == sorted(by_tables.others)
    ends = {form.rpartition(":")[2] for form in by_ss.others}
    assert {f"{int(each):04X}" for each in ports} <= ends


def test_history_and_evidence_are_told(live: Stand) -> None:
    assert live.door.do(History(live.site.service)) == ((("release", "v1"), ("outcome", "confirmed")),)
    evidence = live.door.do(LookAt(live.site.service, live.socket, live.listeners))
    assert evidence.look.running
    assert any("Started" in line for line in evidence.journal)
    assert history_line(who="a b", note="100%") == "who=a%20b note=100%25"
