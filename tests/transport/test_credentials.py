"""Which source wins for the key, its passphrase and the known hosts; and that secrets stay hidden."""

import copy
import pickle
from pathlib import Path

import pytest

from deployer.plan.model import Ssh
from deployer.secret import Secret
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.credentials import Credentials, Given, Options, read, resolve

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n"
PLAN = Ssh(key="/plan/key", key_env="MY_KEY", passphrase_env="MY_PASS", known_hosts="/plan/known_hosts")
VARIABLES = {
    "SOCKDEPLOY_SSH_KEY": "/env/key",
    "SOCKDEPLOY_SSH_KEY_PASSPHRASE": "from env",
    "SOCKDEPLOY_KNOWN_HOSTS": "/env/known_hosts",
    "MY_KEY": "/named/key",
    "MY_PASS": "named",
    "SSH_AUTH_SOCK": "/agent",
}


def test_an_option_wins_over_everything() -> None:
    found = resolve(PLAN, Options(key="/opt/key", passphrase="opt", known_hosts="/opt/kh"), VARIABLES)
    assert found.key == Given("--ssh-key", path="/opt/key")
    assert found.passphrase == Given("--ssh-key-passphrase", Secret("opt"))
    assert found.known_hosts == Given("--known-hosts", path="/opt/kh")
    assert found.agent == "/agent"


def test_a_variable_wins_over_the_plan() -> None:
    found = resolve(PLAN, Options(), VARIABLES)
    assert found.key == Given("SOCKDEPLOY_SSH_KEY", path="/env/key")
    assert found.passphrase == Given("SOCKDEPLOY_SSH_KEY_PASSPHRASE", Secret("from env"))
    assert found.known_hosts == Given("SOCKDEPLOY_KNOWN_HOSTS", path="/env/known_hosts")


def test_the_plan_is_asked_last() -> None:
    found = resolve(PLAN, Options(), {"MY_KEY": "/named/key", "MY_PASS": "named"})
    assert found.key == Given("ssh.key of the plan", path="/plan/key")
    assert found.passphrase == Given("$MY_PASS (ssh.passphrase_env)", Secret("named"))
    assert found.known_hosts == Given("ssh.known_hosts of the plan", path="/plan/known_hosts")


def test_the_variable_that_the_plan_names_holds_a_key() -> None:
    found = resolve(Ssh(key_env="MY_KEY"), Options(), {"MY_KEY": KEY})
    assert found.key == Given("$MY_KEY (ssh.key_env)", Secret(KEY))


def test_nothing_given_is_nothing_found() -> None:
    found = resolve(Ssh(), Options(), {"SOCKDEPLOY_SSH_KEY": " \n"})
    assert found == Credentials()


def test_a_variable_of_the_plan_that_holds_nothing_is_named_where_it_would_have_counted() -> None:
    plan = Ssh(key_env="MY_KEY", passphrase_env="MY_PASS")
    found = resolve(plan, Options(), {"MY_PASS": ""})
    assert found.no_key == "$MY_KEY (ssh.key_env) is not set"
    assert found.no_passphrase == "$MY_PASS (ssh.passphrase_env) is empty"
    found = resolve(plan, Options(key="/opt/key", passphrase="opt"), {})
    assert (found.no_key, found.no_passphrase) == ("", "")


@pytest.mark.parametrize("value", [KEY, KEY.replace("\n", "\r\n"), KEY.strip(), "web-1 ssh-ed25519 AAAA"])
def test_a_content_is_told_from_a_path(value: str) -> None:
    found = resolve(Ssh(), Options(key=value), {})
    assert found.key is not None
    assert found.key.content == Secret(value)


@pytest.mark.parametrize("value", ["/a/path", "~/.ssh/id_ed25519", "./key\n", "a name with"])
def test_a_path_is_told_from_a_content(value: str) -> None:
    found = resolve(Ssh(), Options(key=value), {})
    assert found.key == Given("--ssh-key", path=value.strip())


def test_the_users_own_known_hosts_are_used_when_nobody_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text("")
    home = {"HOME": str(tmp_path)}
    found = resolve(Ssh(), Options(), home)
    assert found.own_known_hosts == Given("the user's own", path=str(tmp_path / ".ssh" / "known_hosts"))
    assert found.known_hosts is None
    assert resolve(Ssh(), Options(), {**home, "GITHUB_ACTIONS": "true"}).own_known_hosts is None
    assert resolve(Ssh(), Options(), {"HOME": str(tmp_path / "gone")}).own_known_hosts is None


def test_a_file_is_read_and_a_content_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    assert read(Given("x", path=str(tmp_path / "key")), TransportFailure.KEY) == KEY
    assert read(Given("x", Secret("text")), TransportFailure.KEY) == "text"


def test_a_file_that_cannot_be_read_names_who_said_so(tmp_path: Path) -> None:
    with pytest.raises(TransportError) as caught:
        read(Given("ssh.key of the plan", path="/no/such/key"), TransportFailure.KEY)
    assert caught.value.failure is TransportFailure.KEY
    assert caught.value.message == "ssh.key of the plan: /no/such/key cannot be read: No such file or directory"
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TransportError, match="it is not a text file"):
        read(Given("x", path=str(tmp_path / "binary")), TransportFailure.KEY)


def test_a_secret_is_shown_by_reveal_alone() -> None:
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r} {secret:>9} {[secret]} {Given('x', secret)}"
    assert (bool(secret), bool(Secret(""))) == (True, False)
    assert secret == Secret("hunter2")
    assert secret != "hunter2"
    assert len({secret, Secret("hunter2")}) == 1


def test_a_secret_is_not_pickled_or_copied_elsewhere() -> None:
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="a Secret is not written"):
            write(Secret("hunter2"))
