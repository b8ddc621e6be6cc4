"""Tables and lines of the verbs that only look, in plain text: whatever is in them is shown, nothing acts."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployer.sinks.redaction import neutral

_WIDE = 160


def print_grid(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; as wide as the terminal, or as a log."""
    table = Table(*columns, box=SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(neutral(cell)) for cell in row))
    width = None if stream.isatty() else _WIDE
    Console(file=stream, width=width, markup=False, highlight=False, emoji=False).print(table)


def say(stream: TextIO, text: str) -> None:
    """Print a line."""
    stream.write(neutral(text) + "\n")
