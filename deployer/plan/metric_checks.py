"""What the schema cannot say of the metrics gate: what in its source and its rules does not go together."""

from deployer.plan.addresses import ADDRESS
from deployer.plan.build import asked_waves, hosts
from deployer.plan.expressions import WINDOW, check_histogram, check_query, check_selector
from deployer.plan.measures import Amount, Kind
from deployer.plan.metric_sections import MetricsSection, RuleSection, SourceSection
from deployer.plan.model import ProbeFrom
from deployer.plan.report import Path, Report
from deployer.plan.schema import PlanSection
from deployer.plan.wrong import WrongError

_METRICS: Path = ("gates", "metrics")
_SOURCE: Path = (*_METRICS, "source")
_RULES: Path = (*_METRICS, "rules")


def check_metrics(section: PlanSection, report: Report) -> None:
    """Report everything in the metrics gate that is missing or does not go together."""
    metrics = section.gates.metrics
    if metrics is None:
        return
    _check_source(section, metrics, report)
    names: set[str | None] = set()
    for index, rule in enumerate(metrics.rules):
        at: Path = (*_RULES, index)
        if rule.name is None:
            report.missing(at, "name")
        elif rule.name in names:
            report.add((*at, "name"), f"a second rule is called {rule.name!r}", "give each rule its own name")
        names.add(rule.name)
        _check_form(rule, at, report)
        _check_limits(section, rule, at, report)
        _check_expressions(metrics.source, rule, at, report)
    _check_bakes(section, metrics, report)


def _check_source(section: PlanSection, metrics: MetricsSection, report: Report) -> None:
    source = metrics.source
    if not report.sound(*((*_SOURCE, key) for key in ("scrape", "prometheus"))):
        return
    given = [url for url in (source.scrape, source.prometheus) if url]
    if len(given) != 1:
        report.add(_SOURCE, f"expected one of scrape and prometheus, got {'both' if given else 'neither'}")
        return
    if source.ca_file and not given[0].startswith("https://"):
        report.add((*_SOURCE, "ca_file"), f"certificates go with an https URL, not with {given[0]}")
    if source.scrape:
        _check_scrape(section, source, source.scrape, report)
    else:
        _check_prometheus(metrics, report)


def _check_scrape(section: PlanSection, source: SourceSection, url: str, report: Report) -> None:
    for key in ("bearer_env", "basic_env"):
        if getattr(source, key):
            report.add((*_SOURCE, key), f"{key} goes with prometheus", "send a header instead", key=True)
    if source.side is not ProbeFrom.LOCAL or not report.sound((*_SOURCE, "from")):
        return
    if url.startswith("unix:"):
        report.add((*_SOURCE, "from"), "a unix socket can be asked from the host only", "write from: host")
    elif ADDRESS not in url and len(hosts(section)) > 1:
        remedy = f"write {ADDRESS} where the host's address belongs"
        report.add((*_SOURCE, "scrape"), "asked from here, this URL is the same for every host", remedy)


def _check_prometheus(metrics: MetricsSection, report: Report) -> None:
    source = metrics.source
    if "side" in source.model_fields_set:
        report.add((*_SOURCE, "from"), "from goes with scrape: a Prometheus server is asked from here", key=True)
    if source.bearer_env and source.basic_env:
        report.add((*_SOURCE, "basic_env"), "expected one of bearer_env and basic_env, got both", key=True)
    if metrics.exclude is not None:
        remedy = 'leave our own requests out in the query: {path!="/healthz"}'
        report.add((*_METRICS, "exclude"), "exclude goes with scrape", remedy, key=True)


def _check_form(rule: RuleSection, at: Path, report: Report) -> None:
    """See which of the three kinds of rule it is, and that every key goes with it."""
    if not report.sound(*((*at, key) for key in ("errors", "total", "histogram", "value"))):
        return
    forms = {"errors and total": rule.errors or rule.total, "histogram": rule.histogram, "value": rule.value}
    given = [form for form, found in forms.items() if found]
    if len(given) != 1:
        found = f"got {' and '.join(given) or 'none of them'}"
        report.add(at, f"expected errors and total, or a histogram, or a value, {found}")
        return
    if given == ["errors and total"]:
        for key in ("errors", "total"):
            if getattr(rule, key) is None:
                report.missing(at, key, f"add {key}: a counter")
    foreign = {"quantile": rule.histogram is None, "min_requests": bool(rule.value), "idle": bool(rule.value)}
    for key, alien in foreign.items():
        if alien and key in rule.model_fields_set:
            report.add((*at, key), f"{key} does not go with {given[0]}", "leave it out", key=True)


def _check_limits(section: PlanSection, rule: RuleSection, at: Path, report: Report) -> None:
    if not report.sound(at):
        return
    kind = Kind.NUMBER if rule.value else Kind.DURATION if rule.histogram else Kind.SHARE
    _check_amount(rule.max, kind, (*at, "max"), report)
    if rule.max is None and (rule.histogram or rule.compare is None):
        report.add(at, "expected max" if rule.histogram else "expected max, compare or both", "add max: the limit")
    if rule.compare is not None:
        floor = Kind.NUMBER if rule.value else Kind.SHARE
        _check_amount(rule.compare.floor, floor, (*at, "compare", "floor"), report)
        if len(asked_waves(section)) == 1 or len(hosts(section)) == 1:
            remedy = "leave compare out, or let a first wave go ahead"
            report.add((*at, "compare"), "no host stays on the old release: there is one wave", remedy, key=True)


def _check_amount(amount: Amount | None, kind: Kind, at: Path, report: Report) -> None:
    if amount is not None and amount.kind is not kind:
        report.add(at, f"expected {kind.value}, got {amount.kind.value.partition(' such')[0]}")


def _check_expressions(source: SourceSection, rule: RuleSection, at: Path, report: Report) -> None:
    for key in ("errors", "total", "histogram", "value"):
        text = getattr(rule, key)
        if text is None or not report.sound((*at, key), _SOURCE):
            continue
        try:
            _check_expression(source, key, text)
        except WrongError as wrong:
            report.add((*at, key), wrong.message, wrong.remedy)
    if rule.errors and rule.total and report.sound(at) and (WINDOW in rule.errors) is not (WINDOW in rule.total):
        report.add((*at, "total"), f"expected {WINDOW} in errors and in total, or in neither")


def _check_expression(source: SourceSection, key: str, text: str) -> None:
    if source.prometheus is None:
        check_selector(text)
    else:
        check_query(text, counts=key != "value")
    if key == "histogram" and WINDOW not in text:
        check_histogram(text)


def _check_bakes(section: PlanSection, metrics: MetricsSection, report: Report) -> None:
    """A wave that bakes too shortly for one reading could only be taken back."""
    if not report.sound((*_METRICS, "warmup"), (*_METRICS, "interval"), ("waves",)):
        return
    least = metrics.warmup + metrics.interval
    for index, wave in enumerate(asked_waves(section)):
        if wave.bake.max < least and any(rule.mode == "enforce" for rule in metrics.rules):
            message = f"bakes {wave.bake.max:g}s at most: nothing is counted before warmup and interval ({least:g}s)"
            report.add(("waves", index, "bake"), message, "bake longer, or lower warmup or interval")
