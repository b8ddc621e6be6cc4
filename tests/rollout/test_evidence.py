"""What rules are judged by: the control since the wave started, and what a wave counted before another host joined."""

from dataclasses import replace

import pytest

from deployer import events as ev
from deployer.facts import Act, LossKind
from deployer.plan.judging import Compare, ErrorRule, LatencyRule, Metrics, Prometheus, ValueRule
from deployer.plan.model import Scope
from deployer.readings import Bucket, Counted, Reading
from deployer.rollout.table import HostState
from deployer.rulings import Ruling
from tests.rollout.plans import ERRORS, gated, metrics, plan, wave
from tests.rollout.scene import NEW_RUNS, Scene

BESIDE = Compare(max_ratio=2.0)
SLOW = LatencyRule(name="slow", histogram="seconds", max=0.5, compare=BESIDE)
DEPTH = ValueRule(name="depth", value="queue_depth", max=100.0)


def rulings(scene: Scene, name: str) -> tuple[Ruling, ...]:
    """Give the last look at a wave."""
    judged = [
        event for event in scene.of_kind(ev.WaveJudged) if isinstance(event, ev.WaveJudged) and event.wave == name
    ]
    return judged[-1].rulings


def control(ruling: Ruling) -> tuple[int, int, bool]:
    return ruling.control_bad, ruling.control_total, ruling.control_before


def rollout(gate: Metrics) -> Scene:
    waves = [wave(name, host, longest=600.0) for name, host in (("one", "a"), ("two", "b"), ("three", "c"))]
    return Scene(gated(plan(*waves), gate)).prepared()


def test_the_control_is_what_later_waves_counted_since_the_wave_started() -> None:
    scene = rollout(metrics(replace(ERRORS, compare=BESIDE)))
    scene.counted("b", 1, 100)
    scene.counted("c", 2, 200)
    scene.healthy("a")
    scene.counted("a", 0, 100)
    assert control(rulings(scene, "one")[0]) == (3, 300, False)
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.counted("c", 5, 600)
    scene.healthy("b")
    scene.counted("b", 0, 100)
    assert control(rulings(scene, "two")[0]) == (3, 400, False)
    scene.wait(10)
    scene.counted("a", 0, 200)
    assert control(rulings(scene, "one")[0]) == (6, 700, False), "what b counted on the old release still counts"


def test_in_the_last_wave_the_control_is_what_was_counted_before() -> None:
    scene = rollout(metrics(replace(ERRORS, compare=BESIDE)))
    for host in "bc":
        scene.counted(host, 1, 100)
    for host in "abc":
        scene.healthy(host)
        scene.counted(host, 0, 200)
    assert scene.busy(Act.CONFIRM) == ["a", "b", "c"]
    assert control(rulings(scene, "three")[0]) == (2, 200, True)


def test_a_control_that_never_answered_is_none() -> None:
    scene = Scene(gated(plan(wave("one", "a", longest=600.0)), metrics(replace(ERRORS, compare=BESIDE)))).prepared()
    scene.healthy("a")
    scene.counted("a", 0, 200)
    assert control(rulings(scene, "one")[0]) == (0, 0, False)


def test_the_controls_buckets_are_counted_since_the_wave_started_as_well() -> None:
    scene = rollout(metrics(SLOW))
    first = Counted("slow", total=100, buckets=(Bucket(0.5, 90), Bucket(1.0, 100)))
    later = Counted("slow", total=300, buckets=(Bucket(0.25, 50), Bucket(0.5, 280), Bucket(1.0, 300)))
    scene.read("c", Reading((first,)))
    good = Counted("slow", total=100, buckets=(Bucket(0.5, 99), Bucket(1.0, 100)))
    scene.healthy("a")
    scene.read("a", Reading((good,)))
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.read("c", Reading((later,)))
    scene.healthy("b")
    scene.read("b", Reading((good,)))
    assert control(rulings(scene, "two")[0]) == (10, 200, False)


def test_what_the_control_counts_for_the_first_time_after_the_wave_started_counts_in_full() -> None:
    scene = rollout(metrics(replace(ERRORS, compare=BESIDE)))
    scene.read("c", Reading())
    scene.healthy("a")
    scene.counted("a", 0, 100)
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.counted("c", 1, 70)
    scene.healthy("b")
    scene.counted("b", 0, 100)
    assert control(rulings(scene, "two")[0]) == (1, 70, False)


def test_a_subject_that_is_read_no_more_and_showed_nothing_is_not_waited_for() -> None:
    server = replace(metrics(), source=Prometheus("https://prometheus.example"))
    scene = Scene(gated(plan(wave("all", "a", "b", parallel=1, longest=600.0)), server)).prepared()
    scene.healthy("a")
    scene.read("a", Reading(ready=False))
    scene.wait(1)
    scene.healthy("b")
    scene.counted("a,b", 0, 100)
    assert scene.busy(Act.CONFIRM) == ["a", "b"]


def test_a_server_that_is_asked_about_a_smaller_control_does_not_count_it_twice() -> None:
    gate = replace(metrics(replace(ERRORS, compare=BESIDE)), source=Prometheus("https://prometheus.example"))
    waves = wave("one", "a", longest=600.0), wave("two", "b", "c", failures=1, longest=600.0)
    scene = Scene(gated(plan(*waves), gate)).prepared()
    scene.counted("b,c", 2, 200)
    scene.lost("c")
    scene.failed("c", Act.OBSERVE, LossKind.UNREACHABLE)
    scene.wait(1)
    scene.counted("b", 1, 100)
    scene.healthy("a")
    scene.counted("a", 0, 100)
    assert control(rulings(scene, "one")[0]) == (1, 100, False)


