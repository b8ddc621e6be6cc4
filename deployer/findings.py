"""What a look at a host finds wrong: a code, a sentence, what was seen, and the exact remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mend:
    """One assignment that mends a unit: `line` under [`section`] in a drop-in of `unit`."""

    unit: str
    section: str
    line: str

    def __str__(self) -> str:
        # A comment of its own line: systemd would take one behind a value for a part of it.
        return f"# systemctl edit {self.unit}\n[{self.section}]\n{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong on a host before anything was touched.

    `code` is kebab-case and stable; `message` is a sentence; `evidence` is what was seen (may be several lines);
    `remedy` is the exact lines to run or to change. A `soft` finding keeps no rollout out. `mends` are the lines that
    `check --fix` would write.
    """

    code: str
    message: str
    evidence: str = ""
    remedy: str = ""
    soft: bool = False
    mends: tuple[Mend, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.message} [{self.code}]"]
        lines += [f"  {line}" for line in self.evidence.splitlines()]
        lines += [f"  > {line}" for line in self.remedy.splitlines()]
        return "\n".join(lines)


def mendable(code: str, message: str, evidence: str, *mends: Mend, soft: bool = False) -> Finding:
    """Give a finding that a drop-in mends: its remedy is the lines of it, and the way to have them written."""
    remedy = "\n".join([*map(str, mends), "# or: sockdeploy check PLAN --fix"])
    return Finding(code, message, evidence, remedy, soft, mends)
