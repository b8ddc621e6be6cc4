"""Which release a rollback goes to: the newest, other than the current one, that is good on every selected host."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

NOTHING = ""
"""What a host goes back to when its first deploy was never confirmed: no release at all."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one host has: its current release, a release never confirmed ("" for none), the way back from it, good ones.

    `good` maps a release to when it was confirmed (seconds since the epoch).
    """

    current: str
    pending: str
    way_back: str
    good: Mapping[str, float]

    @property
    def releases(self) -> dict[str, float]:
        """Every release this host can go to; a way back counts as good, and is newer than what was confirmed before."""
        held = dict(self.good)
        if self.pending:
            held[self.way_back] = inf if self.way_back else -inf
        else:
            held.setdefault(self.current, 0.0 if self.current else -inf)
        return held


@dataclass(frozen=True, slots=True)
class Target:
    """The release to go to, which may be NOTHING; with a `reason` there is none. `lacking` hosts do not have it."""

    release: str
    reason: str = ""
    lacking: tuple[str, ...] = ()


def choose(hosts: Mapping[str, Known], asked: str | None) -> Target:
    """Choose the release; `asked` is what `--to` named."""
    if asked is not None:
        lacking = tuple(name for name, known in hosts.items() if asked not in known.releases)
        reason = f"{asked} is not a good release of {', '.join(lacking)}" if lacking else ""
        return Target("" if lacking else asked, reason, lacking)
    leaving = _leaving(hosts)
    common = set.intersection(*(set(known.releases) for known in hosts.values())) - {leaving}
    if not common:
        reason = f"there is no release other than {leaving or 'the current one'} that is good on every selected host"
        return Target("", reason, tuple(hosts))
    return Target(max(sorted(common), key=lambda name: max(known.releases[name] for known in hosts.values())))


def _leaving(hosts: Mapping[str, Known]) -> str:
    """Give the release that is rolled back from: one that was never confirmed, else the newest that is current."""
    unfinished = [known.pending for known in hosts.values() if known.pending]
    if unfinished:
        return max(unfinished, key=unfinished.count)
    current = {known.current for known in hosts.values()}
    newest = {name: max(known.releases.get(name, 0.0) for known in hosts.values()) for name in current}
    return max(sorted(current), key=lambda name: newest[name])
