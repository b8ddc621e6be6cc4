"""A rollout that waits for a person, as its hosts have it on record."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from shlex import quote

from deployer.findings import Finding
from deployer.host.facts import AnswerError, Facts, pairs
from deployer.host.words import history_line

_NAMES = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Hold:
    """The record of a held rollout. `since` and `until` are the host's own clock, seconds since the epoch.

    It was held at `wave`: `before` it, since it has to be approved, or else after it, since it could not be judged;
    `accepted` are the waves that had passed. `who` and `origin` say who held it and where from, `reason` why.
    `resumes` is the rollout that this one went on with, "" for none; `migrate`: it moves services behind their sockets.
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
    resumes: str = ""
    migrate: bool = False
    since: float = 0.0
    until: float = 0.0

    @property
    def record(self) -> str:
        """The record in words, less the times: those are the host's to tell."""
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
            resumes=self.resumes,
            migrate="yes" if self.migrate else "no",
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
        """Read a record; None where there is none. AnswerError when the host printed something impossible."""
        words = Facts(pairs(line.split(" ")))
        if not words.one("rollout"):
            return None
        return cls(
            rollout=_name(words.one("rollout")),
            release=_name(words.one("release")),
            wave=_name(words.one("wave")),
            before=words.flag("before"),
            digest=words.one("digest"),
            accepted=tuple(_name(name) for name in words.one("accepted").split(",") if name),
            who=words.one("who"),
            origin=words.one("origin"),
            reason=words.one("reason"),
            resumes=words.one("resumes"),
            migrate=words.flag("migrate"),
            since=words.clock("since"),
            until=words.clock("until"),
        )


def held_finding(hold: Hold, plan: str, now: float) -> Finding:
    """Say why nothing new is brought out on a host, and the three ways on; `plan` is the plan's path."""
    message = f"a rollout waits for a person: {hold.told(now)}"
    return Finding("held", message, hold.reason, "\n".join(ways_on(plan)))


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


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
