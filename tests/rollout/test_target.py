"""Which release a rollback goes to."""

from deployer.rollout.target import NOTHING, Known, Target, choose


def known(current: str, good: dict[str, float], pending: str = "", way_back: str = "") -> Known:
    return Known(current, pending, way_back, good)


GOOD = {"r1": 1.0, "r2": 2.0, "r3": 3.0}


def test_the_newest_good_release_other_than_the_current_one_is_chosen() -> None:
    assert choose({"a": known("r3", GOOD), "b": known("r3", GOOD)}, None).release == "r2"


def test_it_must_be_good_on_every_host() -> None:
    assert choose({"a": known("r3", GOOD), "b": known("r3", {"r1": 1.0, "r3": 3.0})}, None).release == "r1"


def test_what_a_died_run_left_behind_is_rolled_back_from() -> None:
    hosts = {"a": known("r3", {"r1": 1.0, "r2": 2.0}, pending="r3", way_back="r2"), "b": known("r2", {"r1": 1.0})}
    assert choose(hosts, None).release == "r2"


def test_a_way_back_that_nobody_confirmed_is_newer_than_what_was_confirmed_before() -> None:
    assert choose({"a": known("r3", {"r1": 1.0}, pending="r3", way_back="theirs")}, None).release == "theirs"


def test_where_hosts_differ_the_newest_current_release_is_left() -> None:
    assert choose({"a": known("r3", GOOD), "b": known("r2", GOOD)}, None).release == "r2"


def test_without_a_common_release_there_is_no_target_and_a_reason() -> None:
    target = choose({"a": known("r1", {"r1": 1.0})}, None)
    assert (target.release, target.lacking) == ("", ("a",))
    assert "other than r1" in target.reason


def test_a_died_first_deploy_goes_back_to_nothing() -> None:
    hosts = {"a": known("r1", {}, pending="r1"), "b": known("", {})}
    assert choose(hosts, None) == Target(NOTHING)


def test_a_died_first_deploy_beside_a_host_with_another_release_has_no_target() -> None:
    assert choose({"a": known("r1", {}, pending="r1"), "b": known("r0", {"r0": 1.0})}, None).reason


def test_a_release_that_was_asked_for_must_be_good_everywhere() -> None:
    hosts = {"a": known("r3", GOOD), "b": known("r3", {"r3": 3.0})}
    assert choose(hosts, "r1").lacking == ("b",)
    assert choose(hosts, "r3").release == "r3"


def test_a_host_without_any_release_has_none() -> None:
    assert choose({"a": known("", {})}, None).reason
