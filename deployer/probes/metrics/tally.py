"""What was counted of one subject since its baseline, rule by rule. It keeps what it was told, no more."""

from collections.abc import Iterable, Mapping

from deployer.plan.judging import AnyRule, ErrorRule, LatencyRule, ValueRule
from deployer.probes.metrics.counting import errors, latency
from deployer.probes.metrics.growth import Growth
from deployer.probes.metrics.picking import Found, expressions
from deployer.probes.metrics.series import Labels, Values
from deployer.readings import Counted, Unmeasured

KEPT = 3
"""Values of a gauge that are kept."""

Gauges = Mapping[Labels, tuple[float, ...]]
"""The last values of each series, the newest last."""


class Tally:
    """A rule begins with a baseline, the first time that everything it asks for is there: that is not counted."""

    def __init__(self, rules: Iterable[AnyRule], start: Found) -> None:
        self._rules = tuple(rules)
        self._growth: dict[str, dict[str, Growth]] = {}
        self._gauges: dict[str, Gauges] = {rule.value: {} for rule in self._rules if isinstance(rule, ValueRule)}
        self.add(start)

    def add(self, found: Found) -> frozenset[str]:
        """Take what the series stand at now; give the names of the rules of which one fell."""
        for text, before in self._gauges.items():
            if text in found.values:
                now = found.values[text].items()
                self._gauges[text] = {each: (*before.get(each, ()), value)[-KEPT:] for each, value in now}
        return frozenset(rule.name for rule in self._rules if self._add(rule, found))

    def counted(self, rule: ErrorRule | LatencyRule) -> tuple[Counted | Unmeasured, str]:
        """Give what a rule has seen, and a warning or ""; nothing was seen before its baseline."""
        growth = self._growth.get(rule.name, {})
        values: dict[str, Values] = {text: each.grown for text, each in growth.items()}
        if isinstance(rule, ErrorRule):
            return errors(rule, values.get(rule.errors, {}), values.get(rule.total, {})), ""
        return latency(rule, next(iter(values.values()), {}))

    def gauges(self, rule: ValueRule) -> Gauges:
        """Give the last values of each series of a rule."""
        return self._gauges[rule.value]

    def _add(self, rule: AnyRule, found: Found) -> bool:
        values = {text: found.values[text] for text in expressions(rule) if text in found.values}
        if isinstance(rule, ValueRule) or len(values) < len(set(expressions(rule))):
            return False
        if rule.name not in self._growth:
            self._growth[rule.name] = {text: Growth(each) for text, each in values.items()}
            return False
        growth = self._growth[rule.name]
        fell = [growth[text].see(each) for text, each in values.items()]
        return any(fell)
