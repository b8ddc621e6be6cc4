"""The command gate: the user's own command must succeed for each host."""

from deployer.gates.verdict import Judgement, Verdict
from deployer.readings import CommandResult


def judge(result: CommandResult | None) -> Judgement:
    """Judge how the command ended for a host; None while it has not."""
    if result is None:
        return Judgement("command", Verdict.INCONCLUSIVE, "not-run", "the command has not ended yet")
    if result.code is None:
        message = f"the command could not tell: {result.error}"
        return Judgement("command", Verdict.ERROR, "command-error", message, result.output)
    if result.code != 0:
        message = f"the command ended with exit {result.code} after {result.seconds:.1f} s"
        return Judgement("command", Verdict.FAIL, "command-failed", message, result.output)
    return Judgement("command", Verdict.PASS, "command-succeeded", f"the command succeeded in {result.seconds:.1f} s")
