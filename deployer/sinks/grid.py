"""Tables and lines in plain text, where whatever is in them is shown and nothing acts, and JSON documents."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from deployer.sinks.redaction import neutral

_WIDE = 160


def print_grid(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; as wide as the terminal, or as a log."""
    # They take long to load, and a rollout prints no table.
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, box=SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(neutral(cell)) for cell in row))
    width = None if stream.isatty() else _WIDE
    Console(file=stream, width=width, markup=False, highlight=False, emoji=False).print(table)


def say(stream: TextIO, text: str) -> None:
    """Print a line."""
    stream.write(neutral(text) + "\n")


def print_document(stream: TextIO, document: Mapping[str, object]) -> None:
    """Print one JSON document."""
    stream.write(json.dumps(document, indent=2) + "\n")
