"""Which series of a page a rule means, or why it cannot be measured by them. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deployer.gates.selector import Selector, parse
from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, ValueRule
from deployer.probes.metrics import wrong
from deployer.probes.metrics.exposition import GAUGE, Page
from deployer.probes.metrics.series import BUCKET, Labels, Values, buckets_of
from deployer.readings import Unmeasured

PATHS = frozenset({"path", "route", "handler", "endpoint", "uri"})
"""Labels that tell which path a request asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What each expression of the rules is worth, why some rules could not be measured, what else is to be told."""

    values: Mapping[str, Values] = field(default_factory=dict)
    unmeasured: tuple[Unmeasured, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        """Names of the rules that could not be measured."""
        return frozenset(each.rule for each in self.unmeasured)


class Picker:
    """Picks the series of some rules from pages. Requests for the paths in `exclude` are our own, and not counted."""

    def __init__(self, rules: Iterable[AnyRule], exclude: Iterable[str] = ()) -> None:
        self.rules = tuple(rules)
        self._exclude = frozenset(exclude)
        self._selectors = {text: parse(text) for rule in self.rules for text in expressions(rule)}

    @property
    def names(self) -> frozenset[str]:
        """The names of all series that are meant."""
        return frozenset(selector.name for selector in self._selectors.values())

    def pick(self, page: Page) -> Found:
        """Pick what all rules mean."""
        values: dict[str, Values] = {}
        unmeasured: list[Unmeasured] = []
        for rule in self.rules:
            for text in expressions(rule):
                selector = self._selectors[text]
                found = self._series(selector, page)
                numbers = {series: value for series, value in found.items() if math.isfinite(value)}
                unfit = _unfit(rule, selector.name, page.kinds) or _mislabelled(rule, selector, page)
                if len(numbers) < len(found) and not (numbers and isinstance(rule, ValueRule)):
                    unfit = wrong.not_a_number(rule.name, selector.name)
                else:
                    values[text] = numbers  # also of a metric that is not there yet: its series will be born later
                unmeasured += [unfit] if unfit else []
        return Found(values, tuple(unmeasured))

    def _series(self, selector: Selector, page: Page) -> Values:
        return {
            sample.labels: sample.value
            for sample in page.samples
            if selector.matches(sample.name, dict(sample.labels)) and not self._own(sample.labels)
        }

    def _own(self, series: Labels) -> bool:
        return any(name in PATHS and value in self._exclude for name, value in series)


def expressions(rule: AnyRule) -> tuple[str, ...]:
    """Give what a rule asks for: selectors, or queries."""
    match rule:
        case ErrorRule():
            return (rule.errors, rule.total)
        case LatencyRule():
            return (buckets_of(rule.histogram),)
        case ValueRule():
            return (rule.value,)


def _unfit(rule: AnyRule, name: str, kinds: Mapping[str, str]) -> Unmeasured | None:
    """Say why a page cannot tell what a rule asks; a metric without a series yet counts nothing, and is fit."""
    histogram = name.removesuffix(BUCKET)
    if isinstance(rule, LatencyRule) and name not in kinds:
        if {histogram, f"{histogram}_count"} & kinds.keys():
            return wrong.wrong_type(rule.name, histogram, "no histogram", "a latency rule needs its buckets")
        bases = (known.removesuffix(BUCKET) for known in kinds if known.endswith(BUCKET))
        return wrong.not_exposed(rule.name, histogram, bases)
    if name not in kinds:
        return wrong.not_exposed(rule.name, name, kinds)
    if isinstance(rule, ErrorRule) and kinds[name] == GAUGE:
        return wrong.wrong_type(rule.name, name, "a gauge", "errors and requests are counted by counters")
    return None


def _mislabelled(rule: AnyRule, selector: Selector, page: Page) -> Unmeasured | None:
    """Say that a selector asks for a label which no series of its metric has: it would count nothing for ever."""
    there = [sample.labels for sample in page.samples if sample.name == selector.name]
    known = {name for labels in there for name, _ in labels}
    for matcher in selector.matchers:
        if there and matcher.label not in known and not matcher.fits({}):
            return wrong.no_label(rule.name, selector.name, matcher.label, known)
    return None
