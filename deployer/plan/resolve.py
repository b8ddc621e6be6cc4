"""Who is in which wave: selectors, numbers and percentages to hosts, over the whole inventory in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from deployer.plan.model import Bake, Host, Wave
from deployer.plan.selector import Count, Named, Percent, Rest, Selector, is_label, means
from deployer.plan.wrong import did_you_mean, listed

AT_ONCE_FIRST, AT_ONCE = 1, 10
NO_FAILURES, NO_BAKE = Count(0), Bake()


@dataclass(frozen=True, slots=True)
class Asked:
    """A wave as the plan asks for it; `max_parallel` None means the default of its position."""

    name: str
    hosts: Selector
    max_parallel: int | None = None
    max_failures: Count | Percent = NO_FAILURES
    bake: Bake = NO_BAKE
    approve: bool = False


DEFAULT_WAVES = (
    Asked("canary", Count(1)),
    Asked("pilot", Percent(Fraction(1, 4))),
    Asked("full", Rest()),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why waves cannot be resolved.

    `wave` is the position of the wave at fault, None when it is all of them; `entry` that of the pattern it names.
    """

    wave: int | None
    message: str
    remedy: str = ""
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The waves that have hosts, notes on those that have none, and faults; with a fault the waves mean nothing."""

    waves: tuple[Wave, ...]
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def resolve(hosts: Sequence[Host], asked: Sequence[Asked], *, labelled: bool = True) -> Resolved:
    """Give every host to one wave: by name, glob or label, then by numbers and percentages, then the rest.

    Not `labelled`, hosts have labels that are not known: there is no fault that one of those could undo.
    """
    named, faults = _named(hosts, asked, labelled=labelled)
    taken = {name for names in named.values() for name in names}
    left = [host.name for host in hosts if host.name not in taken]
    members = [named.get(index) or _take(wave.hosts, left, len(hosts)) for index, wave in enumerate(asked)]
    faults += _rest_faults(asked)
    if left and labelled and not faults:
        faults.append(Fault(None, f"in no wave: {listed(left)}", "add a last wave with hosts: rest"))
    full = [(wave, names) for wave, names in zip(asked, members, strict=True) if names]
    notes = [
        f"wave {wave.name} is skipped: no host is left for it"
        for wave, names in zip(asked, members, strict=True)
        if not names
    ]
    waves = tuple(_wave(wave, names, first=index == 0) for index, (wave, names) in enumerate(full))
    return Resolved(waves, tuple(notes), tuple(faults))


def _named(
    hosts: Sequence[Host], asked: Sequence[Asked], *, labelled: bool
) -> tuple[dict[int, list[str]], list[Fault]]:
    """Give the hosts of the waves that name theirs, by the wave's position."""
    members: dict[int, list[str]] = {}
    owner: dict[str, str] = {}
    faults: list[Fault] = []
    for index, wave in enumerate(asked):
        if not isinstance(wave.hosts, Named):
            continue
        for entry, pattern in enumerate(wave.hosts.patterns):
            unsure = is_label(pattern) and not labelled
            if not unsure and not any(means(pattern, host) for host in hosts):
                faults.append(Fault(index, *nothing_means(pattern, hosts), entry=entry))
        members[index] = [host.name for host in hosts if any(means(pattern, host) for pattern in wave.hosts.patterns)]
        twice = [f"{name} (also in {owner[name]})" for name in members[index] if name in owner]
        if twice:
            faults.append(Fault(index, f"in two waves: {listed(twice)}", "a host belongs to one wave"))
        owner |= dict.fromkeys(members[index], wave.name)
    return members, faults


def nothing_means(pattern: str, hosts: Sequence[Host]) -> tuple[str, str]:
    """Say that a pattern means no host, and what may have been meant."""
    options = [host.name for host in hosts]
    if is_label(pattern):
        options = [f"{key}={value}" for host in hosts for key, value in host.labels]
    return f"no host matches {pattern!r}", did_you_mean(
        pattern, options
    ) or f"there are: {listed(dict.fromkeys(options)) or 'none'}"


def _take(selector: Selector, left: list[str], total: int) -> list[str]:
    """Take a wave's hosts from the front of what is left, and from the list itself."""
    size = _size(selector, len(left), total)
    taken = left[:size]
    del left[:size]
    return taken


def _size(selector: Selector, left: int, total: int) -> int:
    if isinstance(selector, Count):
        return selector.hosts
    if isinstance(selector, Percent):
        return ceil(selector.share * total)
    return left if isinstance(selector, Rest) else 0


def _rest_faults(asked: Sequence[Asked]) -> list[Fault]:
    early = [index for index, wave in enumerate(asked[:-1]) if isinstance(wave.hosts, Rest)]
    return [
        Fault(index, "rest can stand once, in the last wave", "move this wave to the end, or say which hosts it takes")
        for index in early
    ]


def _wave(asked: Asked, hosts: Sequence[str], *, first: bool) -> Wave:
    at_once = asked.max_parallel or (AT_ONCE_FIRST if first else AT_ONCE)
    failures = asked.max_failures
    tolerated = failures.hosts if isinstance(failures, Count) else floor(failures.share * len(hosts))
    return Wave(asked.name, tuple(hosts), at_once, tolerated, asked.bake, asked.approve)
