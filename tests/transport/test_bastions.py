"""ProxyJump over one and two real bastions."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from deployer.transport.base import TransportError, TransportFailure
from tests.transport.conftest import Fleet, Keys, QuickClock


def test_all_hosts_behind_a_bastion_share_one_connection_to_it(fleet: Fleet) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    factory = fleet.factory()
    transports = [factory.transport(server.host(bastion)) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda transport: transport.connect(), transports))
        results = list(pool.map(lambda transport: transport.run("echo $SSH_CONNECTION", timeout=10), transports))
    assert all(result.ok for result in results)
    assert (bastion.logins, server.logins) == (1, 6)


def test_two_bastions_in_a_row_lead_to_the_host(fleet: Fleet) -> None:
    outer, inner, server = fleet.sshd(), fleet.sshd(), fleet.sshd()
    factory = fleet.factory()
    for _ in range(2):
        transport = factory.transport(server.host(outer, inner))
        transport.connect()
        assert transport.run("cat", stdin=b"z" * 3_000_000, timeout=20).ok
    assert (outer.logins, inner.logins, server.logins) == (1, 1, 2)


def test_the_host_keys_of_bastions_are_checked_too(fleet: Fleet, keys: Keys) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    factory = fleet.factory(known_hosts=server.known_hosts + bastion.known_line(keys.stranger))
    with pytest.raises(TransportError) as caught:
        factory.transport(server.host(bastion)).connect()
    assert caught.value.failure is TransportFailure.HOST_KEY
    assert f"127.0.0.1 port {bastion.port}" in caught.value.message
    assert server.logins == 0


def test_the_host_key_behind_a_bastion_is_checked_too(fleet: Fleet, keys: Keys) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    factory = fleet.factory(known_hosts=bastion.known_hosts + server.known_line(keys.stranger))
    with pytest.raises(TransportError) as caught:
        factory.transport(server.host(bastion)).connect()
    assert caught.value.failure is TransportFailure.HOST_KEY
    assert f"127.0.0.1 port {server.port}" in caught.value.message


def test_a_bastion_that_forbids_forwarding_says_so(fleet: Fleet) -> None:
    bastion, server = fleet.sshd("AllowTcpForwarding no"), fleet.sshd()
    with pytest.raises(TransportError) as caught:
        fleet.factory().transport(server.host(bastion)).connect()
    assert caught.value.failure is TransportFailure.FORWARDING
    assert "AllowTcpForwarding" in caught.value.remedy


def test_a_host_that_its_bastion_cannot_reach_is_unreachable(fleet: Fleet) -> None:
    bastion, gone = fleet.sshd(), fleet.sshd()
    gone.stop()
    with pytest.raises(TransportError) as caught:
        fleet.factory().transport(gone.host(bastion)).connect()
    assert caught.value.failure is TransportFailure.UNREACHABLE
    assert f"bastion 127.0.0.1 port {bastion.port}" in caught.value.message


def test_a_bastion_that_is_down_costs_its_retries_once_for_all_hosts_behind_it(fleet: Fleet) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    bastion.stop()
    clock = QuickClock()
    factory = fleet.factory(clock=clock)
    for _ in range(3):
        with pytest.raises(TransportError, match="on the way to the host") as caught:
            factory.transport(server.host(bastion)).connect()
        assert caught.value.failure is TransportFailure.UNREACHABLE
    assert len(clock.pauses) == 3 + 3 * 3  # the bastion's own three, and three per host, which cost no attempt


def test_a_lost_bastion_loses_its_hosts_and_is_opened_again(fleet: Fleet) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    transport = fleet.connected(server.host(bastion))
    bastion.signal_sessions(signal.SIGKILL)
    assert transport.run("sleep 5", timeout=10).reason != ""
    transport.connect()
    assert transport.run("echo again", timeout=5).stdout == b"again\n"
    assert bastion.logins == 2


def test_a_frozen_host_behind_a_bastion_is_lost_in_bounded_time(fleet: Fleet) -> None:
    # The bastion answers all the time: only the host itself can show that it lives.
    bastion, server = fleet.sshd(), fleet.sshd()
    transport = fleet.connected(server.host(bastion), clock=QuickClock(speed=60))
    process = transport.start("echo ready; cat >/dev/null")
    lines = process.lines()
    assert next(lines) == "ready"
    server.signal_sessions(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        upload = pool.submit(transport.run, "cat >/dev/null", stdin=b"u" * 20_000_000, timeout=60)
        assert list(lines) == []
        assert upload.result(timeout=20).unknown
    assert process.result().reason == "the connection was lost"
