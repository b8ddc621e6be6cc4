"""The acts that `plan --commands` shows: those of a rollout that goes well on the host as it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployer.artifact import load
from deployer.facts import Verb
from deployer.fleet.holding import Holding
from deployer.fleet.orders import Orders
from deployer.host.inspection import Inspection, Pending
from deployer.host.source import Program
from deployer.task import Run, Task
from tests.host.fit import SHOWN, inspection
from tests.rollout.plans import plan

NEW = replace(inspection(current="v1"), staged="no")
LIVE = replace(inspection(current="v2"), staged="yes")
FIRST = Pending("first", "v2", "", "v1", "v1", first=False, since=900.0)
FAILED = SHOWN.replace("ActiveState=active", "ActiveState=failed", 1)
DOWN = replace(inspection(current="v2", show=FAILED), staged="yes")


@pytest.mark.parametrize(
    ("found", "acts"),
    [
        (None, "inspect observe stage activate confirm prune"),
        (NEW, "inspect observe stage activate confirm prune"),
        (replace(NEW, staged="yes"), "inspect observe activate confirm prune"),
        (DOWN, "inspect observe activate confirm prune"),
        (LIVE, "inspect observe"),
        (replace(LIVE, pending=FIRST), "inspect observe confirm prune"),
    ],
    ids=["not looked at", "new", "staged", "live and down", "live", "live, unconfirmed"],
)
def test_a_host_is_sent_what_it_lacks_and_no_more(tmp_path: Path, found: Inspection | None, acts: str) -> None:
    (tmp_path / "hello").write_text("hello")
    with load(tmp_path) as payload:
        task = Task("r", Verb.APPLY, "v2", payload=payload)
        seen = found and replace(found, current_digest=task.digest)
        run = Run(plan(), task, Program(""), lambda: 5.0, lambda _: False, lambda _: None, Holding())
        assert " ".join(act.name for act in Orders(run, seen).happy()) == acts
