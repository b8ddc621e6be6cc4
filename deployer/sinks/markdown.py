"""GitHub Markdown made of texts that are no Markdown, and no HTML: whatever is in them is shown, nothing acts."""

import html
import re
from collections.abc import Iterable, Sequence

_ACTIVE = re.compile(r"([\\`*_\[\]|~#!])")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp)(://)|\b(www)\.(?=\w)|@(?=\w)")


def plain(text: str) -> str:
    """Give one line that renders as the text itself, in a paragraph and in a table's cell."""
    escaped = _ACTIVE.sub(r"\\\1", html.escape(text.replace("\n", " "), quote=False))
    # An empty comment ends the word: a page that a host names must not become a link, nor a name a mention.
    return _AUTOLINK.sub(lambda found: _broken(found[0]), escaped)


def prose(text: str) -> str:
    """Give one line of text in which `commands` stand in backticks, and stay commands."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(f"`{part}`" if number % 2 and part else plain(part) for number, part in enumerate(parts))


def row(cells: Iterable[str]) -> str:
    """Give a table's row of texts."""
    return "| " + " | ".join(plain(cell) for cell in cells) + " |\n"


def head(names: Sequence[str]) -> str:
    """Give a table's first two lines."""
    return row(names) + "|" + " --- |" * len(names) + "\n"


def fenced(lines: Iterable[str]) -> str:
    """Give lines as a block of code, in a fence longer than any run of backticks within."""
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def bounded(pieces: Iterable[str], limit: int) -> str:
    """Join whole pieces as long as they fit into `limit` bytes of UTF-8, and say when some did not."""
    note = "\n_More did not fit here; it is in summary.json and journal.jsonl._\n"
    room = limit - len(note)
    taken: list[str] = []
    for piece in pieces:
        room -= len(piece.encode())
        if room < 0:
            return "".join([*taken, note]) if limit >= len(note) else ""
        taken.append(piece)
    return "".join(taken)


def _broken(text: str) -> str:
    return text.replace("://", ":<!-- -->//").replace("@", "<!-- -->@").replace("www.", "www<!-- -->.")
