"""A rollout that waits for a person, as its hosts have it on record."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from shlex import quote

from deployer.findings import Finding
from deployer.host.facts import AnswerError, Facts, pairs
from deployer.host.layout import STATE
from deployer.host.words import history_line

UNREADABLE = "?"
"""What a host says in place of a record that cannot be one; no name of a rollout."""

_NAMES = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LATEST = 253402300799.0
"""The last second of the year 9999: no calendar goes further."""

_MOST = 3000
"""Characters that the names of all hosts may take in a record."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The record of a held rollout. `since` and `until` are the host's own clock, seconds since the epoch.

    It was held at `wave`: `before` it, since it has to be approved, or else after it, since it could not be judged;
    `accepted` are the waves that had passed. `who` and `origin` say who held it and where from, `reason` why.
    `resumes` are the rollouts that this one went on with, the oldest first; `migrate`: it moves services behind their
    sockets. `hosts` are those of the rollout, none when they are too many to be named.
    """

    rollout: str
    release: str
    wave: str
    before: bool = False
    digest: str = ""
    accepted: tuple[str, ...] = ()
    who: str = ""
    origin: str = ""
    reason: str = ""
    resumes: tuple[str, ...] = ()
    migrate: bool = False
    hosts: tuple[str, ...] = ()
    since: float = 0.0
    until: float = 0.0

    @property
    def record(self) -> str:
        """The record in words, less the times: those are the host's to tell."""
        hosts = ",".join(self.hosts)
        return history_line(
            rollout=self.rollout,
            release=self.release,
            wave=self.wave,
            before="yes" if self.before else "no",
            digest=self.digest,
            accepted=",".join(self.accepted),
            who=self.who,
            origin=self.origin,
            reason=self.reason,
            resumes=",".join(self.resumes),
            migrate="yes" if self.migrate else "no",
            hosts=hosts if len(hosts) <= _MOST else "",
        )

    @property
    def place(self) -> str:
        """Where in the rollout it was held."""
        return f"{'before' if self.before else 'after'} wave {self.wave}"

    def told(self, now: float = 0.0) -> str:
        """Say who holds what, where, from and since when, and until when; `now` by the host's clock."""
        who = f"{self.who or 'somebody'} from {self.origin or 'somewhere'}"
        until = f"{'past its deadline since' if self.past(now) else 'until'} {_moment(self.until)}"
        return f"{self.release} held {self.place} by {who} since {_moment(self.since)}, {until}"

    def past(self, now: float) -> bool:
        """Whether it waits for longer than the plan allowed."""
        return now > self.until

    @classmethod
    def read(cls, line: str) -> "Hold | None":
        """Read a record; None where there is none. AnswerError when it is damaged."""
        if not line:
            return None
        words = Facts(pairs(line.split(" ")))
        return cls(
            rollout=_name(words.one("rollout")),
            release=_name(words.one("release")),
            wave=_name(words.one("wave")),
            before=words.flag("before"),
            digest=words.one("digest"),
            accepted=_names(words.one("accepted")),
            who=words.one("who"),
            origin=words.one("origin"),
            reason=words.one("reason"),
            resumes=_names(words.one("resumes")),
            migrate=words.flag("migrate"),
            hosts=tuple(name for name in words.one("hosts").split(",") if name),
            since=_time(words, "since"),
            until=_time(words, "until"),
        )


def held_finding(hold: Hold, plan: str, now: float) -> Finding:
    """Say why nothing new is brought out on a host, and the three ways on; `plan` is the plan's path."""
    message = f"a rollout waits for a person: {hold.told(now)}"
    return Finding("held", message, hold.reason, "\n".join(ways_on(plan)))


def damaged_finding(record: str, service: str, plan: str) -> Finding:
    """Say that a record of a service cannot be read, `hold` or `pending`, and what to do; `plan` is the plan's path."""
    path = f"{STATE}/{service}/{record}"
    if record == "hold":
        remedy = f"sockdeploy abort {quote(plan)}   # takes back what is not confirmed, and removes the record"
        message = f"a rollout waits for a person, and its record cannot be read: {path}"
        return Finding("hold-damaged", message, "", remedy)
    message = f"the record of what the host goes back to cannot be read: {path}"
    remedy = f"sudo rm -rf {path}   # there, then roll out a release that is good: the way back is not known"
    return Finding("pending-damaged", message, "", remedy)


def ways_on(plan: str) -> tuple[str, ...]:
    """Give the three ways on from a hold as lines to type."""
    plan = quote(plan)
    return (
        f"sockdeploy resume {plan}   # go on with it",
        f"sockdeploy abort {plan}   # take it back",
        f"sockdeploy rollback {plan}   # go back to the newest good release",
    )


def _name(text: str) -> str:
    """Read a name: what a host has on record is asked for on every other one."""
    if not _NAMES.fullmatch(text):
        raise AnswerError(f"not a name: {text[:80]!r}")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(_name(name) for name in text.split(",") if name)


def _time(words: Facts, key: str) -> float:
    """Read a time that a calendar has; a record without its times is not whole."""
    at = words.clock(key)
    if not words.one(key) or at > _LATEST:
        raise AnswerError(f"not a time: {key}={words.one(key)}")
    return at


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
