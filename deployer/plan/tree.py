"""Nodes to plain data: mappings, lists and text as it is written, with the place of everything noted in the report.

Numbers, switches and dates stay the text that stands in the file: what `1e5`, `012` or `on` mean is for their key
to say.
"""

from collections.abc import Iterator, Mapping

import yaml

from deployer.errors import Place, PlanError, Problem
from deployer.plan.report import Path, Report
from deployer.plan.text import MAX_DEPTH, compose, place_of
from deployer.plan.variables import expand
from deployer.plan.wrong import WrongError

MAX_NODES = 200_000

Value = str | list["Value"] | dict[str, "Value"] | None
Pairs = dict[str, tuple[yaml.Node, yaml.Node]]

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    _TAG + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map")
)


def grow(text: str | bytes, file: str, path: Path, report: Report, variables: Mapping[str, str]) -> dict[str, Value]:
    """Read a YAML file whose top is a mapping and put it at `path`. What cannot be read is reported and left out.

    PlanError at once when the text is no YAML or grows too large.
    """
    node = compose(text, file)
    if not isinstance(node, yaml.MappingNode):
        report.locate(path, place_of(node.start_mark) if node else Place(file, 1, 1))
        found = "nothing" if node is None else "a list" if isinstance(node, yaml.SequenceNode) else "text"
        report.add(path, f"expected a mapping (key: value), got {found}")
        return {}
    tree = _Tree(report, variables)
    data = tree.mapping(node, path)
    for broken in tree.broken:
        prune(data, broken[len(path) :])
    return data


def prune(data: dict[str, Value], path: Path) -> None:
    """Take the value at `path` out, in place, so that the rest can still be checked.

    In a list every later position would move, so the whole list goes. A path to what is already gone changes nothing.
    """
    branch: Value = data
    cut: tuple[dict[str, Value], str] | None = None
    for part in path:
        if isinstance(branch, dict) and isinstance(part, str) and part in branch:
            cut = branch, part
            branch = branch[part]
        elif isinstance(branch, list) and isinstance(part, int):
            branch = branch[part]
        else:
            return
    if cut:
        del cut[0][cut[1]]


class _Tree:
    """One file's nodes as data; counts what aliases expand to."""

    def __init__(self, report: Report, variables: Mapping[str, str]) -> None:
        self.report = report
        self.variables = variables
        self.broken: list[Path] = []
        self.count = 0

    def value(self, node: yaml.Node, path: Path) -> Value:
        self._bound(node, len(path))
        if node.tag not in _PLAIN_TAGS:
            self._break(path, f"the tag {node.tag.replace(_TAG, '!!')} has no meaning here", "remove the tag")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._child(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Value]:
        data: dict[str, Value] = {}
        for name, (key, value) in self._pairs(node, path, depth=0).items():
            if path or not name.startswith("x-"):
                data[name] = self._child(value, (*path, name), key)
        return data

    def _child(self, node: yaml.Node, path: Path, key: yaml.Node | None = None) -> Value:
        self.report.locate(path, place_of(node.start_mark), place_of(key.start_mark) if key else None)
        return self.value(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> Value:
        if node.tag == _TAG + "null":
            self._break(path, "expected a value, got nothing", "give a value, or remove the line")
            return None
        try:
            return expand(str(node.value), self.variables)
        except WrongError as wrong:
            self._break(path, wrong.message, wrong.remedy)
            return None

    def _pairs(self, node: yaml.MappingNode, path: Path, depth: int) -> Pairs:
        """Give a mapping's keys with those merged in by `<<`: its own win, then the first merged."""
        self._bound(node, depth)
        pairs: Pairs = {}
        for key, value in node.value:
            self._add(pairs, key, value, path)
        merged = pairs.pop("<<", None)
        for mapping in self._merged(merged[1], path) if merged else ():
            for name, pair in self._pairs(mapping, path, depth + 1).items():
                pairs.setdefault(name, pair)
        return pairs

    def _add(self, pairs: Pairs, key: yaml.Node, value: yaml.Node, path: Path) -> None:
        place = place_of(key.start_mark)
        if not isinstance(key, yaml.ScalarNode) or key.tag == _TAG + "null":
            self.report.add_at(place, path, "expected text as a key")
        elif key.value in pairs:
            first = place_of(pairs[key.value][0].start_mark)
            self.report.add_at(
                place, (*path, key.value), f"the key stands here a second time, first on line {first.line}", "keep one"
            )
        else:
            pairs[key.value] = key, value

    def _merged(self, node: yaml.Node, path: Path) -> Iterator[yaml.MappingNode]:
        for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(item, yaml.MappingNode):
                yield item
            else:
                self.report.add_at(
                    place_of(item.start_mark), path, "expected a mapping, or a list of mappings, after <<"
                )

    def _bound(self, node: yaml.Node, depth: int) -> None:
        self.count += 1
        if depth > MAX_DEPTH:
            raise PlanError((Problem(place_of(node.start_mark), f"nested deeper than {MAX_DEPTH} levels"),))
        if self.count > MAX_NODES:
            raise PlanError((Problem(place_of(node.start_mark), f"aliases expand to more than {MAX_NODES} values"),))

    def _break(self, path: Path, message: str, remedy: str) -> None:
        self.report.add(path, message, remedy)
        self.broken.append(path)
