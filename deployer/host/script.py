"""A user's own command on a host: argv and variables as a script for sh, past every login shell's quoting."""

import shlex
from collections.abc import Mapping

COMMAND = "exec /bin/sh -s"
"""The command line; the script goes to its standard input."""

MARK = "SOCKDEPLOY_COMMAND"
"""The variable by which everything that a command started is found again."""

GRACE = 5
"""Seconds that a command which is asked to end has for it."""

# The command has a process group of its own, timeout's. What left that group still carries the mark; who is killed may
# have started others meanwhile, so that it takes several rounds.
_SCRIPT = """\
trap '' HUP
env {mark} timeout -k {grace} {timeout:.3f} {argv} </dev/null &
group=$!
wait $group
status=$?
kill -KILL -- -$group 2>/dev/null
for round in 1 2 3 4 5 6 7 8 9; do
    left=$(grep -l -a -s -F -e {mark} /proc/[0-9]*/environ)
    [ -n "$left" ] || break
    for each in $left; do
        each=${{each%/environ}}
        kill -KILL "${{each#/proc/}}" 2>/dev/null
    done
done
exit $status
"""


def script(argv: tuple[str, ...], variables: Mapping[str, str], timeout: float, token: str) -> bytes:
    """Write the script that runs argv with variables for at most `timeout` seconds, and leaves nothing behind after.

    `token`: letters and digits, another one each time. Out of reach is what became another user.
    """
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    run = _SCRIPT.format(mark=f"{MARK}={token}", grace=GRACE, timeout=timeout, argv=shlex.join(argv))
    return f"{exports}{run}".encode()
