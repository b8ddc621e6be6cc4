"""Running the plan's hooks: here or on a host, with their context in variables and a time limit each."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from deployer.facts import Failure, LossKind
from deployer.plan.model import Hook
from deployer.secret import without_secrets
from deployer.transport.base import Result

_TAIL = 20

OnHost = Callable[[tuple[str, ...], Mapping[str, str], float], Result]
"""Runs argv with variables and a time limit in seconds on the host that hooks use."""


def run(hook: Hook, context: Mapping[str, str], folder: Path, on_host: OnHost) -> Failure | None:
    """Run one hook to its end; None when it succeeded. Local hooks run in `folder`, the plan's."""
    result = on_host(hook.run, context, hook.timeout) if hook.on_host else _local(hook, context, folder)
    if result.ok:
        return None
    where = "on the host" if hook.on_host else "here"
    how = result.reason or f"exit {result.status}"
    message = f"the hook {hook.point} ({hook.run[0]}, {where}) failed: {how}"
    output = (result.stdout + result.stderr).decode("utf-8", "replace").splitlines()[-_TAIL:]
    return Failure(LossKind.HOOK, f"hook-{hook.point.replace('_', '-')}", message, evidence=tuple(output))


def _local(hook: Hook, context: Mapping[str, str], folder: Path) -> Result:
    variables = {**without_secrets(os.environ), **context}
    try:
        process = subprocess.Popen(
            hook.run, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )
    except OSError as error:
        return Result(None, reason=f"{hook.run[0]}: {error.strerror}")
    with process:
        try:
            output, _ = process.communicate(timeout=hook.timeout)
        except subprocess.TimeoutExpired:
            # Its children hold the pipe: end the whole session, or communicate would wait for them.
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return Result(None, output, reason=f"it took longer than {hook.timeout:g} s and was ended")
    return Result(process.returncode, output)
