"""Journals of real runs judged once more: a held rollout's, the one that went on with it, and that of a way back."""

from tests.acceptance.conftest import Deploy
from tests.acceptance.metered import ERRORS, metrics
from tests.fleet.traffic import Traffic

BAKE = {"min": "1s", "max": "25s"}
WAVES = [
    {"name": "canary", "hosts": 1, "bake": BAKE},
    {"name": "rest", "hosts": "rest", "approve": True, "bake": BAKE},
]


def test_a_hold_and_its_resumption_agree_with_themselves_and_a_rollback_says_that_no_rule_judged_it(
    deploy: Deploy,
) -> None:
    app = deploy("metered", count=2)
    app.install("r1")
    rules = metrics(app, rules=[{**ERRORS, "min_requests": 5}])
    with Traffic(app.site.urls(app.hosts), rate=40):
        held = app.apply("r2", gates={"health": app.health(), "metrics": rules}, waves=WAVES)
        resumed = app.run("resume")
    assert (held.code, resumed.code) == (4, 0), held.told + resumed.told
    for ended, wave, other in ((held, "canary", "rest"), (resumed, "rest", "canary")):
        again = app.run("gate", "--replay", str(ended.report / "journal.jsonl"))
        assert again.code == 0, again.told
        assert again.says("computed once more: all", f"{wave} ")
        assert f"{other} " not in again.out
    back = app.run("rollback", "--to", "r1")
    assert back.code == 0, back.told
    refused = app.run("gate", "--replay", str(back.report / "journal.jsonl"))
    assert refused.code == 2
    assert refused.says("the journal of the verb rollback", "name the journal of an apply or a resume")
