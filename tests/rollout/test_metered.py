"""Which metrics are read: of hosts that proved themselves, and of those still on the old release beside them."""

from dataclasses import replace

from deployer.facts import Act, Verb
from deployer.plan.judging import Compare, Prometheus
from deployer.plan.model import Plan, Scope
from deployer.readings import Subject
from deployer.rollout.metered import metered
from tests.rollout.plans import ERRORS, gated, metrics, plan, wave
from tests.rollout.scene import NEW_RUNS, OLD_RUNS, Scene

COMPARED = metrics(replace(ERRORS, compare=Compare()))
SERVER = replace(COMPARED, source=Prometheus("https://prometheus.example"))


def three(scope: Scope = Scope.ROLLOUT) -> Plan:
    waves = wave("canary", "a", longest=60.0), wave("pilot", "b", "c", longest=60.0), wave("full", "d", longest=60.0)
    return plan(*waves, scope=scope)


def subjects(scene: Scene) -> set[Subject]:
    return set(metered(scene.plan, scene.state))


def test_a_host_is_read_from_the_moment_it_is_healthy() -> None:
    scene = Scene(gated(three(), metrics())).prepared()
    scene.wait(5)
    scene.activated("a")
    assert subjects(scene) == set()
    scene.wait(2)
    scene.answers("a")
    assert subjects(scene) == {Subject("canary", ("a",), 1007.0)}


def test_hosts_of_later_waves_are_the_control_from_the_first_wave_on() -> None:
    scene = Scene(gated(three(), COMPARED))
    assert subjects(scene) == set()
    scene.prepared()
    scene.wait(3)
    old = {
        Subject(name, (host,), 1000.0, control=True) for name, host in (("pilot", "b"), ("pilot", "c"), ("full", "d"))
    }
    assert subjects(scene) == old
    scene.healthy("a")
    assert subjects(scene) == {*old, Subject("canary", ("a",), 1003.0)}


def test_hosts_of_a_wave_that_rolls_are_no_control_and_neither_are_those_without_the_old_release() -> None:
    scene = Scene(gated(plan(wave("one", "a", longest=60.0), wave("two", "b"), wave("three", "c", "d", "e")), COMPARED))
    scene.prepared(c=NEW_RUNS, d=replace(OLD_RUNS, current="", way_back=""))
    scene.healthy("a")
    scene.counted("a", 0, 500)
    assert scene.busy(Act.ACTIVATE) == ["b"]
    assert {subject.hosts for subject in subjects(scene) if subject.control} == {("e",)}


def test_a_prometheus_server_is_asked_about_all_of_a_wave_at_once() -> None:
    scene = Scene(gated(three(), SERVER)).prepared()
    scene.healthy("a")
    scene.counted("a", 0, 500)
    scene.healthy("b")
    scene.wait(4)
    scene.healthy("c")
    old = Subject("full", ("d",), 1000.0, control=True)
    assert subjects(scene) - {Subject("canary", ("a",), 1000.0)} == {Subject("pilot", ("b", "c"), 1004.0), old}


def test_a_host_that_failed_or_is_confirmed_is_read_no_more() -> None:
    scene = Scene(gated(three(scope=Scope.WAVE), metrics())).prepared()
    scene.healthy("a")
    scene.counted("a", 0, 500)
    assert scene.busy(Act.CONFIRM) == ["a"]
    assert subjects(scene) == set()
    scene.healthy("b")
    scene.failed("c", Act.ACTIVATE)
    assert scene.of_kind(type(scene.failed_wave)) == [scene.failed_wave]
    assert subjects(scene) == set()


def test_nothing_is_read_on_a_rollback_and_nothing_when_all_waves_have_passed() -> None:
    scene = Scene(gated(plan(wave("all", "a")), COMPARED), verb=Verb.ROLLBACK, release="r0")
    scene.prepared(a=replace(OLD_RUNS, staged=True))
    scene.activated("a")
    scene.answers("a", "r0")
    assert scene.busy(Act.CONFIRM) == ["a"]
    assert subjects(scene) == set()
    scene = Scene(gated(plan(wave("all", "a", bake=10.0)), metrics())).prepared()
    scene.healthy("a")
    scene.counted("a", 0, 500)
    scene.wait(10)
    assert scene.busy(Act.CONFIRM) == ["a"]
    assert subjects(scene) == set()
