"""How a service is started: what may be asked for, the command line that systemd gets, what it needs on the hosts."""

import re
import shlex

from deployer.errors import UsageError
from deployer.init.readers import Kind

_SERVERS = {Kind.GUNICORN, Kind.UVICORN}
_COMMANDS = {
    Kind.GUNICORN: "/usr/bin/gunicorn --preload --workers 2 --graceful-timeout 25 --backlog 4096 {run}",
    Kind.UVICORN: "/usr/bin/uvicorn --fd 3 --backlog 4096 {run}",
    Kind.NODE: "/usr/bin/node {run}",
    Kind.BINARY: "{current}/{run}",
}
_INTERPRETER = re.compile(
    r"(?:python|pypy|node|nodejs|deno|bun|npm|npx|ruby|bundle|perl|php|java|dotnet|uv|env|sh|bash)[0-9.]*"
)


def check_run(kind: Kind, run: str) -> None:
    """Refuse what the kind cannot run. UsageError."""
    wrong, remedy = _objection(kind, run)
    if wrong:
        raise UsageError(f"{wrong}, got {run!r}", where="--run", remedy=remedy)


def _objection(kind: Kind, run: str) -> tuple[str, str]:
    """Say what was expected, and what to write instead; "" when nothing is wrong."""
    program, *rest = shlex.split(run)
    if kind in _SERVERS and not re.fullmatch(r"[\w.]+:[\w.]+", run):
        remedy = "options of its own belong into the .service, which is yours once it is written"
        return "expected MODULE:NAME like app:application", remedy
    if kind is Kind.NODE and program in {"node", "nodejs"}:
        return "expected what node runs, like server.js", f"write {shlex.join(rest) or 'server.js'}"
    if kind is Kind.BINARY and _INTERPRETER.fullmatch(program):
        remedy = f"write where the hosts have {program}: /usr/bin/{run}"
        return "expected an executable of the release like bin/hello", remedy
    if kind is Kind.BINARY and ".." in program.split("/"):
        return "expected an executable inside the release like bin/hello", "write its path from the release's folder"
    return "", ""


def command(kind: Kind, run: str, current: str) -> str:
    """Give the command line as systemd wants it: an absolute program, and no % that it would replace.

    `current` is the folder of the live release.
    """
    form = "{run}" if run.startswith("/") else _COMMANDS[kind]
    return form.format(run=run.removeprefix("./").replace("%", "%%"), current=current)


def content(kind: Kind, run: str) -> str:
    """Say what has to be in the release for it; "" when nobody can tell."""
    program = shlex.split(run)[0].removeprefix("./")
    if kind in _SERVERS:
        return f"the Python module {run.partition(':')[0]}"
    if run.startswith("/"):
        return ""
    return program if kind is Kind.NODE else f"{program}, executable"


def needs(kind: Kind, run: str) -> str:
    """Name the program that the hosts have to have; "" when the release brings it."""
    program = command(kind, run, "").split()[0]
    return "" if kind is Kind.BINARY and not run.startswith("/") else program


def takes_socket(kind: Kind) -> str:
    """Say what the program has to do with systemd's socket; "" when it knows by itself."""
    if kind in _SERVERS:
        return ""
    example = ": server.listen({fd: 3})" if kind is Kind.NODE else ", as sd_listen_fds(3) says"
    return f"it has to accept on file descriptor 3, the socket that systemd passes{example}"
