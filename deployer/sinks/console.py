"""The console: progress in place for a person at a terminal, plain lines for everyone else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from deployer.sinks.audience import Listener
from deployer.sinks.folding import Folding
from deployer.sinks.line import Weight
from deployer.sinks.plain import PlainConsole

if TYPE_CHECKING:
    from rich.console import Console as Terminal


@dataclass(frozen=True, slots=True)
class Manner:
    """How the console speaks. `verbosity` is -1 for quiet, 1 for verbose."""

    verbosity: int = 0
    live: bool = False
    color: bool = True
    folding: Folding = Folding.NONE


def manner(stream: TextIO, environment: Mapping[str, str], verbosity: int = 0, *, color: bool = True) -> Manner:
    """Choose by where the words go: a terminal that no CI system stands behind gets the live form, unless quiet."""
    quiet = verbosity < 0
    # GitLab and others set CI; `CI=false` and an empty value are how people turn it off.
    in_ci = environment.get("CI", "").lower() not in {"", "0", "false", "no"}
    capable = stream.isatty() and environment.get("TERM", "dumb") != "dumb"
    return Manner(
        verbosity=verbosity,
        live=capable and not in_ci and not quiet,
        color=color and not environment.get("NO_COLOR"),
        folding=_folding(environment),
    )


def console(stream: TextIO, plan: str, how: Manner) -> Listener:
    """Give the console. With `--json` the stream is stderr: stdout then carries one document alone."""
    if how.live:
        from deployer.sinks.live import LiveConsole  # noqa: PLC0415 - rich takes long to load, and CI needs plain lines

        weight = Weight.LOOK if how.verbosity > 0 else Weight.MILESTONE
        return LiveConsole(terminal(stream, color=how.color), plan, weight)
    weights = {-1: Weight.FAILURE, 0: Weight.DETAIL, 1: Weight.LOOK}
    return PlainConsole(stream, plan, weights[max(-1, min(1, how.verbosity))], how.folding)


def terminal(stream: TextIO, *, color: bool) -> "Terminal":
    """Give rich's console for texts that are no markup: nothing in them is interpreted."""
    from rich.console import Console as Terminal  # noqa: PLC0415 - see console

    return Terminal(
        file=stream, no_color=not color, highlight=False, markup=False, emoji=False, force_terminal=True,
    )  # fmt: skip


def _folding(environment: Mapping[str, str]) -> Folding:
    if environment.get("GITHUB_ACTIONS") == "true":
        return Folding.GITHUB
    return Folding.GITLAB if environment.get("GITLAB_CI") == "true" else Folding.NONE
