"""Which known hosts count: what somebody named, else what the ssh_config names, else the user's own."""

import subprocess
from pathlib import Path

import pytest

from deployer.plan.model import Host, Jump, Ssh
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.credentials import Credentials, Given
from deployer.transport.known_hosts import KnownHosts
from deployer.transport.route import Endpoint
from deployer.transport.ssh import SshFactory
from deployer.transport.trust import Trust
from tests.transport.conftest import Fleet, Keys
from tests.transport.sshd import USER, Sshd

HOST = Host("web-1", "web", "", 22)


def _factory(fleet: Fleet, text: str, known_hosts: str = "", own: Path | None = None) -> SshFactory:
    """Make a factory that goes by an ssh_config; `own` is the user's home."""
    config = fleet.folder / "config"
    config.write_text(text)
    variables = {"HOME": str(own)} if own else {}
    return fleet.factory(known_hosts, ssh=Ssh(config=str(config)), variables=variables)


def _block(server: Sshd, name: str, *lines: str) -> str:
    return "\n ".join((f"Host {name}", "HostName 127.0.0.1", f"Port {server.port}", f"User {USER}", *lines)) + "\n"


def _refused(factory: SshFactory) -> TransportError:
    with pytest.raises(TransportError) as caught:
        factory.transport(HOST).connect()
    assert caught.value.failure is TransportFailure.HOST_KEY
    return caught.value


def _own(folder: Path, lines: str) -> Path:
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "known_hosts").write_text(lines)
    return folder


def test_a_host_is_trusted_by_the_files_that_its_ssh_config_names_as_ssh_itself_does(
    fleet: Fleet, keys: Keys, tmp_path: Path
) -> None:
    server = fleet.sshd()
    (tmp_path / "web_known").write_text(server.known_hosts)
    factory = _factory(fleet, _block(server, "web", f"UserKnownHostsFile {tmp_path}/gone {tmp_path}/%n_known"))
    factory.transport(HOST).connect()
    options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-i", str(keys.user)]
    subprocess.run(["ssh", "-F", str(tmp_path / "config"), *options, "web", "true"], check=True, timeout=60)
    assert server.logins == 2


def test_a_host_that_no_named_file_knows_is_refused_though_the_users_own_does(fleet: Fleet, tmp_path: Path) -> None:
    server = fleet.sshd()
    own = _own(tmp_path, server.known_hosts)
    (tmp_path / "other").write_text("# nobody\n")
    named = _factory(fleet, _block(server, "web", f"UserKnownHostsFile {tmp_path}/other {tmp_path}/gone"), own=own)
    told = f"no line of {tmp_path}/other or {tmp_path}/gone (which is not there) is for this host"
    assert told in _refused(named).message
    none = _factory(fleet, _block(server, "web", "UserKnownHostsFile none"), own=own)
    assert "the ssh_config says UserKnownHostsFile none" in _refused(none).message
    assert server.logins == 0
    _factory(fleet, _block(server, "web"), own=own).transport(HOST).connect()


def test_what_somebody_named_wins_over_the_ssh_config(fleet: Fleet, keys: Keys, tmp_path: Path) -> None:
    server = fleet.sshd()
    (tmp_path / "known").write_text(server.known_hosts)
    given = server.known_line(keys.stranger)
    factory = _factory(fleet, _block(server, "web", f"UserKnownHostsFile {tmp_path}/known"), given)
    assert "--known-hosts line 1" in _refused(factory).message


def test_a_bastion_and_the_host_behind_it_are_each_checked_against_their_own_files(
    fleet: Fleet, tmp_path: Path
) -> None:
    bastion, server = fleet.sshd(), fleet.sshd()
    (tmp_path / "gate").write_text(bastion.known_hosts)
    (tmp_path / "inner").write_text(server.known_hosts)

    def config(of_gate: str) -> str:
        return _block(server, "web", "ProxyJump gate", f"UserKnownHostsFile {tmp_path}/inner") + _block(
            bastion, "gate", f"UserKnownHostsFile {tmp_path}/{of_gate}"
        )

    _factory(fleet, config("gate")).transport(HOST).connect()
    assert f"no line of {tmp_path}/inner is for this host" in _refused(_factory(fleet, config("inner"))).message


def test_a_named_file_that_cannot_be_read_is_told_before_anything_is_dialled(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"Host gate\n UserKnownHostsFile {tmp_path}\n")
    factory = fleet.factory("", ssh=Ssh(config=str(tmp_path / "config")))
    with pytest.raises(TransportError) as caught:
        factory.transport(Host("web-1", "web", USER, 22, (Jump("gate"),)))
    assert caught.value.failure is TransportFailure.CONFIGURATION
    assert caught.value.message.startswith(f"UserKnownHostsFile of the ssh_config: {tmp_path} cannot be read")


def test_a_line_that_cannot_be_read_is_warned_of_once_however_many_hosts_look_there(tmp_path: Path) -> None:
    (tmp_path / "known").write_text("web-1\n")
    warnings: list[str] = []
    trust = Trust(Credentials(own_known_hosts=Given("the user's own", path=str(tmp_path / "known"))), warnings.append)
    for name in ("web-1", "web-2"):
        trust.of(Endpoint(name, "me"))
        trust.of(Endpoint(name, "me", known_hosts=(str(tmp_path / "known"),)))
    assert len(warnings) == 2  # as the user's own, and as a file that was named
    assert {warning.partition(" is left out")[0] for warning in warnings} == {f"{tmp_path}/known line 1"}


def test_without_any_known_hosts_the_message_says_where_to_give_them() -> None:
    known = Trust(Credentials(), list[str]().append).of(Endpoint("web-1", "me"))
    assert known == KnownHosts(source=known.source)
    assert "ssh.known_hosts in the plan, or SOCKDEPLOY_KNOWN_HOSTS" in known.source
