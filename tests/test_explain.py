"""What a failed act means, in words."""

from deployer.facts import LossKind
from deployer.fleet.explain import act_failure
from deployer.host.facts import Facts, Failure


def test_a_move_that_failed_says_for_how_long_the_port_was_closed_by_then() -> None:
    told = Facts((("moved", "yes"), ("closed", "0.210"), ("after.active", "failed")))
    found = act_failure(Failure("start-failed", "app.socket did not start", told), LossKind.ACTIVATION)
    assert "the port was closed for 0.21 s (migration)" in found.evidence
    assert (found.kind, found.code, found.message) == (LossKind.ACTIVATION, "start-failed", "app.socket did not start")


def test_other_failures_say_nothing_of_it() -> None:
    assert act_failure(Failure("timeout", ""), LossKind.ACTIVATION).evidence == ()


def test_of_several_listeners_the_lost_one_is_named_by_its_address() -> None:
    told = Facts((("before.inode", "10,11"), ("after.inode", "10,0")))
    failed = Failure("listener-lost", "admin.socket does not listen after the restart", told)
    found = act_failure(failed, LossKind.ACTIVATION, ("127.0.0.1:80", "127.0.0.1:81"))
    assert found.message == "admin.socket does not listen after the restart (127.0.0.1:81)"
    other = act_failure(Failure("timeout", "too late", told), LossKind.ACTIVATION, ("127.0.0.1:80", "127.0.0.1:81"))
    assert other.message == "too late"


def test_a_record_that_could_not_be_written_says_where_to_look_for_room() -> None:
    full = act_failure(Failure("state", "cannot write /var/lib/sockdeploy/app/hold"), LossKind.ACTIVATION)
    assert full.remedy.startswith("df -h /var/lib")
    assert act_failure(Failure("timeout", ""), LossKind.ACTIVATION).remedy == ""
    assert "without --preload" in act_failure(Failure("not-reloaded", "still r1"), LossKind.ACTIVATION).remedy
