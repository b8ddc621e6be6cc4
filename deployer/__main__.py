"""Entry point: `python -m deployer`, the container's entry point, and the GitHub action."""

import os
import sys

from deployer import action
from deployer.cli import failed, main
from deployer.errors import UsageError
from deployer.signals import cancelled, heard_by


def run() -> int:
    """Run the command line; as a GitHub action, without arguments, from the action's inputs."""
    with heard_by(cancelled):
        code = main() if _by_hand() else _as_action()
    _flush()
    return code


def _by_hand() -> bool:
    return bool(sys.argv[1:]) or os.environ.get("GITHUB_ACTIONS") != "true"


def _as_action() -> int:
    try:
        given = action.arguments(os.environ)
    except UsageError as error:
        return failed(str(error), error.exit_code)
    os.environ.update(given.variables)
    return main(given.argv)


def _flush() -> None:
    """Write out what is left; a reader who is gone (`| head`) must not change the exit code."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(run())
