"""Which keys are offered to which host: the one that was given, else what an ssh_config names, else the agent's."""

import threading
from collections.abc import Callable
from pathlib import Path

from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.credentials import Credentials, Given
from deployer.transport.keys import Agent, Identity, agent_at, is_encrypted, load
from deployer.transport.route import Endpoint


class Keyring:
    """Every private key of a run, read once. Raises TransportError(KEY) when the given key cannot be read."""

    def __init__(self, credentials: Credentials, warn: Callable[[str], None]) -> None:
        self._credentials = credentials
        self._warn = warn
        self._given = self._loaded(credentials.key) if credentials.key else None
        if credentials.no_key:
            warn(f"{credentials.no_key}: only keys of an agent, or that an ssh_config names, are offered")
        self._agent: Agent | None = None if self._given else agent_at(credentials.agent)
        self._files: dict[str, Identity | None] = {}
        self._reading = threading.Lock()

    def identities(self, endpoint: Endpoint) -> tuple[Identity, ...]:
        """Give the keys to offer to an endpoint, in order. TransportError(KEY) when there is none."""
        if self._given:
            return (self._given,)
        named = tuple(identity for path in endpoint.identities if (identity := self._file(path)))
        keys = named + (self._agent.identities() if self._agent else ())
        if not keys:
            raise TransportError(
                TransportFailure.KEY,
                f"there is no private key to log in to {endpoint} with" + _because(self._credentials.no_key),
                "give one: --ssh-key or the action's input ssh-key, SOCKDEPLOY_SSH_KEY, "
                "ssh.key or ssh.key_env in the plan, or an agent (SSH_AUTH_SOCK)",
            )
        return keys

    def close(self) -> None:
        """Close the connection to the agent."""
        if self._agent:
            self._agent.close()

    def _file(self, path: str) -> Identity | None:
        with self._reading:
            if path not in self._files:
                self._files[path] = self._read(path)
            return self._files[path]

    def _read(self, path: str) -> Identity | None:
        # As ssh does: an IdentityFile that is not there is passed over, an encrypted one is left to the agent.
        if not Path(path).is_file():
            self._warn(f"ssh_config: IdentityFile {path} does not exist")
            return None
        given = Given("IdentityFile of the ssh_config", path=path)
        if self._agent and self._credentials.passphrase is None and is_encrypted(given):
            return None
        return self._loaded(given)

    def _loaded(self, given: Given) -> Identity:
        return load(given, self._credentials.passphrase, _because(self._credentials.no_passphrase))


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
