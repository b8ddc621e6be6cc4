"""From an act to the one command line and standard input that carry it out on a host: sudo, time limit, token, words.

`inspect` brings the program along on standard input and leaves it on the host; every later act runs that file.
"""

from dataclasses import dataclass
from typing import TypeVar

from deployer.host.acts import Act, Inspect
from deployer.host.facts import MALFORMED, AnswerError, Failure, read_answer
from deployer.host.source import Program
from deployer.host.words import encode
from deployer.transport.base import Result

T = TypeVar("T")
# sshd hands the whole line to the login shell as one argument, and the kernel allows 128 KiB for one argument.
MAX_LINE = 120_000


# Runs the program where it is whole on the host already, and else what comes on standard input, which leaves it there.
# It holds nothing that any login shell would read in single quotes.
_WHOLE = '[ -f "$0" ] && [ "$(sha256sum <"$0")" = "${0##*/}  -" ]'
_BRING = f'{_WHOLE} && exec /bin/sh "$0" "$@" </dev/null; exec /bin/sh -s -- "$@"'


@dataclass(frozen=True, slots=True)
class Call:
    """What to send: the command line for the login shell, and standard input (`stage`: send the artifact instead)."""

    command: str
    stdin: bytes


def call(act: Act[T], program: Program, *, token: str, sudo: bool) -> Call:
    """Build the execution of `act`. `token` is 8 to 64 random letters and digits, new for every call.

    ValueError when the arguments are too long for a command line, or hold a NUL.
    """
    program_words = f"-c '{_BRING}' {program.path}" if isinstance(act, Inspect) else program.path
    become = ["sudo", "-n"] if sudo else []
    words = [f"token={token}", *(f"{key}={encode(value)}" for key, value in act.words())]
    line = " ".join(["exec", *become, *_limit(act), "/bin/sh", program_words, act.name, *words])
    if len(line) > MAX_LINE:
        raise ValueError(f"the arguments of {act.name} take {len(line)} bytes, {MAX_LINE} fit")
    return Call(line, program.loader if isinstance(act, Inspect) else act.payload())


def _limit(act: Act[T]) -> tuple[str, ...]:
    """Have timeout(1) end an act, in a process group of its own, whoever is gone."""
    seconds: int | None = getattr(act, "timeout", None)
    return () if seconds is None else ("timeout", "-k", "10", str(max(seconds, 1) + act.spare))


def answer(act: Act[T], result: Result, token: str) -> T | Failure:
    """Read what the execution of `act` printed; never raises for anything a host prints."""
    facts = read_answer(result, token)
    if isinstance(facts, Failure):
        return facts
    try:
        return act.read(facts)
    except AnswerError as error:
        return Failure(MALFORMED, str(error), facts, result.status)
