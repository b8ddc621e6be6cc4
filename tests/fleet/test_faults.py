"""Every fault does what it says, and mending ends it."""

import contextlib
import socket
import subprocess
import time

import pytest

from tests.fleet import FleetError, Host
from tests.fleet.relay import Relay

SSH = 22


def greeting(host: Host, seconds: float = 1.0) -> bytes:
    """What sshd says first; OSError when it says nothing in time."""
    with socket.create_connection((host.address, SSH), timeout=seconds) as line:
        line.settimeout(seconds)
        return line.recv(4)


def test_a_partition_is_silent_and_heals(each_host: Host) -> None:
    each_host.partition()
    with pytest.raises(TimeoutError):
        greeting(each_host)
    assert each_host.sh("systemctl is-system-running").strip() == "running"
    each_host.heal()
    assert greeting(each_host) == b"SSH-"


def test_a_link_that_is_down_comes_up_again(host: Host) -> None:
    host.link_down()
    with pytest.raises(OSError, match=r"timed out|No route"):
        greeting(host)
    host.heal()
    assert greeting(host, 5) == b"SSH-"


def test_a_frozen_host_accepts_but_says_nothing_until_it_thaws(each_host: Host) -> None:
    each_host.freeze()
    with pytest.raises(TimeoutError):
        greeting(each_host)
    each_host.thaw()
    assert greeting(each_host, 5) == b"SSH-"


def test_a_full_disk_keeps_what_was_there_and_takes_no_more(each_host: Host) -> None:
    each_host.sh("mkdir -p /srv/full/deep && echo kept >/srv/full/deep/file && chown -R app /srv/full")
    each_host.full_disk("/srv/full")
    assert each_host.read("/srv/full/deep/file") == "kept\n"
    assert each_host.sh("stat -c %U /srv/full").strip() == "app"
    with pytest.raises(FleetError, match="No space left"):
        each_host.sh("head -c 100000 /dev/zero >/srv/full/more")
    each_host.mend()
    each_host.sh("head -c 100000 /dev/zero >/srv/full/more; rm -r /srv/full")


def test_a_full_disk_can_have_a_little_left(host: Host) -> None:
    host.full_disk("/srv/little", free_kib=64)
    host.sh("head -c 60000 /dev/zero >/srv/little/fits")
    with pytest.raises(FleetError, match="No space left"):
        host.sh("head -c 60000 /dev/zero >/srv/little/does-not")


def test_a_read_only_folder_refuses_writes_until_mended(each_host: Host) -> None:
    each_host.sh("mkdir -p /srv/frozen")
    each_host.read_only("/srv/frozen")
    with pytest.raises(FleetError, match="Read-only file system"):
        each_host.sh("touch /srv/frozen/file")
    each_host.mend()
    each_host.sh("touch /srv/frozen/file; rm -r /srv/frozen")


def test_sshd_takes_a_setting_and_gives_it_back(each_host: Host) -> None:
    each_host.sshd_config("AllowTcpForwarding no")
    assert "allowtcpforwarding no" in each_host.sh("sshd -T")
    each_host.mend()
    assert "allowtcpforwarding yes" in each_host.sh("sshd -T")


def test_a_host_keeps_its_files_through_power_off_reboot_and_a_pulled_plug(each_host: Host) -> None:
    before = each_host.sh("cat /proc/1/stat")
    each_host.write("/srv/kept", "kept")
    each_host.poweroff()
    assert not each_host.up()
    with pytest.raises(OSError, match=r"refused|timed out|No route"):
        greeting(each_host)
    each_host.boot()
    each_host.reboot()
    each_host.pull_plug()
    each_host.boot()
    assert each_host.read("/srv/kept") == "kept"
    assert each_host.sh("cat /proc/1/stat") != before
    each_host.prove_login()
    each_host.sh("rm /srv/kept")


def test_a_reboot_asked_for_on_the_host_itself_comes_back(host: Host) -> None:
    before = host.group.init()
    subprocess.run([*host.ssh("deploy"), "sudo systemctl reboot"], check=False, timeout=20)
    deadline = time.monotonic() + 20
    while host.group.init() in {before, None} and time.monotonic() < deadline:
        time.sleep(0.05)
    host.wait_ready()
    assert host.group.init() != before


def test_a_thin_link_is_as_thin_as_asked(host: Host) -> None:
    host.thin_link(kbit=2000)
    began = time.monotonic()
    subprocess.run([*host.ssh(), "cat >/dev/null"], input=b"\0" * 500_000, check=True, timeout=30)
    assert 1.5 < time.monotonic() - began < 10


def test_a_relay_delays_both_ways_and_counts() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Relay(listener.getsockname(), delay=0.2) as relay,
        socket.create_connection(("127.0.0.1", relay.port)) as near,
    ):
        far, _ = listener.accept()
        began = time.monotonic()
        near.sendall(b"ping")
        assert far.recv(4) == b"ping"
        far.sendall(b"pong")
        assert near.recv(4) == b"pong"
        assert 0.4 <= time.monotonic() - began < 5
        far.close()
        assert near.recv(4) == b""
        assert (relay.connections, relay.sent) == (1, 4)


def test_a_relay_thins() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Relay(listener.getsockname(), rate=200_000) as relay,
        socket.create_connection(("127.0.0.1", relay.port)) as near,
    ):
        far, _ = listener.accept()
        began, got = time.monotonic(), 0
        near.sendall(b"\0" * 100_000)
        while got < 100_000:
            got += len(far.recv(65536))
        assert 0.3 < time.monotonic() - began < 10
        far.close()


def test_a_relay_stalls_and_goes_on() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Relay(listener.getsockname()) as relay,
        socket.create_connection(("127.0.0.1", relay.port)) as near,
    ):
        far, _ = listener.accept()
        relay.stall()
        near.sendall(b"late")
        far.settimeout(0.3)
        with pytest.raises(TimeoutError):
            far.recv(4)
        relay.go_on()
        far.settimeout(5)
        assert far.recv(4) == b"late"
        far.close()


def test_a_relay_cuts_at_a_byte() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Relay(listener.getsockname(), cut_after=50_000) as relay,
        socket.create_connection(("127.0.0.1", relay.port), timeout=10) as near,
    ):
        far, _ = listener.accept()
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            near.sendall(b"\0" * 1_000_000)
        with pytest.raises(ConnectionResetError):
            near.recv(1)
        far.close()


def test_ssh_works_through_a_relay_with_strict_host_keys(host: Host) -> None:
    with Relay((host.address, SSH)) as relay:
        known = host.folder / "known_hosts.relay"
        known.write_text(relay.known_hosts(host.host_key))
        options = [
            "-i",
            str(host.folder / "key"),
            "-o",
            f"UserKnownHostsFile={known}",
            "-o",
            "StrictHostKeyChecking=yes",
        ]
        argv = [
            "ssh",
            "-F",
            "none",
            "-p",
            str(relay.port),
            *options,
            "-o",
            "BatchMode=yes",
            "root@127.0.0.1",
            "hostname",
        ]
        assert subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout == "web-1\n"
