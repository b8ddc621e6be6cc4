"""What runs beside the live release on a host, or was left of it: a rehearsal or a bridge, as `inspect` shows it."""

from dataclasses import dataclass

from deployer.host.facts import Facts, pairs


@dataclass(frozen=True, slots=True)
class Aside:
    """A second instance. `kind` is a `copy.Kind`, `release` "" when its unit does not say, `active` systemd's word."""

    kind: str
    release: str
    active: str

    @property
    def told(self) -> str:
        """Say what it is."""
        how = "does not run any more" if self.active in {"inactive", "failed"} else "runs beside the live release"
        return f"a {self.kind} of {self.release or 'an unknown release'} {how}"

    @classmethod
    def read(cls, line: str) -> "Aside":
        """Read a line of the answer of inspect."""
        words = Facts(pairs(line.split(" ")))
        return cls(words.one("kind"), words.one("release"), words.one("active"))
