"""Where the private key, its passphrase and the known hosts come from: option, variable, plan, agent, in that order.

Pure: the options, the plan and the variables of the process go in, what to use comes out; only `read` opens a file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployer.plan.model import Ssh
from deployer.secret import Secret
from deployer.transport.base import TransportError, TransportFailure

KEY = "SOCKDEPLOY_SSH_KEY"
PASSPHRASE = "SOCKDEPLOY_SSH_KEY_PASSPHRASE"  # noqa: S105  the name of a variable, not a passphrase
KNOWN_HOSTS = "SOCKDEPLOY_KNOWN_HOSTS"
AGENT = "SSH_AUTH_SOCK"

_CONTENT = re.compile(r"-----BEGIN|\s(ssh|ecdsa|sk)-\S+\s+AAAA")
"""What a private key, or a single line of known_hosts, has in it and no path does."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value somebody gave: the text itself, or the path of a file that holds it, and who said so (`--ssh-key`)."""

    said_by: str
    content: Secret | None = None
    path: str = ""

    @property
    def origin(self) -> str:
        """Where the value comes from, for messages: who said so, and the path if there is one."""
        return f"{self.said_by} ({self.path})" if self.path else self.said_by


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line or the action's inputs gave: each a path or the content, or empty."""

    key: str = ""
    passphrase: str = ""
    known_hosts: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a connection is made with. `agent` is the agent's socket, used when no key is given.

    `known_hosts` is what somebody named, `own_known_hosts` the user's, where nobody named any. `no_key` and
    `no_passphrase` say of the plan's variable that should have held one that it does not; else they are empty.
    """

    key: Given | None = None
    passphrase: Given | None = None
    known_hosts: Given | None = None
    own_known_hosts: Given | None = None
    agent: str = ""
    no_key: str = ""
    no_passphrase: str = ""


def resolve(ssh: Ssh, options: Options, variables: Mapping[str, str]) -> Credentials:
    """Choose the first source that says anything, for each value on its own."""
    key = (
        _path_or_content("--ssh-key", options.key)
        or _path_or_content(KEY, variables.get(KEY, ""))
        or _path("ssh.key of the plan", ssh.key)
        or _path_or_content(f"${ssh.key_env} (ssh.key_env)", variables.get(ssh.key_env or "", ""))
    )
    passphrase = (
        _text("--ssh-key-passphrase", options.passphrase)
        or _text(PASSPHRASE, variables.get(PASSPHRASE, ""))
        or _text(f"${ssh.passphrase_env} (ssh.passphrase_env)", variables.get(ssh.passphrase_env or "", ""))
    )
    return Credentials(
        key=key,
        passphrase=passphrase,
        known_hosts=_path_or_content("--known-hosts", options.known_hosts)
        or _path_or_content(KNOWN_HOSTS, variables.get(KNOWN_HOSTS, ""))
        or _path("ssh.known_hosts of the plan", ssh.known_hosts),
        own_known_hosts=_home_known_hosts(variables),
        agent=variables.get(AGENT, ""),
        no_key="" if key else _holds_none("ssh.key_env", ssh.key_env, variables),
        no_passphrase="" if passphrase else _holds_none("ssh.passphrase_env", ssh.passphrase_env, variables),
    )


def read(given: Given, failure: TransportFailure) -> str:
    """Return the text of what was given. TransportError of the kind `failure` when its file cannot be read."""
    if given.content is not None:
        return given.content.reveal()
    try:
        return Path(given.path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise TransportError(
            failure,
            f"{given.said_by}: {given.path} cannot be read: {reason}",
            "give the path of a readable file, or its content",
        ) from None


def _path_or_content(said_by: str, value: str) -> Given | None:
    if not value.strip():
        return None
    if "\n" in value.strip() or _CONTENT.search(value):
        return Given(said_by, Secret(value))
    return Given(said_by, path=value.strip())


def _path(said_by: str, value: str | None) -> Given | None:
    return Given(said_by, path=value) if value else None


def _text(said_by: str, value: str) -> Given | None:
    return Given(said_by, Secret(value)) if value else None


def _holds_none(said_by: str, name: str | None, variables: Mapping[str, str]) -> str:
    if name is None:
        return ""
    return f"${name} ({said_by}) is {'empty' if name in variables else 'not set'}"


def _home_known_hosts(variables: Mapping[str, str]) -> Given | None:
    # A container action's HOME is shared by every step of the workflow: anybody may have put something there.
    if variables.get("GITHUB_ACTIONS") or not variables.get("HOME"):
        return None
    path = Path(variables["HOME"]) / ".ssh" / "known_hosts"
    return Given("the user's own", path=str(path)) if path.is_file() else None
