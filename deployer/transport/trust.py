"""Which known hosts count for which sshd: those that somebody named, else its ssh_config's, else the user's own."""

from collections.abc import Callable
from pathlib import Path

from deployer.transport.base import TransportFailure
from deployer.transport.credentials import Credentials, Given, read
from deployer.transport.known_hosts import KnownHosts, joined, parse
from deployer.transport.route import Endpoint

_NONE_GIVEN = KnownHosts(source="known_hosts (none was given: ssh.known_hosts in the plan, or SOCKDEPLOY_KNOWN_HOSTS)")
_SAID_NONE = KnownHosts(source="known_hosts (the ssh_config says UserKnownHostsFile none)")


class Trust:
    """The known hosts of every endpoint, each file read once; `warn` hears of each line that cannot be read.

    TransportError(CONFIGURATION) for a file that cannot be read.
    """

    def __init__(self, credentials: Credentials, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._own = credentials.own_known_hosts
        self._read: dict[Given, KnownHosts] = {}
        self._named = self._of(credentials.known_hosts) if credentials.known_hosts else None

    def of(self, endpoint: Endpoint) -> KnownHosts:
        """Give the known hosts that an endpoint's key is looked up in."""
        if self._named is not None:
            return self._named
        if endpoint.known_hosts is not None:
            return joined([self._said(path) for path in endpoint.known_hosts]) if endpoint.known_hosts else _SAID_NONE
        return self._of(self._own) if self._own else _NONE_GIVEN

    def _said(self, path: str) -> KnownHosts:
        # As ssh does: a file that is not there has no lines.
        if not Path(path).exists():
            return KnownHosts(source=f"{path} (which is not there)")
        return self._of(Given("UserKnownHostsFile of the ssh_config", path=path))

    def _of(self, given: Given) -> KnownHosts:
        if given not in self._read:
            known = parse(read(given, TransportFailure.CONFIGURATION), given.path or given.said_by)
            for warning in known.warnings:
                self._warn(warning)
            self._read[given] = known
        return self._read[given]
