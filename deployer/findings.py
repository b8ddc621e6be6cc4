"""What a look at a host finds wrong: a code, a sentence, what was seen, and the exact remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong on a host before anything was touched.

    `code` is kebab-case and stable; `message` is a sentence; `evidence` is what was seen (may be several lines);
    `remedy` is the exact lines to run or to change.
    """

    code: str
    message: str
    evidence: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        lines = [f"{self.message} [{self.code}]"]
        lines += [f"  {line}" for line in self.evidence.splitlines()]
        lines += [f"  > {line}" for line in self.remedy.splitlines()]
        return "\n".join(lines)
