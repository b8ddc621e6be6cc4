"""The story tells what a person would: which release is where, what failed, once."""

from dataclasses import replace

from deployer import events as ev
from deployer.facts import Act, Failure, HostFacts, LossKind, Outcome
from deployer.sinks.phrases import whereabouts
from deployer.sinks.story import Progress, Standing, Story
from tests.sinks import stories
from tests.sinks.stories import Script, told


def _names(story: Story) -> tuple[list[str], list[str]]:
    return [host.name for host in story.new], [host.name for host in story.old]


def test_after_a_success_every_host_runs_the_new_release_and_came_from_one() -> None:
    story = told(stories.success())
    assert _names(story) == (list(stories.HOSTS), [])
    assert story.previous == "r1"
    assert {wave.progress for wave in story.waves.values()} == {Progress.PASSED}
    assert story.host("web-1").proved == 3.2


def test_after_a_rollback_every_host_runs_what_it_ran_before() -> None:
    for events in (stories.canary_fails(), stories.pilot_fails()):
        assert _names(told(events)) == ([], list(stories.HOSTS))


def test_one_failure_told_by_host_wave_and_rollout_is_one_trouble() -> None:
    (trouble,) = told(stories.canary_fails()).troubles
    assert (trouble.host, trouble.wave, trouble.gate) == ("web-1", "canary", "health")


def test_a_host_that_is_lost_after_it_was_confirmed_still_counts() -> None:
    story = told([*stories.success()[:-1], ev.HostLost(at=stories.START + 90, host="web-1", reason="gone")])
    assert _names(story) == (list(stories.HOSTS), [])


def test_the_same_failure_of_two_hosts_is_two_troubles() -> None:
    script = Script().begin()
    failure = Failure(LossKind.UNREACHABLE, "unreachable", "no answer")
    for host in ("web-1", "web-2"):
        script.add(ev.ActFailed(at=script.at, host=host, act=Act.INSPECT, failure=failure))
    story = told(script.end(Outcome.REFUSED, 5, failure, "canary"))
    assert [trouble.host for trouble in story.troubles] == ["web-1", "web-2"]


def test_a_lost_host_is_named_stranded_with_what_it_last_ran() -> None:
    story = told(stories.host_lost())
    assert whereabouts(story.host("web-3")).startswith("stranded, a person is needed: last seen on r2")
    assert "lost: no route to host" in whereabouts(story.host("web-3"))
    assert _names(story) == ([], ["web-1", "web-2", "web-4"])  # nobody can tell of web-3


def test_a_host_that_was_left_in_the_middle_of_its_switch_runs_an_unknown_release() -> None:
    script = Script().begin().inspected()
    script.add(ev.ActStarted(at=script.at, host="web-1", act=Act.ACTIVATE))
    cancelled = Failure(LossKind.CANCELLED, "unfinished", "the rollout was cancelled")
    script.add(ev.HostStranded(at=script.at, host="web-1", failure=cancelled))
    story = told(script.events)
    assert "on an unknown release" in whereabouts(story.host("web-1"))
    assert "how activate ended is not known" in whereabouts(story.host("web-1"))
    assert _names(story) == ([], ["web-2", "web-3", "web-4"])


def test_a_host_whose_activation_ended_unknown_runs_an_unknown_release_until_it_is_looked_at() -> None:
    script = Script().begin().inspected()
    script.add(ev.ActStarted(at=script.at, host="web-1", act=Act.ACTIVATE))
    script.add(ev.ActUnknown(at=script.at, host="web-1", act=Act.ACTIVATE, reason="no exit status"))
    unknown = told(script.events)
    assert unknown.host("web-1").now is None
    assert _names(unknown) == ([], ["web-2", "web-3", "web-4"])
    script.add(ev.HostInspected(at=script.at, host="web-1", facts=HostFacts(current="r2")))
    found = told(script.events).host("web-1")
    assert (found.before, found.now, found.lost) == ("r1", "r2", "")


def test_a_first_deploy_that_was_taken_back_leaves_the_host_as_empty_as_before() -> None:
    script = Script().begin().inspected(current="")
    script.live("web-1", (stories.BAD,)).fails("web-1", "canary").reverted("web-1", back="")
    story = told(script.end(Outcome.ROLLED_BACK, 1, stories.WRONG, "canary"))
    assert whereabouts(story.host("web-1")) == "as before: no release"
    assert _names(story) == ([], list(stories.HOSTS))
    assert story.previous == ""


def test_hosts_that_differed_have_no_one_previous_release() -> None:
    script = Script().begin().inspected(["web-1"]).inspected(["web-2"], current="r0")
    assert told(script.events).previous == ""


def test_equal_answers_make_a_streak_whatever_time_they_took() -> None:
    looks = [stories.GOOD, replace(stories.GOOD, seconds=0.9), stories.BAD, stories.GOOD]
    script = Script().begin().inspected()
    streaks = [told(script.live("web-1", [look]).events).host("web-1").streak for look in looks[:1]]
    script.add(*(ev.HealthSeen(at=script.at, host="web-1", look=look) for look in looks[1:2]))
    streaks.append(told(script.events).host("web-1").streak)
    script.add(*(ev.HealthSeen(at=script.at, host="web-1", look=look) for look in looks[2:3]))
    streaks.append(told(script.events).host("web-1").streak)
    assert streaks == [1, 2, 1]


def test_a_failure_to_tidy_up_does_not_fail_the_host() -> None:
    script = Script().begin().inspected().live("web-1")
    script.add(ev.HostConfirmed(at=script.at, host="web-1"))
    failure = Failure(LossKind.ACTIVATION, "prune-failed", "cannot remove r0")
    script.add(ev.ActFailed(at=script.at, host="web-1", act=Act.PRUNE, failure=failure))
    host = told(script.events).host("web-1")
    assert (host.standing, host.failure) == (Standing.CONFIRMED, None)


def test_every_kind_of_event_can_be_told_and_time_never_goes_back() -> None:
    for _, events in stories.everyone():
        story = told([*events, ev.Ticked(at=1.0)])
        assert story.at == events[-1].at
