"""Entry point: `python -m deployer`, the container's entry point, and the GitHub action."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deployer.signals import cancelled, heard_by


def run() -> int:
    """Run the command line; as a GitHub action, without arguments, from the action's inputs."""
    with heard_by(cancelled):
        code = _by_hand() if sys.argv[1:] or os.environ.get("GITHUB_ACTIONS") != "true" else _as_action()
    _flush()
    return code


def _by_hand() -> int:
    with _here_to_stay():
        from deployer.cli import main  # noqa: PLC0415 - loaded here, see _here_to_stay
    return main()


def _as_action() -> int:
    with _here_to_stay():
        from deployer import action  # noqa: PLC0415 - loaded here, see _here_to_stay
        from deployer.cli import failed, main  # noqa: PLC0415
        from deployer.errors import UsageError  # noqa: PLC0415
    try:
        given = action.arguments(os.environ)
    except UsageError as error:
        return failed(error)
    os.environ.update(given.variables)
    return main(given.argv)


@contextmanager
def _here_to_stay() -> Iterator[None]:
    """Look for no garbage in what is loaded meanwhile, then or later: that took a quarter of a short run's time."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def _flush() -> None:
    """Write out what is left; a reader who is gone (`| head`) must not change the exit code."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(run())
