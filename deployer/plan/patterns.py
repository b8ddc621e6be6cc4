"""Patterns of grep -E: a reader that refuses what grep would refuse, and what it would not take as it is meant."""

from deployer.plan.wrong import WrongError, describe

LISTENING = (
    "[Ll]isten(ing)? failed",
    "[Ff]ailed to (listen|bind)",
    "([Cc]annot|[Cc]ould not|[Uu]nable to) (listen|bind)",
    "[Bb]ind(\\(\\))?( to [^ ]+)? failed",
    "[Aa]ddress (is )?already in use",
    "EADDRINUSE",
)
"""What services say that could not listen."""

LONGEST = 1000

_ESCAPED = set(".[]*^$+?(){}|/\\-'\"<>`" + "bBwWsS123456789")
"""What may stand behind a backslash: signs, and the letters that GNU grep knows."""


def read_pattern(value: object) -> str:
    """Read a pattern of grep -E: one line, with brackets and parentheses in pairs."""
    if not isinstance(value, str) or not value.strip():
        raise WrongError(f"expected a pattern of grep -E, got {describe(value)}", "an empty one is in every line")
    if not value.isprintable() or len(value) > LONGEST:
        raise WrongError(f"expected a pattern of one line of at most {LONGEST} characters, got {value[:60]!r}")
    wrong = _fault(value)
    if wrong:
        remedy = "patterns are those of grep -E: [0-9] is a digit, \\( a parenthesis"
        raise WrongError(f"{wrong}: {value!r}", remedy)
    return value


def _fault(pattern: str) -> str:
    """Say what is wrong with a pattern; nothing when grep takes it as it is meant."""
    depth, at, before = 0, 0, "|"
    while at < len(pattern):
        sign = pattern[at]
        if wrong := _misplaced(sign, before):
            return wrong
        if sign == "\\":
            at += 1
            if pattern[at : at + 1] not in _ESCAPED:
                return "grep -E does not know what follows the backslash"
        elif sign == "[":
            at = _end_of_set(pattern, at)
            if at < 0:
                return "a [ has no ]"
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            return "a ) has no ("
        before, at = sign, at + 1
    return "a ( has no )" if depth else _misplaced("|", before)


def _misplaced(sign: str, before: str) -> str:
    """Say what is wrong with a sign behind another; a pattern begins as if behind a |, and ends as if before one."""
    if before not in "|(":
        return ""
    if sign == ")" and before == "(":
        return "() is an empty group, and no pair of parentheses"
    if sign in "|)":
        return "one of the alternatives is empty, and so is in every line"
    return f"nothing stands before {sign} that could be repeated" if sign in "*+?" else ""


def _end_of_set(pattern: str, at: int) -> int:
    """Give where the set of characters that begins at `at` ends; -1: nowhere. A ] that comes first belongs to it."""
    at += 1
    at += pattern.startswith("^", at)
    at += pattern.startswith("]", at)
    while at < len(pattern) and pattern[at] != "]":
        kind = pattern[at : at + 2]
        if kind in {"[:", "[.", "[="}:
            closed = pattern.find(f"{kind[1]}]", at + 2)
            at = closed + 2 if closed >= 0 else len(pattern)
        else:
            at += 1
    return at if at < len(pattern) else -1
