"""What a metrics page says, through prometheus-client's parsers: the text format and OpenMetrics, by Content-Type."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics import wrong
from deployer.probes.metrics.series import Labels, labels
from deployer.readings import Unmeasured

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

LIMIT = 8 << 20
"""Bytes of a page that are read; a longer one is not measured."""

COUNTER, GAUGE, UNKNOWN = "counter", "gauge", "unknown"
"""What a series is; unknown when the page does not say."""

_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_COUNTER_NAMES = re.compile(r"^#\s+TYPE\s+(\S+)\s+counter\s*$", re.MULTILINE)
# What prometheus-client raises for texts that are none of its own.
_GARBLED = (ArithmeticError, ValueError, KeyError, IndexError, TypeError, AttributeError)

_TOTAL = "_total"
_PARTS = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}


@dataclass(frozen=True, slots=True)
class Sample:
    """One series and its value."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Page:
    """A metrics page: the samples that are wanted, and the kind of every name on it, also of those without samples."""

    samples: tuple[Sample, ...]
    kinds: Mapping[str, str]


def read(answer: HttpAnswer, names: frozenset[str]) -> Page | Unmeasured:
    """Read the samples with these names from an answer, or say why there is nothing to read."""
    if answer.status is None:
        return wrong.no_answer(answer.error)
    if answer.status != 200:
        return wrong.http_status(answer.status, answer.header("location") or "")
    if len(answer.body) >= LIMIT:
        return wrong.too_large(LIMIT)
    kind, text = (answer.header("content-type") or "").lower(), answer.body.decode("utf-8", "replace")
    if kind.startswith("text/html") or text.lstrip().startswith("<"):
        return wrong.html_page()
    return _parsed(text, names, open_text="openmetrics" in kind)


def _parsed(text: str, names: frozenset[str], *, open_text: bool) -> Page | Unmeasured:
    found = {match[0] for line in text.split("\n") if (match := _NAME.match(line))}
    picked = _picked(text, names) if found & names else text
    parse = _parser(open_text=open_text)
    bare = frozenset() if open_text else frozenset(_COUNTER_NAMES.findall(text))
    try:
        families = list(parse(picked))
        samples = tuple(sample for each in families for sample in _samples(each, bare, names))
    except _GARBLED as error:
        return wrong.not_parsable(str(error))
    kinds = dict.fromkeys(found, UNKNOWN) | {name: kind for each in families for name, kind in _kinds(each, bare)}
    if not kinds:
        return wrong.empty_body()
    return Page(samples, kinds)


def _parser(*, open_text: bool) -> "Callable[[str], Iterable[Metric]]":
    # They take long to load, and most plans measure nothing.
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics  # noqa: PLC0415
    from prometheus_client.parser import text_string_to_metric_families as plain_text  # noqa: PLC0415

    return open_metrics if open_text else plain_text


def _picked(text: str, names: frozenset[str]) -> str:
    """Leave out samples that nobody asks for: large pages of many hosts would cost much to parse."""
    return "\n".join(line for line in text.split("\n") if not (match := _NAME.match(line)) or match[0] in names)


def _samples(family: "Metric", bare: frozenset[str], names: frozenset[str]) -> Iterator[Sample]:
    for sample in family.samples:
        name = _written(sample.name, family, bare)
        if name in names:
            yield Sample(name, labels(sample.labels), float(sample.value))


def _written(name: str, family: "Metric", bare: frozenset[str]) -> str:
    """Give a sample's name as the page has it: the parser adds _total to counters that have none."""
    return name.removesuffix(_TOTAL) if family.type == COUNTER and family.name in bare else name


def _kinds(family: "Metric", bare: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Give every name of a family, with and without samples, and what kind of series it is."""
    match family.type:
        case "counter":
            yield _written(family.name + _TOTAL, family, bare), COUNTER
        case "histogram" | "summary":
            yield family.name, GAUGE
            yield from ((family.name + part, COUNTER) for part in _PARTS[family.type])
        case "gauge" | "info" | "stateset":
            yield family.name, GAUGE
            yield from ((sample.name, GAUGE) for sample in family.samples)
        case _:
            yield family.name, UNKNOWN
            yield from ((sample.name, UNKNOWN) for sample in family.samples)
