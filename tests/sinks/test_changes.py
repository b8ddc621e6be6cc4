"""What the ways back and on would do, as a table and as one document."""

import io
import json
from dataclasses import replace

from deployer.facts import Failure, LossKind
from deployer.sinks.changes import changes_document, print_changes
from deployer.verbs.survey import Sight
from tests.host.fit import inspection
from tests.rollout.plans import plan

UNREACHABLE = Failure(LossKind.UNREACHABLE, "unreachable", "no route to host", "look at its power")
SIGHTS = (
    Sight("a", "canary", None, inspection(current="v2"), None),
    Sight("b", "full", None, inspection(current=""), None),
    Sight("c", "full", None, None, UNREACHABLE),
)


def change(sight: Sight) -> tuple[str | None, str]:
    """Give what a change does to a host that runs something, to one that does not, and to one nobody could look at."""
    if sight.inspection is None:
        return None, "nothing"
    return ("v1", "reverted") if sight.inspection.current else ("", "nothing")


def test_the_table_names_what_is_there_what_is_not_and_what_nobody_knows() -> None:
    stream = io.StringIO()
    print_changes(SIGHTS, change, stream)
    rows = [line.split() for line in stream.getvalue().splitlines() if "nothing" in line or "v1" in line]
    assert rows == [
        ["canary", "a", "v2", "v1", "reverted"], ["full", "b", "none", "none", "nothing"],
        ["full", "c", "?", "?", "nothing"],
    ]  # fmt: skip


def test_the_document_has_the_same_of_each_host_and_why_one_is_not_known() -> None:
    document = changes_document(replace(plan(), notes=("mind",)), "v2", SIGHTS, change, ("the gap",))
    told = json.loads(json.dumps(document))
    assert (told["release"], told["notes"]) == ("v2", ["mind", "the gap"])
    assert [(each["host"], each["wave"], each["current"], each["then"], each["does"]) for each in told["hosts"]] == [
        ("a", "canary", "v2", "v1", "reverted"), ("b", "full", "", "", "nothing"), ("c", "full", None, None, "nothing"),
    ]  # fmt: skip
    assert [each["failure"] and each["failure"]["code"] for each in told["hosts"]] == [None, None, "unreachable"]
