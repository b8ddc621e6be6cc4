"""Metrics of a whole wave, asked of a Prometheus server: counted since the baseline, or by queries over a window."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from deployer.plan.judging import AnyRule, Metrics, ValueRule
from deployer.plan.model import Host
from deployer.probes.metrics.picking import Found
from deployer.probes.metrics.queries import Result, counted, filled, hosts_pattern, queries, windowed
from deployer.probes.metrics.series import shown
from deployer.probes.metrics.tally import Tally
from deployer.readings import Counted, Reading, Subject, Unmeasured

MOST_AT_ONCE = 8
"""Queries under way at the same time."""

Ask = Callable[[str, str], Result | Unmeasured]
"""Asks the server: the rule's name, the query. Never raises."""


@dataclass(slots=True)
class _Group:
    """Hosts as they were read so far."""

    tally: Tally | None = None
    failures: int = 0
    last: tuple[Counted, ...] = ()
    lock: Lock = field(default_factory=Lock)


class PrometheusMeter:
    """Reads waves. `hosts` are the plan's, `now` gives seconds since the epoch.

    Each subject counts from the end of its warmup on. The control counts on when hosts leave it, with what they had.
    """

    def __init__(self, metrics: Metrics, hosts: Mapping[str, Host], ask: Ask, now: Callable[[], float]) -> None:
        self._metrics = metrics
        self._hosts = hosts
        self._ask = ask
        self._now = now
        self._kept = tuple(rule for rule in metrics.rules if isinstance(rule, ValueRule) or not windowed(rule))
        self._groups: dict[Subject, _Group] = {}
        self._lock = Lock()

    def __call__(self, subject: Subject) -> Reading:
        """Read the subject once."""
        known = replace(subject, hosts=()) if subject.control else subject
        with self._lock:
            group = self._groups.setdefault(known, _Group())
        with group.lock:
            return self._read(subject, group)

    def _read(self, subject: Subject, group: _Group) -> Reading:
        window = self._now() - subject.since - (0.0 if subject.control else self._metrics.warmup)
        found = self._ask_all(frozenset(subject.hosts), window)
        unread = next((each for each in found.unmeasured if not each.rule), None)
        if unread is not None:
            group.failures += 1
            return Reading(group.last, (unread,), (), group.failures, ready=group.tally is not None)
        group.failures = 0
        if group.tally is not None:
            group.tally.add(found)
        elif window >= 0:
            group.tally = Tally(self._kept, found)
        else:
            return Reading(unmeasured=found.unmeasured, ready=False)
        results = [each for rule in self._metrics.rules for each in _results(rule, group.tally, found)]
        group.last = tuple(each for each in results if isinstance(each, Counted))
        wrong = (*found.unmeasured, *(each for each in results if isinstance(each, Unmeasured)))
        return Reading(group.last, wrong, found.warnings)

    def _ask_all(self, hosts: frozenset[str], window: float) -> Found:
        """Ask every query of all rules, several at a time."""
        pattern = hosts_pattern(self._hosts[name] for name in self._hosts if name in hosts)
        asked = {text: rule.name for rule in self._metrics.rules for text in queries(rule)}
        answers = side_by_side({text: (rule, filled(text, pattern, window)) for text, rule in asked.items()}, self._ask)
        unmeasured = [
            replace(answer, rule=rule.name if answer.rule else "")
            for rule in self._metrics.rules
            for answer in [answers[text] for text in queries(rule)]
            if isinstance(answer, Unmeasured)
        ]
        results = {text: answer for text, answer in answers.items() if isinstance(answer, Result)}
        infos = dict.fromkeys(info for each in results.values() for info in each.infos)
        return Found({text: each.values for text, each in results.items()}, tuple(unmeasured), tuple(infos))


def _results(rule: AnyRule, tally: Tally, found: Found) -> tuple[Counted | Unmeasured, ...]:
    """Give what a rule has seen, each series of a query for itself."""
    if rule.name in found.missing:
        return ()
    if isinstance(rule, ValueRule):
        series = tally.gauges(rule).items()
        return tuple(Counted(rule.name, shown(each), values=values) for each, values in series)
    return counted(rule, found.values) if windowed(rule) else (tally.counted(rule)[0],)


def side_by_side(asked: Mapping[str, tuple[str, str]], ask: Ask) -> dict[str, Result | Unmeasured]:
    """Ask several queries at the same time, each with its rule's name, and wait for all answers."""
    answers: dict[str, Result | Unmeasured] = {}
    places = threading.Semaphore(MOST_AT_ONCE)

    def one(text: str, rule: str, query: str) -> None:
        with places:
            answers[text] = ask(rule, query)

    # Daemons: nobody waits for a server's answer when the program ends.
    asking = [threading.Thread(target=one, args=(text, *each), daemon=True) for text, each in asked.items()]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return answers
