"""What a person should do next, from how the rollout ended and where each host stands."""

from shlex import quote

from deployer.facts import LossKind, Outcome, Verb
from deployer.sinks.phrases import moment, short
from deployer.sinks.story import HostStory, Standing, Story, Trouble

MOST_REMEDIES = 10
"""Remedies that are listed; more hosts with other faults are in the report."""

_LISTENER = frozenset({"listener-lost", "listener-changed", "bridge-disturbed", "rehearsal-disturbed"})
"""Codes of a listener that is not what it was, which need not be the release's fault."""


def advice(story: Story, plan: str) -> tuple[str, ...]:
    """Say what to do next, the most urgent first; nothing when all is well. `plan` is its path as it was given."""
    if story.finished is None:
        return (f"The rollout did not come to its end. {_look_first(story, plan)}",)
    match story.finished.outcome:
        case Outcome.SUCCEEDED | Outcome.UNCHANGED:
            return _left_behind(story, plan)
        case Outcome.ROLLED_BACK:
            return (*_remedies(story), _after_rollback(story, plan))
        case Outcome.INCOMPLETE:
            ways = _ways_on(story, plan) if story.held else (_after_incomplete(story, plan),)
            return (*_stranded(story), *ways, *_remedies(story))
        case Outcome.REFUSED:
            return (*_remedies(story), f"Nothing was switched. {_once_mended(story, plan)}")
        case Outcome.CANCELLED:
            return _cancelled(story, plan)
        case Outcome.HELD:
            return (*_ways_on(story, plan), *_remedies(story))


def _remedies(story: Story) -> tuple[str, ...]:
    """Give each remedy once, with the places it is for."""
    places: dict[str, list[Trouble]] = {}
    for trouble in story.troubles:
        if trouble.failure.remedy:
            places.setdefault(trouble.failure.remedy.rstrip(), []).append(trouble)
    said = [f"{_where(troubles)}: {remedy}" for remedy, troubles in places.items()]
    more = [f"... and {len(said) - MOST_REMEDIES} more, see the report"] if len(said) > MOST_REMEDIES else []
    return tuple(said[:MOST_REMEDIES] + more)


def _where(troubles: list[Trouble]) -> str:
    names = list(dict.fromkeys(trouble.host or trouble.wave or "rollout" for trouble in troubles))
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _look_first(story: Story, plan: str) -> str:
    """Say how to go on; an abort takes back what was switched, and leaves a host that was not as it is."""
    plan, forward = quote(plan), story.started is None or story.started.verb.forward
    back = f"sockdeploy {Verb.ABORT if forward else Verb.ROLLBACK} {plan}"
    return (
        f"Run `sockdeploy status {plan}` to see every host, then `{back}` to go back, "
        f"or `sockdeploy apply {plan}` to go forward."
    )


def _after_incomplete(story: Story, plan: str) -> str:
    """Say how to go on; an abort can be run again, until nothing is left."""
    if story.started is None or story.started.verb is not Verb.ABORT:
        return _look_first(story, plan)
    plan = quote(plan)
    return f"Run `sockdeploy status {plan}` to see every host, then `sockdeploy abort {plan}` again for those left."


def _stranded(story: Story) -> tuple[str, ...]:
    hosts = [host for host in story.hosts.values() if host.standing is Standing.STRANDED]
    listed = tuple(f"{host.name} needs a person: {_plight(host)}" for host in hosts[:MOST_REMEDIES])
    more = (f"... and {len(hosts) - MOST_REMEDIES} more, listed above",) if len(hosts) > MOST_REMEDIES else ()
    return listed + more


def _plight(host: HostStory) -> str:
    if host.lost:
        return f"it was lost ({short(host.lost, 200)})"
    return short(host.failure.message, 200) if host.failure else "nobody knows how it is"


def _after_rollback(story: Story, plan: str) -> str:
    confirmed = any(host.standing is Standing.CONFIRMED for host in story.hosts.values())
    kept = f" Confirmed hosts keep {story.release}." if confirmed else ""
    again = f"run `sockdeploy apply {quote(plan)}` again"
    if story.defeat is not None and story.defeat.failure.code in _LISTENER:
        return (
            "The socket was stopped or restarted, or the release shut it down: `journalctl -u` of the socket unit says "
            f"which. If somebody did it, {again}: the same release will do.{kept}"
        )
    return f"Mend what failed and {again}; a mended release needs a new id.{kept}"


def _once_mended(story: Story, plan: str) -> str:
    failure = story.finished.failure if story.finished else None
    first = "When the other rollout is over" if failure and failure.kind is LossKind.LOCKED else "Once this is mended"
    verb = story.started.verb if story.started else "apply"
    return f"{first}, run `sockdeploy {verb} {quote(plan)}` again."


def _cancelled(story: Story, plan: str) -> tuple[str, ...]:
    plan, verb = quote(plan), story.started.verb if story.started else Verb.APPLY
    again = f"sockdeploy {Verb.APPLY if verb is Verb.ROLLBACK else verb} {plan}"
    if not any(host.touched for host in story.hosts.values()):
        staged = verb.forward and any(host.standing is Standing.STAGED for host in story.hosts.values())
        away = f", or `sockdeploy {Verb.ABORT} {plan}` to remove what was staged" if staged else ""
        return (f"Nothing was switched. Run `{again}` again when you are ready{away}.",)
    if verb is Verb.ABORT:
        return (f"Run `{again}` to take the others back.",)
    back = f"sockdeploy {Verb.ABORT if verb.forward else Verb.ROLLBACK} {plan}"
    return (f"Run `{again}` to go on where this run stopped, or `{back}` to go back.",)


def _ways_on(story: Story, plan: str) -> tuple[str, ...]:
    """Give the three ways on from a hold."""
    plan, held = quote(plan), story.held
    begins = held is not None and held.before
    then = f"wave {held.wave} begins" if held is not None and begins else "the wave passes as it is"
    return (
        f"Run `sockdeploy resume {plan}` to go on: hosts on {story.release} prove themselves again, then {then}.",
        f"Or `sockdeploy abort {plan}` to take it back, or `sockdeploy rollback {plan}` for the newest good release.",
        f"It may wait until {moment(story.until)}; `sockdeploy status {plan}` shows it, from any machine.",
    )


def _left_behind(story: Story, plan: str) -> tuple[str, ...]:
    good = {Standing.CONFIRMED, Standing.UNCHANGED, Standing.REVERTED}
    behind = [host.name for host in story.hosts.values() if host.failure or host.standing not in good]
    if not behind:
        return ()
    names = ", ".join(behind[:5]) + (f" and {len(behind) - 5} more" if len(behind) > 5 else "")
    again = f"Then run `sockdeploy apply {quote(plan)}` again."
    return (*_remedies(story), f"Mend {names}, which did not make it; the plan tolerates that. {again}")
