"""The entries of a release while they are gathered: bounded, without duplicates, with links that stay inside."""

from collections.abc import Iterator

from deployer.artifact.entry import Entry, Kind, check_text, clean_path, refused
from deployer.errors import RefusedError

MOST_ENTRIES = 200_000
"""An artifact with more entries is refused."""

LARGEST = 4 << 30
"""An artifact that is larger, unpacked, is refused; in bytes."""

_MOST_STEPS = 40
"""How many links may lead from one to the next, as in the kernel."""


class Contents:
    """Collects entries, refusing each that cannot be part of a release."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._size = 0

    def add(self, entry: Entry) -> None:
        """Take an entry whose path is clean. RefusedError when there is one of that path, or too many, or too much."""
        known = self._entries.get(entry.path)
        if known is not None and not (known.kind is entry.kind is Kind.FOLDER):
            raise refused(entry.path, "it is there twice", "pack every file once")
        self._size += entry.size
        if self._size > LARGEST:
            raise RefusedError(f"unpacked it is larger than {LARGEST >> 30} GiB")
        self._entries[entry.path] = entry
        if len(self._entries) > MOST_ENTRIES:
            raise RefusedError(f"it holds more than {MOST_ENTRIES} files, folders and links")

    def file(self, path: str) -> Entry | None:
        """Return the file of that path, if it was added before."""
        entry = self._entries.get(path)
        return entry if entry is not None and entry.kind is Kind.FILE else None

    def finished(self) -> tuple[Entry, ...]:
        """Return all entries sorted by path, with every folder that only a longer path speaks of."""
        for path in list(self._entries):
            self._check_parents(path)
        for entry in self._entries.values():
            if entry.kind is Kind.LINK:
                self._check_link(entry)
        if all(entry.kind is Kind.FOLDER for entry in self._entries.values()):
            raise RefusedError("it is empty: there is no file in it")
        mark = self._entries.get("RELEASE")
        if mark is not None and mark.kind is not Kind.FILE:
            raise refused("RELEASE", f"it is a {mark.kind}, and the release's id is written to this name", "rename it")
        return tuple(sorted(self._entries.values(), key=lambda entry: entry.path.encode()))

    def _check_parents(self, path: str) -> None:
        for parent in _parents(path):
            known = self._entries.get(parent)
            if known is None:
                self.add(Entry(parent, Kind.FOLDER))
            elif known.kind is not Kind.FOLDER:
                raise refused(path, f"it lies under {parent}, which is a {known.kind} and no folder")

    def _check_link(self, link: Entry) -> None:
        """Walk to where a link leads as the kernel would, link after link, and refuse it when the walk leaves."""
        at: list[str] = link.path.split("/")[:-1]
        ahead = link.target.split("/")[::-1]
        steps = 0
        while ahead:
            part = ahead.pop()
            if part == ".." and not at:
                raise refused(link.path, f"it is a link that leads out of the release, to {link.target}", _LINK_REMEDY)
            if part == "..":
                at.pop()
            elif part not in {"", "."}:
                at.append(part)
                known = self._entries.get("/".join(at))
                if known is not None and known.kind is Kind.LINK:
                    steps += 1
                    at.pop()
                    ahead += known.target.split("/")[::-1]
            if steps > _MOST_STEPS:
                raise refused(link.path, "it is a link that leads round in a circle", _LINK_REMEDY)


_LINK_REMEDY = "link to something inside the release, or name it under `shared:` in the plan"


def link_entry(path: str, target: str) -> Entry:
    """Return a link's entry. RefusedError when its target is absolute, empty or unprintable."""
    check_text(path, target, "link target")
    if not target or target.startswith("/"):
        raise refused(path, f"it is a link that leads out of the release, to {target or 'nowhere'}", _LINK_REMEDY)
    return Entry(path, Kind.LINK, target=target)


def folder_entry(name: str) -> Entry | None:
    """Return a folder's entry, or None for the root itself."""
    path = clean_path(name)
    return Entry(path, Kind.FOLDER) if path else None


def _parents(path: str) -> Iterator[str]:
    end = path.find("/")
    while end != -1:
        yield path[:end]
        end = path.find("/", end + 1)
