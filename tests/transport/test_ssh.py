"""Commands, long commands and forwarded connections over a real sshd."""

import hashlib
import io
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deployer.transport.base import Result, TransportError, TransportFailure
from deployer.transport.execution import KEPT
from deployer.transport.ssh import SshTransport
from tests.transport.conftest import Fleet, QuickClock


def test_a_command_gives_its_outputs_and_status(host: SshTransport) -> None:
    assert host.run("echo out; echo err >&2; exit 3", timeout=5) == Result(3, b"out\n", b"err\n")


def test_standard_input_arrives_whole_and_ends(host: SshTransport) -> None:
    assert host.run("cat", stdin=b"some text", timeout=5).stdout == b"some text"


def test_a_command_without_input_sees_the_end_of_file_at_once(host: SshTransport) -> None:
    assert host.run("cat; echo done", timeout=5).stdout == b"done\n"


def test_a_file_is_read_from_its_start_wherever_it_stands(host: SshTransport) -> None:
    file = io.BytesIO(b"all of it")
    file.seek(4)
    assert host.run("cat", stdin=file, timeout=5).stdout == b"all of it"


def test_ten_megabytes_arrive_unharmed(host: SshTransport, tmp_path: Path) -> None:
    data = os.urandom(10_000_000)
    (tmp_path / "data").write_bytes(data)
    with (tmp_path / "data").open("rb") as file:
        result = host.run("sha256sum", stdin=file, timeout=20)
    assert result.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest()


def test_a_command_that_reads_nothing_of_a_large_input_still_gives_its_status(host: SshTransport) -> None:
    assert host.run("exec 0<&-; exit 4", stdin=b"x" * 8_000_000, timeout=10).status == 4


def test_large_outputs_are_read_to_the_end_and_kept_up_to_a_bound(host: SshTransport) -> None:
    result = host.run("head -c 5000000 /dev/zero >&2; head -c 5000000 /dev/zero; exit 7", timeout=20)
    assert (result.status, len(result.stdout), len(result.stderr)) == (7, KEPT, KEPT)


def test_input_and_output_larger_than_every_window_do_not_block_each_other(host: SshTransport) -> None:
    assert host.run("tee /dev/stderr", stdin=b"y" * 6_000_000, timeout=20).ok


def test_a_command_ended_by_a_signal_is_unknown(host: SshTransport) -> None:
    result = host.run("echo begun; kill -9 $$", timeout=5)
    assert (result.status, result.stdout, result.unknown) == (None, b"begun\n", True)
    assert "signal" in result.reason


def test_a_command_past_its_time_limit_is_unknown_and_soon(host: SshTransport) -> None:
    begun = time.monotonic()
    result = host.run("sleep 30", timeout=0.4)
    assert (result.status, result.reason) == (None, "its time limit passed")
    assert time.monotonic() - begun < 15


def test_a_command_that_is_not_there_says_127(host: SshTransport) -> None:
    assert host.run("no-such-command-here", timeout=5).status == 127


def test_one_connection_carries_commands_of_many_threads(shared: Fleet) -> None:
    server = shared.servers[0]
    logins, executions = server.logins, server.executions
    transport = shared.connected(server.host())
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: transport.run(f"echo {number}", timeout=10), range(8)))
    transport.close()
    assert [(result.stdout, result.reason) for result in results] == [(b"%d\n" % number, "") for number in range(8)]
    assert (server.logins - logins, server.executions - executions) == (1, 8)


def test_commands_that_end_before_they_read_their_input_do_not_cost_the_connection(shared: Fleet) -> None:
    transport = shared.connected(shared.servers[0].host())
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: transport.run("true", stdin=b"x" * 50_000, timeout=10), range(200)))
    transport.close()
    assert {(result.status, result.reason) for result in results} == {(0, "")}


def test_a_command_waits_for_a_session_when_sshd_allows_no_more_at_once(shared: Fleet) -> None:
    transport = shared.connected(shared.servers[0].host())
    held = [transport.start("cat") for _ in range(10)]  # MaxSessions is 10
    assert "MaxSessions" in transport.run("true", timeout=0.2).reason
    for process in held:
        process.close()
    assert transport.run("true", timeout=5).ok
    transport.close()


def test_connect_is_harmless_when_connected(shared: Fleet) -> None:
    server = shared.servers[0]
    logins = server.logins
    transport = shared.connected(server.host())
    transport.connect()
    transport.close()
    assert server.logins == logins + 1


def test_a_transport_that_was_never_connected_says_so(shared: Fleet) -> None:
    transport = shared.factory().transport(shared.servers[0].host())
    assert "is not open" in transport.run("true", timeout=5).reason
    with pytest.raises(TransportError) as caught:
        transport.start("true")
    assert caught.value.failure is TransportFailure.LOST


def test_a_long_command_talks_in_lines(host: SshTransport) -> None:
    process = host.start('while read -r line; do echo "got $line"; done')
    lines = process.lines()
    process.send("one")
    assert next(lines) == "got one"
    process.send("two words")
    assert next(lines) == "got two words"
    process.close()
    assert list(lines) == []
    assert process.result().status in {None, 0}  # the end of its input ends the command, and we may hear of it or not


