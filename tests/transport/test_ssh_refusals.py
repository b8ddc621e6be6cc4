"""Connections that do not come about: which kind of failure, what the message names, what the remedy says."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployer.plan.model import Host, Ssh
from deployer.transport.base import TransportError, TransportFailure
from tests.transport.conftest import Fleet, Keys, QuickClock
from tests.transport.sshd import USER, Sshd, fingerprint, make_key


def _refusal(fleet: Fleet, host: Host, **how: object) -> TransportError:
    with pytest.raises(TransportError) as caught:
        fleet.factory(**how).transport(host).connect()  # type: ignore[arg-type]  # the factory's own keywords
    return caught.value


def test_an_unknown_host_is_refused_with_its_fingerprint_and_the_line_to_add(shared: Fleet, keys: Keys) -> None:
    server = shared.servers[0]
    clock = QuickClock()
    error = _refusal(shared, server.host(), known_hosts="# nobody\n# is known\n", clock=clock)
    assert error.failure is TransportFailure.HOST_KEY
    assert f"127.0.0.1 port {server.port}" in error.message
    assert f"ssh-ed25519 {fingerprint(keys.host_ed25519)}" in error.message
    assert server.known_line(keys.host_ed25519).strip() in error.remedy
    assert f"ssh-keyscan -p {server.port} 127.0.0.1" in error.remedy
    assert clock.pauses == []


def test_a_wrong_host_key_is_refused_with_both_fingerprints(shared: Fleet, keys: Keys) -> None:
    server = shared.servers[0]
    error = _refusal(shared, server.host(), known_hosts=server.known_line(keys.stranger))
    assert error.failure is TransportFailure.HOST_KEY
    assert f"expected ssh-ed25519 {fingerprint(keys.stranger)}" in error.message
    assert f"got ssh-ed25519 {fingerprint(keys.host_ed25519)}" in error.message
    assert "line 1" in error.message


def test_a_refused_host_key_is_seen_before_any_login(fleet: Fleet) -> None:
    server = fleet.sshd()
    _refusal(fleet, server.host(), known_hosts="# nobody\n# is known\n")
    assert server.logins == 0
    assert "publickey" not in server.log


@pytest.mark.parametrize("kind", ["host_ecdsa", "host_rsa"])
def test_a_host_known_by_one_of_its_keys_is_asked_for_that_one(fleet: Fleet, keys: Keys, kind: str) -> None:
    known: Path = getattr(keys, kind)
    server = fleet.sshd(host_keys=[keys.host_ed25519, known])
    transport = fleet.factory(known_hosts=server.known_line(known)).transport(server.host())
    transport.connect()
    assert transport.run("echo ok", timeout=5).ok


def test_a_host_known_by_a_key_it_no_longer_has_is_refused(fleet: Fleet, keys: Keys) -> None:
    server = fleet.sshd()
    error = _refusal(fleet, server.host(), known_hosts=server.known_line(keys.host_ecdsa))
    assert f"expected ecdsa-sha2-nistp256 {fingerprint(keys.host_ecdsa)}" in error.message
    assert f"got ssh-ed25519 {fingerprint(keys.host_ed25519)}" in error.message


def test_hashed_known_hosts_work(shared: Fleet, tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(shared.servers[0].known_hosts)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    assert "127.0.0.1" not in path.read_text()
    transport = shared.factory(known_hosts=str(path)).transport(shared.servers[0].host())
    transport.connect()


def test_an_unreadable_line_costs_a_warning_and_nothing_else(shared: Fleet) -> None:
    server = shared.servers[0]
    factory = shared.factory(known_hosts="web-9 ssh-ed25519 AAAA???\n" + server.known_hosts)
    factory.transport(server.host()).connect()
    assert shared.warnings.pop() == "--known-hosts line 1 is left out: the key is not base64"


def test_a_wrong_key_is_an_authentication_failure_that_is_never_retried(fleet: Fleet, keys: Keys) -> None:
    server = fleet.sshd()
    clock = QuickClock()
    error = _refusal(fleet, server.host(), key=str(keys.stranger), clock=clock)
    assert error.failure is TransportFailure.AUTHENTICATION
    assert f"refused the login as {USER}" in error.message
    assert f"ssh-ed25519 {fingerprint(keys.stranger)} from --ssh-key" in error.message
    assert "authorized_keys" in error.remedy
    assert clock.pauses == []
    assert server.log.count("Connection from") <= 2  # the fixture's own first look, and ours


def test_a_wrong_user_is_named(shared: Fleet) -> None:
    error = _refusal(shared, shared.servers[0].host(user="nobody-here"))
    assert error.failure is TransportFailure.AUTHENTICATION
    assert "refused the login as nobody-here" in error.message


def test_a_host_that_wants_a_second_factor_says_so(fleet: Fleet) -> None:
    options = ("AuthenticationMethods publickey,password", "PasswordAuthentication yes")
    error = _refusal(fleet, fleet.sshd(*options).host())
    assert error.failure is TransportFailure.AUTHENTICATION
    assert "AuthenticationMethods" in error.remedy


def test_a_closed_port_is_tried_four_times_with_growing_pauses(shared: Fleet) -> None:
    clock = QuickClock()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = _refusal(shared, Host("a", "127.0.0.1", "u", unused.getsockname()[1]), clock=clock)
    assert error.failure is TransportFailure.UNREACHABLE
    assert "refused" in error.message
    assert len(clock.pauses) == 3
    assert all(0 <= pause <= bound for pause, bound in zip(clock.pauses, (0.5, 1.0, 2.0), strict=True))


def test_a_name_that_does_not_resolve_is_unreachable(shared: Fleet) -> None:
    error = _refusal(shared, Host("a", "no-such-host.invalid", "u", 22))
    assert error.failure is TransportFailure.UNREACHABLE
    assert "no-such-host.invalid port 22 cannot be reached: the name cannot be resolved" in error.message


def test_something_else_than_ssh_on_the_port_is_unreachable(shared: Fleet) -> None:
    with _listening() as server:
        error = _refusal(shared, Host("a", "127.0.0.1", "u", server.getsockname()[1]), timeout=0.1)
    assert error.failure is TransportFailure.UNREACHABLE
    assert "SSH did not come about" in error.message


def test_a_cancel_ends_the_retries_at_once(shared: Fleet) -> None:
    clock = QuickClock()
    clock.stopped = True
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = _refusal(shared, Host("a", "127.0.0.1", "u", unused.getsockname()[1]), clock=clock)
    assert "cancelled" in error.message
    assert len(clock.pauses) == 1


def test_a_server_that_is_too_busy_for_a_moment_is_tried_again(fleet: Fleet) -> None:
    server = fleet.sshd("MaxStartups 2:100:2")
    held = contextlib.ExitStack()
    for _ in range(2):
        held.enter_context(_place(server))

    def let_go() -> None:
        held.close()
        with _place(server):  # there is one place for us, and one more
            return

    clock = QuickClock(during=let_go)
    transport = fleet.connected(server.host(), clock=clock)
    assert transport.run("true", timeout=5).ok
    assert clock.pauses


def test_a_frozen_server_is_unreachable_in_bounded_time(fleet: Fleet) -> None:
    server = fleet.sshd()
    with _frozen(server):
        error = _refusal(fleet, server.host(), timeout=0.1)
    assert error.failure is TransportFailure.UNREACHABLE


def test_a_banner_and_a_noisy_login_change_nothing(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "banner").write_text("Authorised users only!\n" * 50)
    transport = fleet.connected(fleet.sshd(f"Banner {tmp_path / 'banner'}", "PrintMotd yes").host())
    assert transport.run("echo ok", timeout=5).stdout == b"ok\n"


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_every_kind_log_in(fleet: Fleet, tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "key", kind)
    server = fleet.sshd(authorized=[key])
    fleet.factory(key=str(key)).transport(server.host()).connect()
    assert server.logins == 1


def test_a_key_given_as_text_with_a_passphrase_logs_in(fleet: Fleet, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", "ed25519", "open sesame")
    server = fleet.sshd(authorized=[key])
    text = key.read_text().strip().replace("\n", "\r\n")
    variables = {"SOCKDEPLOY_SSH_KEY": text, "SOCKDEPLOY_SSH_KEY_PASSPHRASE": "open sesame"}
    fleet.factory(key="", variables=variables).transport(server.host()).connect()
    assert server.logins == 1


@contextmanager
def _agent(folder: Path, *keys: Path) -> Iterator[str]:
    path = str(folder / "agent")
    # It prints its process id, and goes to the background once it listens.
    printed = subprocess.run(["ssh-agent", "-a", path], check=True, capture_output=True, text=True).stdout
    try:
        environment = {**os.environ, "SSH_AUTH_SOCK": path}
        subprocess.run(["ssh-add", "-q", *map(str, keys)], env=environment, check=True, capture_output=True)
        yield path
    finally:
        os.kill(int(printed.split("SSH_AGENT_PID=")[1].split(";")[0]), signal.SIGTERM)


def test_the_keys_of_an_agent_log_in_and_several_hosts_share_it(fleet: Fleet, keys: Keys, tmp_path: Path) -> None:
    server = fleet.sshd()
    with _agent(tmp_path, keys.stranger, keys.user) as path:
        factory = fleet.factory(key="", variables={"SSH_AUTH_SOCK": path})
        for _ in range(3):
            factory.transport(server.host()).connect()
        factory.close()
    assert server.logins == 3


def test_an_agent_full_of_wrong_keys_is_told_from_a_lost_connection(fleet: Fleet, tmp_path: Path) -> None:
    server = fleet.sshd("MaxAuthTries 2")
    wrong = [make_key(tmp_path / f"key-{number}") for number in range(4)]
    with _agent(tmp_path, *wrong) as path:
        error = _refusal(fleet, server.host(), key="", variables={"SSH_AUTH_SOCK": path})
    assert error.failure is TransportFailure.AUTHENTICATION
    assert "Too many authentication failures" in error.message
    assert "one key instead of a whole agent" in error.remedy


def test_no_key_at_all_says_where_one_may_come_from(shared: Fleet) -> None:
    error = _refusal(shared, shared.servers[0].host(), key="", variables={"SSH_AUTH_SOCK": "/no/such/socket"})
    assert error.failure is TransportFailure.KEY
    assert all(source in error.remedy for source in ("--ssh-key", "SOCKDEPLOY_SSH_KEY", "ssh.key", "SSH_AUTH_SOCK"))


def test_a_variable_of_the_plan_that_is_not_set_is_named_before_the_agents_keys_are_used(
    fleet: Fleet, keys: Keys, tmp_path: Path
) -> None:
    server, ssh = fleet.sshd(), Ssh(key_env="MY_KEY")
    error = _refusal(fleet, server.host(), key="", ssh=ssh, variables={})
    assert error.message.endswith(f"port {server.port} with: $MY_KEY (ssh.key_env) is not set")
    fleet.warnings.clear()
    with _agent(tmp_path, keys.user) as path:
        factory = fleet.factory(key="", ssh=ssh, variables={"SSH_AUTH_SOCK": path})
        factory.transport(server.host()).connect()
        factory.close()
    assert fleet.warnings == [
        "$MY_KEY (ssh.key_env) is not set: only keys of an agent, or that an ssh_config names, are offered"
    ]


def test_a_variable_of_the_plan_without_the_passphrase_is_named_where_the_key_needs_one(
    fleet: Fleet, tmp_path: Path
) -> None:
    key = make_key(tmp_path / "key", "ed25519", "open sesame")
    with pytest.raises(TransportError) as caught:
        fleet.factory("", key=str(key), ssh=Ssh(passphrase_env="MY_PASS"), variables={"MY_PASS": ""})
    assert caught.value.message.endswith("no passphrase was given: $MY_PASS (ssh.passphrase_env) is empty")


def test_an_ssh_config_leads_to_the_host(fleet: Fleet, keys: Keys, tmp_path: Path) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    config = tmp_path / "config"
    config.write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  User {USER}\n  IdentityFile {keys.user}\n"
        f"  ProxyJump gate\nHost gate\n  HostName 127.0.0.1\n  Port {bastion.port}\n  IdentityFile {keys.user}\n"
    )
    factory = fleet.factory(key="", ssh=Ssh(config=str(config)))
    factory.transport(Host("web-1", "web", "", 22)).connect()
    assert (bastion.logins, server.logins) == (1, 1)


@contextmanager
def _place(server: Sshd) -> Iterator[None]:
    """Take one of the few places for connections without a login, as soon as there is one."""
    for _ in range(500):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            if connection.recv(3) == b"SSH":
                yield
                return
        time.sleep(0.01)
    raise AssertionError("it never had a free place")


@contextmanager
def _listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@contextmanager
def _frozen(server: Sshd) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)
