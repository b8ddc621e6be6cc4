"""The release that every tool brings out: 10 MB in 200 files that no compression shrinks, the same in every run."""

import os
from pathlib import Path
from random import Random
from zlib import crc32

from tests.fleet.apps import make_release

FILES = 200
FILES_PER_FOLDER = 20
TOTAL = 10 * 1000 * 1000
"""Bytes of all files together; the test app beside them adds a few thousand."""


def make_content(folder: Path, kind: str) -> Path:
    """Write an app with its ballast into a new folder, as a build leaves it; give the folder."""
    make_release(folder, kind, "bench")
    random = Random(FILES)
    for number in range(FILES):
        path = folder / "assets" / f"{number // FILES_PER_FOLDER:02d}" / f"{number:03d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.randbytes(TOTAL // FILES))
    return folder


def stamp(folder: Path, release: str, *, all_new: bool = False) -> None:
    """Make it another build: one file of it changes with each release, or all that there are."""
    path = folder / "BUILD"
    path.write_text(f"{release}\n")
    os.utime(path)
    for number, ballast in enumerate(sorted((folder / "assets").glob("*/*")) if all_new else ()):
        with ballast.open("r+b") as file:
            file.write(release.encode())
            # A file with another content has another size, too: what only looks alike would be compared in vain.
            file.truncate(TOTAL // FILES - crc32(f"{release} {number}".encode()) % 1000)
