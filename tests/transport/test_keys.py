"""Private keys as ssh-keygen and openssl write them, and as secret stores mangle them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519

from deployer.secret import Secret
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.credentials import Given
from deployer.transport.keys import agent_at, is_encrypted, load, mended
from tests.transport.sshd import blob, make_key

PASSPHRASE = Given("SOCKDEPLOY_SSH_KEY_PASSPHRASE", Secret("open sesame"))


def _text(path: Path) -> Given:
    return Given("--ssh-key", Secret(path.read_text()))


def _refused(given: Given, passphrase: Given | None = None) -> TransportError:
    with pytest.raises(TransportError) as caught:
        load(given, passphrase)
    assert caught.value.failure is TransportFailure.KEY
    assert "PRIVATE KEY" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("format_", [[], ["-m", "PEM"], ["-m", "PKCS8"]])
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_every_kind_in_every_format_is_read(tmp_path: Path, kind: str, format_: list[str], passphrase: str) -> None:
    key = make_key(tmp_path / "key", kind, passphrase, *format_)
    identity = load(_text(key), PASSPHRASE)
    assert identity.key.asbytes() == blob(key.with_suffix(".pub").read_text())
    assert identity.key.can_sign()
    assert is_encrypted(_text(key)) is bool(passphrase)


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: "\n\n  " + text + "\n\n",
        lambda text: "\ufeff" + text,
        lambda text: "\n".join("    " + line for line in text.splitlines()),
    ],
)
def test_what_forms_and_secret_stores_do_to_a_key_is_mended(tmp_path: Path, mangle: "type[str]") -> None:
    key = make_key(tmp_path / "key")
    assert mended(mangle(key.read_text())) == key.read_text()
    load(Given("--ssh-key", Secret(mangle(key.read_text()))), None)


@pytest.mark.parametrize("format_", [[], ["-m", "PEM"], ["-m", "PKCS8"]])
def test_a_wrong_passphrase_says_where_it_came_from(tmp_path: Path, format_: list[str]) -> None:
    key = make_key(tmp_path / "key", "ecdsa", "open sesame", *format_)
    error = _refused(_text(key), Given("SOCKDEPLOY_SSH_KEY_PASSPHRASE", Secret("wrong one")))
    assert error.message == (
        "the passphrase from SOCKDEPLOY_SSH_KEY_PASSPHRASE does not open the private key from --ssh-key"
    )
    assert "wrong one" not in str(error) + error.remedy


def test_a_missing_passphrase_says_where_one_may_be_given(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", "ed25519", "open sesame")
    error = _refused(Given("ssh.key of the plan", path=str(key)))
    assert error.message == (
        f"the private key from ssh.key of the plan ({key}) is encrypted, and no passphrase was given"
    )
    assert "SOCKDEPLOY_SSH_KEY_PASSPHRASE" in error.remedy
    assert "passphrase_env" in error.remedy


def test_a_public_key_is_told_from_a_private_one(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    assert "holds a public key" in _refused(_text(key.with_suffix(".pub"))).message


@pytest.mark.parametrize("text", ["nonsense\nnonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_something_else_is_no_key(text: str) -> None:
    assert "holds no private key" in _refused(Given("SOCKDEPLOY_SSH_KEY", Secret(text))).message


def test_a_key_that_lost_its_middle_is_no_key(tmp_path: Path) -> None:
    lines = make_key(tmp_path / "key").read_text().splitlines()
    _refused(Given("SOCKDEPLOY_SSH_KEY", Secret("\n".join((lines[0], *lines[3:])))))


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    text = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key").write_bytes(text)
    assert "is neither RSA, ECDSA nor Ed25519" in _refused(_text(tmp_path / "key")).message


def test_an_agent_that_is_gone_is_no_agent_and_a_broken_one_says_so(tmp_path: Path) -> None:
    assert agent_at("") is None
    assert agent_at(str(tmp_path / "gone")) is None
    (tmp_path / "file").write_text("")
    with pytest.raises(TransportError, match="the agent at SSH_AUTH_SOCK"):
        agent_at(str(tmp_path / "file"))