def test_a_long_command_that_ends_gives_its_last_line_and_status(host: SshTransport) -> None:
    process = host.start("echo first; printf last; echo oops >&2; exit 5")
    assert list(process.lines()) == ["first", "last"]
    assert process.result() == Result(5, b"", b"oops\n")


def test_an_endless_line_is_given_in_pieces(host: SshTransport) -> None:
    pieces = list(host.start("head -c 1000000 /dev/zero | tr '\\0' x").lines())
    assert len(pieces) > 1
    assert sum(map(len, pieces)) == 1_000_000


def test_closing_a_long_command_twice_is_harmless(host: SshTransport) -> None:
    process = host.start("cat")
    process.close()
    process.close()
    with pytest.raises(TransportError) as caught:
        process.send("anyone?")
    assert caught.value.failure is TransportFailure.LOST


def test_a_forwarded_connection_is_a_byte_stream(host: SshTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = host.forward("127.0.0.1", server.getsockname()[1], timeout=5)
        peer, _ = server.accept()
        with peer:
            stream.sendall(b"ping")
            assert peer.recv(10) == b"ping"
            peer.sendall(b"pong")
            assert stream.recv(10) == b"pong"
            stream.settimeout(0.05)
            with pytest.raises(TimeoutError):
                stream.recv(10)
        stream.settimeout(5)
        assert stream.recv(10) == b""
        stream.close()
        stream.close()
        with pytest.raises(OSError, match="closed"):
            stream.sendall(b"more")


def test_a_forward_to_a_closed_port_is_no_connection(host: SshTransport) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError) as caught:
            host.forward("127.0.0.1", unused.getsockname()[1], timeout=5)
    assert caught.value.failure is TransportFailure.NO_CONNECTION


def test_a_forward_that_sshd_forbids_says_so_and_what_to_set(fleet: Fleet) -> None:
    transport = fleet.connected(fleet.sshd("AllowTcpForwarding no").host())
    with pytest.raises(TransportError) as caught:
        transport.forward("127.0.0.1", 80, timeout=5)
    assert caught.value.failure is TransportFailure.FORWARDING
    assert "AllowTcpForwarding" in caught.value.remedy
    assert transport.run("true", timeout=5).ok


def test_a_connection_killed_in_the_middle_is_unknown_and_can_be_opened_again(fleet: Fleet) -> None:
    server = fleet.sshd()
    transport = fleet.connected(server.host())
    process = transport.start("echo ready; sleep 30")
    lines = process.lines()
    assert next(lines) == "ready"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(transport.run, "sleep 30", timeout=30)
        while server.executions < 2:
            time.sleep(0.01)
        server.signal_sessions(signal.SIGKILL)
        result = running.result(timeout=10)
    assert (result.status, result.reason) == (None, "the connection was lost")
    assert list(lines) == []
    assert process.result().reason == "the connection was lost"
    for use in (lambda: transport.start("true"), lambda: transport.forward("127.0.0.1", 1, timeout=1)):
        with pytest.raises(TransportError) as caught:
            use()
        assert caught.value.failure is TransportFailure.LOST
    transport.connect()
    assert transport.run("echo again", timeout=5).stdout == b"again\n"


def test_closing_the_transport_wakes_whoever_waits(fleet: Fleet) -> None:
    server = fleet.sshd()
    transport = fleet.connected(server.host())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(transport.run, "sleep 30", timeout=30)
        while server.executions < 1:
            time.sleep(0.01)
        begun = time.monotonic()
        transport.close()
        assert running.result(timeout=10).unknown
    assert time.monotonic() - begun < 10


def test_a_frozen_host_is_lost_in_bounded_time(fleet: Fleet) -> None:
    # Its kernel still acknowledges every byte, so only an answer to a question shows whether it lives.
    server = fleet.sshd()
    transport = fleet.connected(server.host(), clock=QuickClock(speed=60))
    process = transport.start("echo ready; sleep 60")
    lines = process.lines()
    assert next(lines) == "ready"
    server.signal_sessions(signal.SIGSTOP)
    begun = time.monotonic()
    assert list(lines) == []
    assert process.result().reason == "the connection was lost"
    assert time.monotonic() - begun < 15


def test_a_quiet_host_that_lives_is_not_lost(fleet: Fleet) -> None:
    transport = fleet.connected(fleet.sshd().host(), clock=QuickClock(speed=60))
    assert transport.run("sleep 2.5; echo here", timeout=10).stdout == b"here\n"  # 150 s by its clock


def test_no_line_of_paramiko_reaches_standard_error(fleet: Fleet, capfd: pytest.CaptureFixture[str]) -> None:
    server = fleet.sshd()
    transport = fleet.connected(server.host())
    server.signal_sessions(signal.SIGKILL)
    assert transport.run("true", timeout=5).unknown
    transport.close()
    assert capfd.readouterr().err == ""
