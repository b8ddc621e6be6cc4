"""Running the plan's hooks: here or on a host, with their context in variables and a time limit each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from deployer import commands
from deployer.facts import Failure, LossKind
from deployer.plan.model import Hook
from deployer.transport.base import Result

OnHost = Callable[[tuple[str, ...], Mapping[str, str], float], Result]
"""Runs argv with variables and a time limit in seconds on the host that hooks use."""


def run(
    hooks: Iterable[Hook], context: Mapping[str, str], folder: Path, on_host: OnHost, *, to_the_end: bool
) -> Failure | None:
    """Run a point's hooks in turn until one fails, or all of them `to_the_end`; None when all succeeded.

    Local hooks run in `folder`, the plan's.
    """
    failed: list[Failure] = []
    for hook in hooks:
        if (failure := _run(hook, context, folder, on_host)) is not None:
            failed.append(failure)
            if not to_the_end:
                break
    return _together(failed)


def _together(failed: list[Failure]) -> Failure | None:
    """Tell of all in one failure, each one's last lines under its own words."""
    if len(failed) < 2:
        return failed[0] if failed else None
    lines = tuple(line for failure in failed for line in (f"{failure.message}:", *failure.evidence) if failure.evidence)
    return replace(failed[0], message="; ".join(failure.message for failure in failed), evidence=lines)


def _run(hook: Hook, context: Mapping[str, str], folder: Path, on_host: OnHost) -> Failure | None:
    """Run one hook to its end."""
    try:
        if hook.on_host:
            result = on_host(hook.run, context, hook.timeout)
        else:
            result = commands.here(hook.run, context, hook.timeout, folder)
    except OSError as error:
        result = Result(None, reason=f"it could not be run: {error}")
    if result.ok:
        return None
    where = "on the host" if hook.on_host else "here"
    how = result.reason or f"exit {result.status}"
    message = f"the hook {hook.point} ({hook.run[0]}, {where}) failed: {how}"
    return Failure(LossKind.HOOK, f"hook-{hook.point.replace('_', '-')}", message, evidence=commands.tail(result))
