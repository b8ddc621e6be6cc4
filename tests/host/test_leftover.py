"""What a dead run left beside the live release is something to mend, unless a run that lives looks after it."""

from dataclasses import replace

from deployer.host.aside import Aside
from deployer.host.preflight import review
from tests.host.fit import WANTED, inspection


def test_a_second_instance_that_nobody_looks_after_is_told_with_what_it_costs_and_how_to_end_it() -> None:
    asides = (Aside("bridge", "v2", "active"), Aside("rehearsal", "", "failed"))
    found = {each.code: each for each in review(replace(inspection(), asides=asides), WANTED)}["second-left"]
    assert found.soft
    assert found.message.startswith("a run that did not end has left a bridge and a rehearsal beside the live release")
    assert "clients may get answers" in found.message
    assert found.evidence.splitlines() == [
        "a bridge of v2 runs beside the live release",
        "a rehearsal of an unknown release does not run any more",
    ]
    assert found.remedy == "sockdeploy abort PLAN"


def test_a_rehearsal_costs_no_client_anything_and_what_a_living_run_has_is_its_own() -> None:
    rehearsed = replace(inspection(), asides=(Aside("rehearsal", "v2", "active"),))
    (found,) = (each for each in review(rehearsed, WANTED) if each.code == "second-left")
    assert "clients" not in found.message
    for other in (replace(rehearsed, locked=True), inspection()):
        assert "second-left" not in {each.code for each in review(other, WANTED)}
