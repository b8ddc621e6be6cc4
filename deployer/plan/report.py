"""The report: every problem found in a plan, each at its place, so that one run tells them all."""

from deployer.errors import Place, PlanError, Problem

Path = tuple[str | int, ...]
"""Leads from the top of the plan to a value: names of keys and, in lists, positions from 0."""


def dotted(path: Path) -> str:
    """Write a path as a reader would say it: `waves[1].bake.max`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


class Report:
    """Collects places while files are read, then problems while they are understood."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._values: dict[Path, Place] = {(): Place(file, 1, 1)}
        self._keys: dict[Path, Place] = {}
        self._problems: dict[tuple[Place, str], tuple[Path, Problem]] = {}
        self._suspects: set[Path] = set()

    def locate(self, path: Path, value: Place, key: Place | None = None) -> None:
        """Remember where a value, and the key it stands under, are written."""
        self._values[path] = value
        if key:
            self._keys[path] = key

    def located(self, path: Path) -> bool:
        """Tell whether a value stands in a file under that very path."""
        return path in self._values

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Give the place of a value (or of its key); of the nearest value around it when it is not written anywhere."""
        if key and path in self._keys:
            return self._keys[path]
        while path not in self._values:
            path = path[:-1]
        return self._values[path]

    def add(self, path: Path, message: str, remedy: str = "", *, key: bool = False) -> None:
        """Add a problem with the value at `path`, or with its key; the value is suspect from then on."""
        self.add_at(self.place(path, key=key), path, message, remedy)
        self.suspect(path)

    def add_at(self, place: Place, path: Path, message: str, remedy: str = "") -> None:
        """Add a problem at a place of its own. The same at the same place is told once: aliases repeat values."""
        told = f"{dotted(path)}: {message}" if path else message
        self._problems.setdefault((place, message), (path, Problem(place, told, remedy)))

    def missing(self, section: Path, key: str, remedy: str = "") -> None:
        """Add that a section lacks a key, unless the key is suspect (written wrongly, or left out as wrong)."""
        path = (*section, key)
        if self.sound(path):
            self.add_at(
                self.place(section),
                section,
                f"the key {key} is missing",
                remedy or f"add {key}: (see sockdeploy example)",
            )
            self.suspect(path)

    def suspect(self, path: Path) -> None:
        """Mark a value as one that no further check may rely on."""
        self._suspects.add(path)

    def suspects(self, path: Path) -> list[Path]:
        """Give the suspect values at `path` and in it."""
        return [suspect for suspect in self._suspects if suspect[: len(path)] == path]

    def forget(self, path: Path) -> None:
        """Drop what was said about `path`: its value comes from elsewhere after all."""
        self._problems = {key: entry for key, entry in self._problems.items() if entry[0][: len(path)] != path}
        self._suspects = {suspect for suspect in self._suspects if suspect[: len(path)] != path}

    def sound(self, *paths: Path) -> bool:
        """Tell whether nothing is known against any of these values, what they contain, or what contains them."""
        return not any(_related(path, suspect) for path in paths for suspect in self._suspects)

    def conclude(self) -> None:
        """Raise PlanError if there are problems: those of the plan first, each file's in its order."""
        if self._problems:
            raise PlanError(tuple(sorted((problem for _, problem in self._problems.values()), key=self._rank)))

    def _rank(self, problem: Problem) -> tuple[bool, str, int, int]:
        place = problem.place
        return place.file != self.file, place.file, place.line, place.column


def _related(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
