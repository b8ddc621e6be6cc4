"""An error as one JSON document: what `--json` prints where a verb has nothing else to say."""

from deployer.errors import PlanError, Problem, SockdeployError
from deployer.sinks.redaction import neutral

Document = dict[str, object]


def error_document(error: SockdeployError) -> Document:
    """Give an error as plain JSON values; `problems` has a plan's, each at its place, and is empty for any other."""
    problems = error.problems if isinstance(error, PlanError) else ()
    told = {"message": neutral(error.message), "where": neutral(error.where), "remedy": neutral(error.remedy)}
    return {"error": {**told, "problems": [_problem(each) for each in problems]}}


def _problem(problem: Problem) -> Document:
    """Give a problem; line and column count from 1, null where it is the file as a whole."""
    place = problem.place
    at = {"file": neutral(place.file), "line": place.line or None, "column": place.column or None}
    return {**at, "message": neutral(problem.message), "remedy": neutral(problem.remedy)}
