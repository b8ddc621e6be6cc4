"""Who started a run and where: for the lock, the hosts' history and the report."""

import getpass
import socket
from collections.abc import Mapping


def who(variables: Mapping[str, str]) -> str:
    """Name the person: the one CI acts for, else the user of this machine."""
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        if variables.get(name):
            return variables[name]
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in passwd
        return "unknown"


def where(variables: Mapping[str, str]) -> str:
    """Name the place: the CI run's address, else this machine."""
    run = variables.get("GITHUB_RUN_ID")
    if run:
        return f"{variables.get('GITHUB_SERVER_URL', '')}/{variables.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
    return variables.get("CI_JOB_URL") or socket.gethostname()