def test_a_server_that_is_asked_about_more_hosts_goes_on_with_what_it_has_counted() -> None:
    server = replace(metrics(ERRORS, DEPTH), source=Prometheus("https://prometheus.example"))
    scene = Scene(gated(plan(wave("all", "a", "b", "c", parallel=1, longest=600.0)), server)).prepared()
    scene.healthy("a")
    high = Counted("depth", values=(500.0,))
    scene.read("a", Reading((Counted("errors", bad=1, total=100), high)))
    scene.wait(1)
    scene.healthy("b")
    scene.wait(9)
    scene.read("a,b", Reading(ready=False))
    assert rulings(scene, "all")[0].total == 100
    assert rulings(scene, "all")[1].values == (), "a gauge is as high as it is now"
    scene.read("a,b", Reading((Counted("errors", total=50), Counted("depth", values=(5.0,)))))
    scene.wait(10)
    assert (rulings(scene, "all")[0].bad, rulings(scene, "all")[0].total) == (1, 150)
    assert rulings(scene, "all")[1].values == (5.0,)


def test_a_server_is_asked_about_a_host_whose_connection_is_lost_and_counts_nothing_twice() -> None:
    server = replace(metrics(), source=Prometheus("https://prometheus.example"))
    scene = Scene(gated(plan(wave("all", "a", "b", bake=600.0)), server)).prepared()
    scene.healthy("a")
    scene.healthy("b")
    scene.counted("a,b", 3, 600)
    scene.wait(8)
    scene.lost("b")
    scene.wait(2)
    scene.counted("a,b", 4, 700)
    assert scene.where("b") is HostState.UNKNOWN
    assert (rulings(scene, "all")[0].bad, rulings(scene, "all")[0].total) == (4, 700)
    scene.inspected("b", replace(NEW_RUNS, pending="r2", invocation="new"))
    scene.seen("b")
    scene.wait(10)
    scene.counted("a,b", 4, 800)
    assert scene.where("b") is HostState.ACTIVE
    assert (rulings(scene, "all")[0].bad, rulings(scene, "all")[0].total) == (4, 800)


WINDOWED = ErrorRule("errors", 0.01, errors="increase(bad[{{window}}])", total="increase(all[{{window}}])")
SLOW_WINDOW = LatencyRule("slow", histogram="increase(seconds[{{window}}])", max=0.5, compare=BESIDE)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ERRORS, (10, 300)),  # counters go on when a host has left
        (WINDOWED, (30, 1300)),  # what is left is counted from the same moment as ever
    ],
)
def test_a_control_that_lost_a_host_for_good_counts_since_the_wave_started(
    rule: ErrorRule, expected: tuple[int, int]
) -> None:
    gate = replace(metrics(replace(rule, compare=BESIDE)), source=Prometheus("https://prometheus.example"))
    waves = wave("one", "a", longest=600.0), wave("two", "b", bake=600.0), wave("three", "c", "d", failures=1)
    scene = Scene(gated(plan(*waves), gate)).prepared()
    scene.counted("c,d", 20, 1000)
    scene.healthy("a")
    scene.counted("a", 0, 100)
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.lost("d")
    scene.failed("d", Act.OBSERVE, LossKind.UNREACHABLE)
    scene.healthy("b")
    scene.wait(1)
    scene.counted("c", 30, 1300)
    scene.counted("b", 0, 100)
    assert control(rulings(scene, "two")[0]) == (*expected, False)


def test_a_control_that_lost_a_host_counts_its_histogram_over_the_window() -> None:
    gate = replace(metrics(SLOW_WINDOW, DEPTH), source=Prometheus("https://prometheus.example"))
    scene = rollout(gate)
    counted = Counted("slow", total=300, buckets=(Bucket(0.5, 280), Bucket(1.0, 300)))
    scene.read("b", Reading((counted,)))
    scene.healthy("a")
    scene.read("a", Reading((Counted("slow", total=100, buckets=(Bucket(0.5, 99), Bucket(1.0, 100))),)))
    assert control(rulings(scene, "one")[0]) == (20, 300, False)


def test_errors_that_the_control_counts_late_are_never_more_than_its_requests() -> None:
    scene = rollout(metrics(replace(ERRORS, compare=BESIDE)))
    scene.counted("c", 0, 1000)
    scene.healthy("a")
    scene.counted("a", 0, 100)
    assert scene.busy(Act.ACTIVATE) == ["b"]
    scene.counted("c", 400, 1060)
    scene.healthy("b")
    scene.counted("b", 60, 60)
    assert control(rulings(scene, "two")[0]) == (60, 60, False)


def test_a_server_that_is_asked_about_fewer_hosts_from_the_same_moment_counts_nothing_twice() -> None:
    server = replace(metrics(), source=Prometheus("https://prometheus.example"))
    waves = wave("one", "a", "b", longest=600.0), wave("two", "c", longest=600.0)
    scene = Scene(gated(plan(*waves, scope=Scope.WAVE), server)).prepared()
    scene.healthy("a")
    scene.healthy("b")
    scene.counted("a,b", 3, 600)
    assert scene.busy(Act.CONFIRM) == ["a", "b"]
    scene.confirmed("a")
    scene.unknown("b", Act.CONFIRM)
    scene.wait(2)
    scene.counted("b", 2, 300)
    scene.wait(8)
    assert (rulings(scene, "one")[0].bad, rulings(scene, "one")[0].total) == (2, 300)
