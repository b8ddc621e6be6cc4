"""Writing the files into a repository, none over another."""

from collections.abc import Mapping
from pathlib import Path

from deployer.errors import UsageError


def write(folder: Path, texts: Mapping[str, str], *, force: bool) -> None:
    """Write every file. UsageError, and nothing written, when one is there already; `force` replaces those."""
    there = [path for path in texts if (folder / path).exists() or (folder / path).is_symlink()]
    if there and not force:
        remedy = "--force writes over them; --folder writes somewhere else"
        raise UsageError(f"there already: {', '.join(there)}", where=str(folder), remedy=remedy)
    for path, text in texts.items():
        _write(folder / path, text)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from None
