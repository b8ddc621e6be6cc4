"""What the acts that change a host report back."""

from dataclasses import dataclass

from deployer.facts import UnitLook
from deployer.host.facts import Facts
from deployer.host.look import read_look


@dataclass(frozen=True, slots=True)
class Staged:
    """A release that is on the host, not live. `already`: it was there with the same digest, nothing was written."""

    already: bool
    bytes: int

    @classmethod
    def read(cls, facts: Facts) -> "Staged":
        """Read the answer of stage."""
        return cls(already=facts.flag("already"), bytes=facts.number("bytes"))


@dataclass(frozen=True, slots=True)
class Activation:
    """The receipt of activate, confirm or revert. Clocks are the host's, in seconds; 0 when that point was not reached.

    `began` is before anything changed, `switched` when `current` had been renamed, `started` when systemd's job had
    ended; `before` and `after` are full looks at unit and listener around it. `nothing`: there was nothing to do.
    `first`: no release had been current before (after a revert: none is now). `reverted`: activate put everything back
    by itself. `release` is what `current` points to now, `answer` the release value to expect from it after a revert.
    """

    before: UnitLook
    after: UnitLook
    began: float = 0.0
    switched: float = 0.0
    started: float = 0.0
    nothing: bool = False
    first: bool = False
    reverted: bool = False
    release: str = ""
    answer: str = ""

    @property
    def listener_kept(self) -> bool:
        """Whether the listeners are the same as before and PID 1 holds them (always so without a socket)."""
        return self.after.held and (not self.before.inode or self.before.inode == self.after.inode)

    @classmethod
    def read(cls, facts: Facts) -> "Activation":
        """Read the answer of activate, confirm or revert."""
        return cls(
            before=read_look(facts.under("before")),
            after=read_look(facts.under("after")),
            began=facts.clock("began"),
            switched=facts.clock("switched"),
            started=facts.clock("started"),
            nothing=facts.flag("nothing"),
            first=facts.flag("first"),
            reverted=facts.flag("reverted"),
            release=facts.one("release"),
            answer=facts.one("answer"),
        )


@dataclass(frozen=True, slots=True)
class Pruned:
    """The names of the releases that prune removed."""

    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a failing host looks like: unit and listener, and the last journal lines, oldest first."""

    look: UnitLook
    journal: tuple[str, ...] = ()

    @classmethod
    def read(cls, facts: Facts) -> "Evidence":
        """Read the answer of evidence."""
        return cls(read_look(facts.under("after")), tuple(facts.text("journal").splitlines()))
