"""The fleet itself: it boots, two live side by side, it is gone afterwards, and a crash leaves nothing for long."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.fleet import Fleet, FleetError, Host
from tests.fleet.record import STATE
from tests.fleet.system import mounts_under, run
from tests.fleet.traffic import CHECKOUT


def traces(name: str, bridge: str) -> list[str]:
    """What is left on this machine of a fleet."""
    found = [str(path) for path in (STATE / name, *mounts_under(STATE / name)) if path.exists()]
    found += [line for line in run(["ip", "netns"]).splitlines() if line.startswith(f"{name}-")]
    found += [line for line in run(["ip", "-brief", "link"]).splitlines() if line.startswith(bridge)]
    # Not by glob(): groups of other fleets come and go while it walks.
    found += [folder for folder, _, _ in os.walk("/sys/fs/cgroup") if Path(folder).name.startswith(f"{name}-web-")]
    return found


def test_every_host_runs_the_systemd_of_its_suite_and_nothing_has_failed(each_host: Host) -> None:
    assert each_host.sh("cat /proc/1/comm").strip() == "systemd"
    assert each_host.sh("systemctl is-system-running").strip() == "running"
    assert each_host.sh(". /etc/os-release; echo $VERSION_CODENAME").strip() == each_host.suite


@pytest.mark.parametrize(("user", "sudo"), [("root", "root"), ("deploy", "root"), ("nosudo", "")])
def test_each_user_logs_in_strictly_and_only_deploy_may_become_root(host: Host, user: str, sudo: str) -> None:
    done = subprocess.run([*host.ssh(user), "id -un; sudo -n id -un"], capture_output=True, text=True, check=False)
    assert done.stdout.split() == [user, *([sudo] if sudo else [])]


def test_hosts_have_host_keys_and_machine_ids_of_their_own(hosts: Sequence[Host]) -> None:
    assert len({host.host_key for host in hosts}) == len(hosts)
    assert len({host.read("/etc/machine-id") for host in hosts}) == len(hosts)


def test_what_sshd_saw_since_a_mark_is_counted(each_host: Host) -> None:
    mark = each_host.ssh_mark()
    for _ in range(2):
        subprocess.run([*each_host.ssh("deploy"), "true"], check=True)
    counts = each_host.ssh_counts(mark)
    assert (counts.connections, counts.executions) == (2, 2)


def test_two_fleets_live_side_by_side_and_leave_nothing(fleet: Fleet, boot_fleet: Callable[..., Fleet]) -> None:
    other = boot_fleet(["bookworm", "trixie"])
    assert other.network != fleet.network
    assert {host.address for host in other}.isdisjoint(host.address for host in fleet)
    other.down()
    assert traces(other.name, other.network.bridge) == []
    assert all(host.up() for host in fleet)


def test_a_service_stopped_on_one_host_goes_on_on_another(hosts: Sequence[Host]) -> None:
    for host in hosts[:2]:
        host.sh("systemd-run --unit same-name sleep 300")
    began = time.monotonic()
    hosts[0].systemctl("stop", "same-name.service")
    assert time.monotonic() - began < 5
    assert hosts[1].sh("systemctl is-active same-name.service").strip() == "active"
    hosts[1].systemctl("stop", "same-name.service")


def test_what_a_killed_owner_left_is_removed_by_the_next_boot(boot_fleet: Callable[..., Fleet]) -> None:
    name = f"crash-{os.getpid()}"
    script = f"from tests.fleet import Fleet; Fleet.boot({name!r}, ['bookworm']); print('up', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        bridge = Fleet.attach(name).network.bridge
        owner.send_signal(signal.SIGKILL)
    assert traces(name, bridge) != []
    boot_fleet(["bookworm"])
    assert traces(name, f"{bridge}-nothing") == []


def test_a_name_that_is_taken_is_refused_with_the_way_out(fleet: Fleet) -> None:
    with pytest.raises(FleetError, match=f"down --name {fleet.name}"):
        Fleet.boot(fleet.name, ["bookworm"])


def test_a_host_that_does_not_boot_is_reported_with_its_console(boot_fleet: Callable[..., Fleet]) -> None:
    host = boot_fleet(["bookworm"])["web-1"]
    host.poweroff()
    (host.root / "usr/lib/systemd/systemd").unlink()
    with pytest.raises(FleetError, match="died while it booted") as told:
        host.boot()
    assert "console of web-1" in str(told.value)


def test_a_command_that_fails_on_a_host_says_where_what_and_why(host: Host) -> None:
    with pytest.raises(FleetError, match=r"(?s)on web-1.*ls /nowhere.*No such file"):
        host.sh("ls /nowhere")


def test_files_go_to_a_host_and_come_back(host: Host, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a file").write_text("text\n")
    host.put(tmp_path, "/srv/put")
    host.write("/srv/put/deep/down", b"\x00\xff", mode=0o600)
    assert host.read("/srv/put/folder/a file") == "text\n"
    assert host.sh("stat -c '%a %U %s' /srv/put/deep/down").split() == ["600", "root", "2"]
    host.sh("rm -r /srv/put")
    assert not host.exists("/srv/put")
