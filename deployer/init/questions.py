"""Answers that are missing: asked at a terminal, named where there is none."""

from collections.abc import Callable

from deployer.errors import UsageError
from deployer.init.wish import OPTIONS, WRAP, Answers, Option

Ask = Callable[[str], str | None]
"""Puts a question to a person and gives the line typed; None at the end of input."""


def complete(given: Answers, ask: Ask | None) -> Answers:
    """Give all answers there will be, asked where one is needed. UsageError: no terminal, or no more input."""
    missing = [option for option in OPTIONS if option.default is None and option.name not in given]
    if not missing:
        return given
    if ask is None:
        names = ", ".join(f"--{option.name}" for option in missing)
        raise UsageError(f"missing: {names}", remedy="without a terminal nothing is asked; sockdeploy init --help")
    answers = dict(given)
    for option in OPTIONS:
        if option.question and option.name not in answers and _applies(option, answers):
            answers[option.name] = _answer(option, ask)
    return answers


def _applies(option: Option[object], answers: Answers) -> bool:
    return option is not WRAP or answers["kind"] not in {"gunicorn", "uvicorn"}


def _answer(option: Option[object], ask: Ask) -> str:
    """Ask until the answer makes sense."""
    default = f" [{option.default}]" if option.default else ""
    question = f"{option.question}{default}: "
    while True:
        line = ask(question)
        if line is None:
            raise UsageError(f"the input ended before --{option.name} was answered")
        answer = line.strip() or option.default or ""
        try:
            option.of({option.name: answer})
        except UsageError as error:
            question = f"{error}\n{option.question}{default}: "
        else:
            return answer
