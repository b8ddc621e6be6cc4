"""The command gate: the user's own command says yes, no, or nothing."""

from deployer.gates.command import judge
from deployer.gates.verdict import Verdict
from deployer.readings import CommandResult


def test_a_command_that_has_not_ended_is_inconclusive() -> None:
    assert judge(None).verdict is Verdict.INCONCLUSIVE


def test_a_command_that_succeeds_passes() -> None:
    assert judge(CommandResult(0, seconds=1.2)).verdict is Verdict.PASS


def test_a_command_that_fails_shows_its_output() -> None:
    judged = judge(CommandResult(3, output=("no rows",), seconds=1.2))
    assert (judged.verdict, judged.code, judged.evidence) == (Verdict.FAIL, "command-failed", ("no rows",))
    assert "exit 3" in judged.message


def test_a_command_that_could_not_tell_is_an_error_that_says_why() -> None:
    judged = judge(CommandResult(None, "it took longer than 30 s and was ended", ("waiting",)))
    assert (judged.verdict, judged.code, judged.evidence) == (Verdict.ERROR, "command-error", ("waiting",))
    assert "longer than 30 s" in judged.message
