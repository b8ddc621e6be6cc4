"""The text of the host program: the files of program/ put together, and the loader that leaves it on a host."""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from deployer.host.layout import PROGRAMS


@dataclass(frozen=True)
class Program:
    """The host program as one POSIX sh text."""

    text: str

    @cached_property
    def sha256(self) -> str:
        """The digest that names it on a host."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """Where it lives on a host."""
        return f"{PROGRAMS}/{self.sha256}"

    @cached_property
    def loader(self) -> bytes:
        """What a shell reads from standard input: it stores the program where it is missing and runs it from there."""
        return _read("loader.sh").replace("@SHA256@", self.sha256).replace("@PROGRAM@\n", self.text).encode()


@cache
def load_program() -> Program:
    """Put the packaged files together, in the order that `parts` names them."""
    names = [line for line in _read("parts").splitlines() if line and not line.startswith("#")]
    return Program("".join(_read(name) for name in names))


def _read(name: str) -> str:
    return (files("deployer.host") / "program" / name).read_text(encoding="utf-8")
