"""Metrics of hosts, scraped: one page per host and look, counted since the host's baseline."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from threading import Lock
from typing import Protocol

from deployer.plan.judging import AnyRule, Metrics, Scrape, ValueRule
from deployer.probes.answer import HttpAnswer
from deployer.probes.metrics import wrong
from deployer.probes.metrics.counting import worst
from deployer.probes.metrics.exposition import LIMIT, Page, Sample, read
from deployer.probes.metrics.picking import Found, Picker, expressions
from deployer.probes.metrics.tally import Tally
from deployer.probes.metrics.way import Question
from deployer.readings import Counted, Reading, Subject, Unmeasured

ACCEPT = ("Accept", "text/plain;version=0.0.4, application/openmetrics-text;q=0.5, */*;q=0.1")
"""What is asked for: the text format is the same everywhere."""

STARTED = "process_start_time_seconds"
"""Many client libraries tell by this metric when the process began that answers."""

TAKES = 3
"""Scrapes back to back before anything is counted: where each worker counts for itself, counters go down."""

RESTARTED = "a host of the control was restarted: what it counts from then on is added to what it had counted"


class Way(Protocol):
    """The way to a host's pages."""

    def ask(self, question: Question) -> HttpAnswer:
        """Ask once. Never raises."""
        ...

    @property
    def process(self) -> str:
        """Tell which process serves: another text after each restart, "" while that is not known."""
        ...


class ScrapeMeter:
    """Reads each subject's host. `ways` are by the hosts' names, `now` gives seconds since the epoch."""

    def __init__(self, metrics: Metrics, source: Scrape, ways: Mapping[str, Way], now: Callable[[], float]) -> None:
        self._metrics = metrics
        self._question = question(source, metrics.timeout)
        self._ways = ways
        self._now = now
        self._picker = Picker(metrics.rules, source.exclude)
        self._pages: dict[Subject, ScrapedHost] = {}
        self._lock = Lock()

    def __call__(self, subject: Subject) -> Reading:
        """Read the subject once."""
        with self._lock:
            page = self._pages.setdefault(subject, self._page(subject))
        return page.read(ready=subject.control or self._now() >= subject.since + self._metrics.warmup)

    def _page(self, subject: Subject) -> "ScrapedHost":
        way = self._ways[subject.hosts[0]]
        return ScrapedHost(
            self._picker, lambda: way.ask(self._question), lambda: way.process, may_restart=subject.control
        )


def _result(rule: AnyRule, tally: Tally) -> tuple[Counted | Unmeasured, str]:
    """Give what a rule has seen of a host, by the worst of its gauges, and a warning or ""."""
    if isinstance(rule, ValueRule):
        return Counted(rule.name, values=worst(tally.gauges(rule), rule.max)), ""
    return tally.counted(rule)


def question(source: Scrape, timeout: float) -> Question:
    """Give the request of a scrape; headers of the plan come before ours."""
    given = {name.lower() for name, _ in source.headers}
    headers = source.headers if "accept" in given else (*source.headers, ACCEPT)
    return Question(source.url, headers, timeout, LIMIT, source.local, source.ca_file)


class ScrapedHost:
    """One host's page, as one subject: its baseline, what was counted since, and what cannot be told of it any more.

    `ask` fetches the page, `process` tells which process serves. A host that nothing is done to is watched so loosely
    that it `may_restart` without a word: counters that fall there have begun anew, which is a warning and no more.
    """

    def __init__(
        self,
        picker: Picker,
        ask: Callable[[], HttpAnswer],
        process: Callable[[], str],
        *,
        may_restart: bool = False,
    ) -> None:
        self._picker = picker
        self._ask = ask
        self._process = process
        self._may_restart = may_restart
        self._restarted = False
        self._starts: set[frozenset[Sample]] = set()
        self._tally: Tally | None = None
        self._failures = 0
        self._serving = ""
        self._answering: tuple[str | None, frozenset[Sample]] = (None, frozenset())
        self._fallen: dict[str, tuple[str, Unmeasured]] = {}
        self._lock = Lock()

    def read(self, *, ready: bool) -> Reading:
        """Read the page once; `ready` is said when counting may begin, which takes three scrapes."""
        with self._lock:
            begins = ready and self._tally is None
            if self._tally is None:
                self._serving = self._process()
            found: list[Found] = []
            for _ in range(TAKES if begins else 1):
                page = read(self._ask(), self._picker.names | {STARTED})
                if isinstance(page, Unmeasured):
                    return self._unread(page)
                found.append(self._picker.pick(page))
                self._tell_workers(page)
            self._failures = 0
            if begins:
                self._begin(found)
            elif self._tally is not None:
                self._fell_later(self._tally.add(found[-1]))
            self._serving = self._process()
            return self._reading(found[-1])

    def _begin(self, takes: list[Found]) -> None:
        """Take the last page as the baseline; counters that went down between two are each worker's own."""
        self._tally = Tally(self._picker.rules, takes[-1])
        for before, after in pairwise(takes):
            self._fell(Tally(self._picker.rules, before).add(after), wrong.per_worker)

    def _tell_workers(self, page: Page) -> None:
        """See whether another process answers than before, though the service was not restarted.

        Where it may have been, one that answered before the last is still there, and so there are several.
        """
        process, started = self._process(), frozenset(each for each in page.samples if each.name == STARTED)
        other = process == self._answering[0] and started != self._answering[1]
        restarted = other and self._may_restart and self._tally is not None and started not in self._starts
        self._restarted = self._restarted or restarted
        if other and not restarted:
            names = frozenset(rule.name for rule in self._picker.rules)
            self._fell(names, lambda rule, _text: wrong.several_processes(rule, STARTED))
        self._answering = process, started
        self._starts.add(started)

    def _fell_later(self, rules: frozenset[str]) -> None:
        """Note that counters fell after the baseline."""
        if self._may_restart:
            self._restarted = self._restarted or bool(rules)
        else:
            self._fell(rules, wrong.reset_without_restart)

    def _fell(self, rules: frozenset[str], say: Callable[[str, str], Unmeasured]) -> None:
        """Note that counters fell while the process that was seen last served: from then on they tell nothing."""
        for rule in self._picker.rules:
            if rule.name in rules and self._fallen.get(rule.name, ("", None))[0] != self._serving:
                self._fallen[rule.name] = (self._serving, say(rule.name, expressions(rule)[-1]))

    def _unread(self, broken: Unmeasured) -> Reading:
        self._failures += 1
        reading = self._reading(Found())
        return replace(reading, unmeasured=(*reading.unmeasured, broken), failures=self._failures)

    def _reading(self, found: Found) -> Reading:
        """Give what is known now: before the baseline nothing is counted, and what is wrong is told all the same."""
        tally = self._tally or Tally(self._picker.rules, found)
        results = [_result(rule, tally) for rule in self._picker.rules]
        # A fall that a restart explains is none.
        fallen = [each for serving, each in self._fallen.values() if serving == self._process()]
        unfit = [each for each, _ in results if isinstance(each, Unmeasured)]
        unmeasured = {each.rule: each for each in (*unfit, *fallen, *found.unmeasured)}
        begun = self._tally is not None
        counted = [each for each, _ in results if isinstance(each, Counted) and each.rule not in unmeasured]
        return Reading(
            counted=tuple(counted) if begun else (),
            unmeasured=tuple(unmeasured.values()),
            warnings=(*(warning for _, warning in results if warning), *([RESTARTED] if self._restarted else [])),
            ready=begun,
        )
