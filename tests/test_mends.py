"""The drop-ins of `check --fix`, from findings and what stands on the host."""

from dataclasses import replace

from deployer.findings import Finding, Mend, mendable
from deployer.host.unitstate import UnitState
from deployer.verbs.mends import drop_in, patches
from tests.host.fit import inspection

NON_BLOCKING = mendable("x", "m", "e", Mend("app.service", "Service", "NonBlocking=yes"))
LIMIT = mendable("y", "m", "e", Mend("app.service", "Unit", "StartLimitIntervalSec=0"), soft=True)
TRIGGER = mendable("z", "m", "e", Mend("app.socket", "Socket", "TriggerLimitIntervalSec=0"), soft=True)


def test_each_unit_gets_one_drop_in_with_all_its_lines() -> None:
    made = patches([NON_BLOCKING, LIMIT, TRIGGER, LIMIT, Finding("w", "nothing to write")], inspection())
    assert [patch.path for patch in made] == [drop_in("app.service"), drop_in("app.socket")]
    assert made[0].after == (
        "# Written by sockdeploy check --fix.\n[Service]\nNonBlocking=yes\n[Unit]\nStartLimitIntervalSec=0\n"
    )
    assert made[0].file.text == made[0].after
    assert made[0].diff().startswith(f"--- /dev/null\n+++ {drop_in('app.service')}\n")
    assert "+NonBlocking=yes\n" in made[0].diff()


def test_what_was_written_before_stays_and_is_not_doubled() -> None:
    (first,) = patches([NON_BLOCKING], inspection())
    service = UnitState("app.service", inspection().service.properties, (first.after,), (first.path,))
    again = replace(inspection(), service=service)
    assert patches([NON_BLOCKING], again) == ()
    (second,) = patches([NON_BLOCKING, LIMIT], again)
    assert second.after == first.after + "[Unit]\nStartLimitIntervalSec=0\n"
    assert second.diff().startswith(f"--- {first.path}\n")
    assert "\n NonBlocking=yes\n" in second.diff()
    off = mendable("x", "m", "e", Mend("app.service", "Service", "NonBlocking=no"))
    assert patches([off], again)[0].after == first.after.replace("=yes", "=no")


def test_a_unit_that_is_not_there_gets_none() -> None:
    assert patches([TRIGGER], replace(inspection(), socket=None)) == ()
