"""systemd unit files as text, read the way systemd reads them. Pure."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A unit file of the plan: its unit name and text."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The digest of the text as it will stand on the host."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def base64(self) -> str:
        """The text in base64."""
        return base64.b64encode(self.text.encode()).decode()


def file_of(units: Iterable[UnitFile], name: str) -> UnitFile | None:
    """Give the file that systemd reads for unit `name`: its own, else that of its template; None without either."""
    known = {unit.name: unit for unit in units}
    stem, _, kind = name.rpartition(".")
    prefix, at, _ = stem.partition("@")
    return known.get(name) or known.get(f"{prefix}{at}.{kind}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One assignment of a unit file, stripped, its continuation lines joined by spaces."""

    section: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All assignments of a unit: of its fragment and its drop-ins, in the order systemd reads them."""

    name: str
    all: tuple[Setting, ...]

    @classmethod
    def read(cls, name: str, texts: Iterable[str]) -> "Settings":
        """Parse the texts of unit `name`; specifiers that its name decides are written out."""
        return cls(name, tuple(setting for text in texts for setting in _parse(text)))

    def many(self, section: str, key: str) -> tuple[str, ...]:
        """Give the values of a list option: an empty assignment drops those before it."""
        found: list[str] = []
        for value in self._values(section, key):
            found = [*found, value] if value else []
        return tuple(found)

    def one(self, section: str, key: str, default: str = "") -> str:
        """Give the value of a single option: the last assignment counts, an empty one restores the default."""
        values = self._values(section, key)
        return values[-1] or default if values else default

    def mentions(self, section: str, path: str) -> bool:
        """Whether any value of the section contains `path` as whole path components."""
        values = (expand(setting.value, self.name) for setting in self.all if setting.section == section)
        return any(_contains(value, path) for value in values)

    def _values(self, section: str, key: str) -> tuple[str, ...]:
        ours = (setting for setting in self.all if (setting.section, setting.key) == (section, key))
        return tuple(expand(setting.value, self.name) for setting in ours)


def expand(value: str, name: str) -> str:
    """Write out the specifiers that follow from the unit's name, and %t; others stay as they are."""
    stem = name.rpartition(".")[0]
    prefix, _, instance = stem.partition("@")
    known = {"n": name, "N": stem, "p": prefix, "i": instance, "j": prefix.rpartition("-")[2], "t": "/run", "%": "%"}
    out, rest = "", value
    while rest:
        clean, percent, rest = rest.partition("%")
        out += clean
        if percent:
            out += known.get(rest[:1], "%" + rest[:1])
            rest = rest[1:]
    return out


def _parse(text: str) -> Iterator[Setting]:
    section = ""
    for line in _logical_lines(text):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif "=" in line:
            key, _, value = line.partition("=")
            yield Setting(section, key.strip(), value.strip())


def _logical_lines(text: str) -> Iterator[str]:
    """Join continued lines; comments go, also between continued lines."""
    held = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith(("#", ";")):
            continue
        if line.endswith("\\"):
            held += line[:-1].rstrip() + " "
            continue
        if joined := (held + line).strip():
            yield joined
        held = ""
    if held.strip():
        yield held.strip()


def _contains(value: str, path: str) -> bool:
    before, found, after = value.partition(path)
    while found:
        if (
            after[:1] in {"", "/", " ", '"', "'", ";", ":"}
            and before[-1:] not in {"/", "."}
            and not before[-1:].isalnum()
        ):
            return True
        before, found, after = after.partition(path)
    return False
