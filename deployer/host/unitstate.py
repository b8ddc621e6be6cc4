"""A unit as systemd has it loaded, and its files as they are on disk."""

from dataclasses import dataclass

from deployer.host.facts import Facts


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit as systemd has it loaded. `properties` are all that were asked for, as `systemctl show` prints them.

    `texts` hold what is on disk: the unit's fragment and its drop-ins, in the order systemd reads them, from `paths`.
    `planned`: the properties are read from the plan's file, which the host does not run yet.
    """

    name: str
    properties: Facts
    texts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    planned: bool = False

    @property
    def load(self) -> str:
        """`loaded`, `not-found`, `masked`, `bad-setting`, `error`."""
        return self.properties.one("LoadState")

    @property
    def exists(self) -> bool:
        """Whether systemd knows a file for it."""
        return self.load not in {"", "not-found"}

    @property
    def masked(self) -> bool:
        """Whether systemd may not start it; then nothing else that it shows of it is the unit's own."""
        return self.load == "masked"

    @property
    def active(self) -> str:
        """`active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`."""
        return self.properties.one("ActiveState")

    @property
    def sub(self) -> str:
        """Systemd's finer word: `running`, `listening`, `auto-restart`."""
        return self.properties.one("SubState")

    @property
    def result(self) -> str:
        """How the last run ended: `success`, `exit-code`, `start-limit-hit`."""
        return self.properties.one("Result")

    @property
    def enabled(self) -> str:
        """`enabled`, `enabled-runtime`, `disabled`, `static`, `masked`; empty when there is no file."""
        return self.properties.one("UnitFileState")

    @property
    def pid(self) -> int:
        """The main process, 0 for none."""
        return self.properties.number("MainPID")

    @property
    def invocation(self) -> str:
        """The id of its current run, empty for none."""
        return self.properties.one("InvocationID")

    @property
    def nrestarts(self) -> int:
        """Automatic restarts since it was started by hand."""
        return self.properties.number("NRestarts")

    @property
    def fragment(self) -> str:
        """The file it was loaded from."""
        return self.properties.one("FragmentPath")

    def text_of(self, path: str) -> str:
        """Give what is on disk at `path`, one of `paths`; empty when there is no such file."""
        return dict(zip(self.paths, self.texts, strict=False)).get(path, "")


def read_units(facts: Facts) -> tuple[UnitState, UnitState | None]:
    """Read service and socket from the blocks of `systemctl show`: by their Id, never by their order."""
    blocks = read_blocks(facts.all("show"))
    names = (facts.one("service_unit"), facts.one("socket_unit"))
    service, socket = (
        next(
            (UnitState(name, block, *_files(facts, kind)) for block in blocks if name and block.one("Id") == name), None
        )
        for name, kind in zip(names, ("service", "socket"), strict=True)
    )
    return service or UnitState(names[0], Facts()), socket


def read_blocks(lines: tuple[str, ...]) -> tuple[Facts, ...]:
    """Read lines of `systemctl show`: one block of properties per unit."""
    blocks = "\n".join(lines).split("\n\n")
    return tuple(Facts(tuple(_property(line) for line in block.splitlines())) for block in blocks if block)


def _property(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key, value


def _files(facts: Facts, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put the lines of each file back together, `<kind>_file` begins one; drop-ins in the order of their names."""
    files: list[tuple[str, list[str]]] = []
    for key, value in facts.pairs:
        if key == f"{kind}_file":
            files.append((value, []))
        elif key == f"{kind}_line" and files:
            files[-1][1].append(value)
    ordered = [*files[:1], *sorted(files[1:], key=lambda file: file[0].rpartition("/")[2])]
    return tuple("\n".join(lines) + "\n" for _, lines in ordered), tuple(path for path, _ in ordered)
