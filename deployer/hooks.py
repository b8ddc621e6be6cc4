"""Running the plan's hooks: here or on a host, with their context in variables and a time limit each."""

from collections.abc import Callable, Mapping
from pathlib import Path

from deployer import commands
from deployer.facts import Failure, LossKind
from deployer.plan.model import Hook
from deployer.transport.base import Result

OnHost = Callable[[tuple[str, ...], Mapping[str, str], float], Result]
"""Runs argv with variables and a time limit in seconds on the host that hooks use."""


def run(hook: Hook, context: Mapping[str, str], folder: Path, on_host: OnHost) -> Failure | None:
    """Run one hook to its end; None when it succeeded. Local hooks run in `folder`, the plan's."""
    if hook.on_host:
        result = on_host(hook.run, context, hook.timeout)
    else:
        result = commands.here(hook.run, context, hook.timeout, folder)
    if result.ok:
        return None
    where = "on the host" if hook.on_host else "here"
    how = result.reason or f"exit {result.status}"
    message = f"the hook {hook.point} ({hook.run[0]}, {where}) failed: {how}"
    return Failure(LossKind.HOOK, f"hook-{hook.point.replace('_', '-')}", message, evidence=commands.tail(result))
