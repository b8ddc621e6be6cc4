"""A user's own command on a host: argv and variables as a script for sh, past every login shell's quoting."""

import shlex
from collections.abc import Mapping

COMMAND = "exec /bin/sh -s"
"""The command line; the script goes to its standard input."""


def script(argv: tuple[str, ...], variables: Mapping[str, str], timeout: float) -> bytes:
    """Write the script that runs argv with variables for at most `timeout` seconds, and leaves nothing behind after."""
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    return f"{exports}exec timeout -k 5 {timeout:.3f} {shlex.join(argv)} </dev/null\n".encode()
