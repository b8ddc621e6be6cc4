"""A temporary file that leaves no trace: it has no name, so even a killed process leaves nothing behind."""

import hashlib
import tempfile
from typing import IO, BinaryIO

PIECE = 1 << 20
"""How much is read at a time, in bytes."""


class Spool:
    """Bytes written once, then read by as many readers at once as like."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="sockdeploy-")  # noqa: SIM115  closed by `close`
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Append."""
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        """Return how much was written."""
        return self.size

    @property
    def sha256(self) -> str:
        """The hex SHA-256 of what was written so far."""
        return self._hash.hexdigest()

    def open(self, offset: int = 0) -> BinaryIO:
        """Open a reader of its own, with its own position. Close it."""
        self._file.flush()
        # The file has no path; its descriptor's name in /proc opens it anew.
        reader = open(f"/proc/self/fd/{self._file.fileno()}", "rb")  # noqa: SIM115, PTH123  handed to the caller
        reader.seek(offset)
        return reader

    def close(self) -> None:
        """Give the space back; readers that are still open go on."""
        self._file.close()
