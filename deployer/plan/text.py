"""YAML text to nodes that know where they stand; bounded, so that no text can exhaust the machine."""

from typing import Protocol

import yaml

from deployer.errors import Place, PlanError, Problem

MAX_BYTES = 1 << 20
MAX_DEPTH = 32


def compose(text: str | bytes, file: str) -> yaml.Node | None:
    """Give the only document's root node, None when the file is empty. PlanError when it cannot be read as YAML."""
    content = _decoded(text, file)
    loader = _Loader(content)
    loader.name = file
    try:
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error, content) from error
    finally:
        loader.dispose()
    return node


class Mark(Protocol):
    """Where a node begins, as either of PyYAML's parsers says it; line and column count from 0."""

    @property
    def name(self) -> str:
        """The file."""
        ...

    @property
    def line(self) -> int:
        """Lines before this one."""
        ...

    @property
    def column(self) -> int:
        """Characters before this one."""
        ...


def place_of(mark: Mark | None) -> Place:
    """Give a node's mark as a place; marks count from 0, places from 1."""
    assert mark is not None  # noqa: S101 - only nodes that no text was parsed for have none
    return Place(mark.name, mark.line + 1, mark.column + 1)


class _Loader(yaml.SafeLoader):
    """The safe loader, bounded in depth, that explains an undefined alias."""

    def __init__(self, content: str) -> None:
        self.depth = 0
        super().__init__(content)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose the next node, unless it is too deep or an alias of nothing."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # missing in the stubs
        if isinstance(event, yaml.AliasEvent) and event.anchor not in self.anchors:
            raise _refused(event, f"nothing above is called &{event.anchor}", "text that starts with * is quoted: '*'")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _refused(event, f"nested deeper than {MAX_DEPTH} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refused(event: yaml.Event, message: str, remedy: str = "") -> PlanError:
    return PlanError((Problem(place_of(event.start_mark), message, remedy),))


def _decoded(text: str | bytes, file: str) -> str:
    if len(text) > MAX_BYTES:
        raise PlanError((Problem(Place(file), f"larger than {MAX_BYTES >> 10} KiB"),))
    try:
        content = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        raise PlanError((Problem(_end_of(before, file), "not UTF-8", "save the file as UTF-8"),)) from error
    content = content.removeprefix("\ufeff")
    odd = yaml.SafeLoader.NON_PRINTABLE.search(content)
    if odd:
        message = f"the character U+{ord(odd.group()):04X} is not allowed in YAML"
        raise PlanError((Problem(_end_of(content[: odd.start()], file), message, "remove it"),))
    return content


def _end_of(text: str, file: str) -> Place:
    """Give the place right after `text`."""
    lines = text.split("\n")
    return Place(file, len(lines), len(lines[-1]) + 1)


def _unreadable(error: yaml.MarkedYAMLError, content: str) -> PlanError:
    mark = error.problem_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return PlanError((Problem(place_of(mark), f"not YAML: {said}", _advice(content, mark.index if mark else 0)),))


def _advice(content: str, index: int) -> str:
    """Tell the way out of the two traps that people meet most."""
    if content[index : index + 1] == "\t":
        return "indent with spaces, not tabs"
    if content[max(index - 1, 0) : index + 1] == "${":
        return "inside { } or [ ] a variable is quoted: '${NAME}'"
    return ""
