"""Commands of the user's own, run to their end here or on a host: nothing that they started is left behind."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from deployer.host.script import COMMAND, GRACE, MARK, script
from deployer.secret import without_secrets
from deployer.signals import ending_too
from deployer.transport.base import Result, Transport

KEPT = 64 << 10
"""How much of a command's output is kept, in bytes from its end."""

LINES, LINE = 20, 400
"""How many lines of it are shown, from the end, and how many characters of each."""

_MARGIN = 10.0
_ROUNDS = 9
_TIMED_OUT = {124, 128 + signal.SIGKILL}


def there(transport: Transport, argv: tuple[str, ...], variables: Mapping[str, str], timeout: float) -> Result:
    """Run argv on a host, as who logs in. `status` None: it could not be run, or did not end in `timeout` seconds."""
    began = time.monotonic()
    sent = script(argv, variables, timeout, secrets.token_hex(8))
    result = transport.run(COMMAND, stdin=sent, timeout=timeout + GRACE + _MARGIN)
    if result.status in _TIMED_OUT and time.monotonic() - began >= timeout:
        return _too_long(timeout, result.stdout + result.stderr)
    return result


def here(argv: tuple[str, ...], variables: Mapping[str, str], timeout: float, folder: Path) -> Result:
    """Run argv in a folder of this machine. `status` None: it could not be run, or did not end in time."""
    mark = f"{MARK}={secrets.token_hex(8)}"
    known = {**without_secrets(os.environ), **variables, MARK: mark.partition("=")[2]}
    # A file and no pipe: whatever goes on in the background after the command has ended holds nobody up.
    with TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                argv,
                cwd=folder,
                env=known,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return Result(None, reason=f"{argv[0]}: {error.strerror}")
        end = partial(_end_the_rest, process, mark.encode())
        with ending_too(end):
            ended = _wait(process, timeout)
            end()
        told = _end_of(output.fileno())
    return Result(process.returncode, told) if ended else _too_long(timeout, told)


def tail(result: Result) -> tuple[str, ...]:
    """Give the last lines of what a command printed, long ones cut."""
    lines = [line for told in (result.stdout, result.stderr) for line in told.decode("utf-8", "replace").splitlines()]
    return tuple(line[:LINE] for line in lines[-LINES:])


def _too_long(timeout: float, output: bytes) -> Result:
    return Result(None, output, reason=f"it took longer than {timeout:g} s and was ended")


def _wait(process: "subprocess.Popen[bytes]", timeout: float) -> bool:
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end_the_rest(process: "subprocess.Popen[bytes]", mark: bytes) -> None:
    """End its session, and what left that but still carries the mark; what is killed may have started others."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(_ROUNDS):
        left = [each for each in Path("/proc").glob("[0-9]*/environ") if _carries(each, mark)]
        if not left:
            return
        for each in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(each.parent.name), signal.SIGKILL)


def _carries(environ: Path, mark: bytes) -> bool:
    try:
        return mark in environ.read_bytes().split(b"\0")
    except OSError:
        return False


def _end_of(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, KEPT, max(0, size - KEPT))
