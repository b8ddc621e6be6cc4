"""What rules say, told: news on the console, every look to whoever wants it, all numbers in the report."""

import json
from dataclasses import replace
from io import StringIO
from math import inf, nan

from rich.console import Console

from deployer import events as ev
from deployer.facts import Failure, LossKind
from deployer.gates.evidence import Evidence, Look
from deployer.gates.rules import judge, verdict
from deployer.gates.verdict import Verdict
from deployer.readings import Reading, Subject, Unmeasured
from deployer.sinks.document import document
from deployer.sinks.line import Weight
from deployer.sinks.live import picture
from deployer.sinks.plain import PlainConsole
from deployer.sinks.summary import markdown
from tests.gates.evidence import ERRORS, QUEUE, errors, values
from tests.sinks.report import revived
from tests.sinks.stories import START, Script, told

SUBJECT = Subject("canary", ("web-1",), START)


def look(number: int, bad: int, total: int, *newest: float) -> ev.WaveJudged:
    """Give a look at the first wave: so many errors, and the last values of a queue."""
    at = Look(number, 30, 1)
    rulings = (
        judge(ERRORS, Evidence((errors(bad, total),)), at),
        judge(replace(QUEUE, deciding=False), Evidence((values(*newest),), names=("web-1",)), at),
    )
    return ev.WaveJudged(at=START + number, wave="canary", look=number, rulings=rulings)


LOOKS = (look(1, 0, 20, 5.0), look(2, 0, 40, 6.0), look(3, 0, 60, 7.0), look(4, 9, 80, 120.0))


def console(weight: Weight, *heard: ev.Event) -> list[str]:
    """Give what a plain console says of events, without times."""
    stream = StringIO()
    script = Script().begin().inspected()
    script.add(ev.WaveStarted(at=START, wave="canary"), *heard)
    told(script.events, listener=PlainConsole(stream, "plan.yml", weight))
    return [line[9:] for line in stream.getvalue().splitlines() if "rule " in line or "metrics of" in line]


def test_a_console_tells_rules_when_a_verdict_changes() -> None:
    assert [said.partition(";")[0] for said in console(Weight.DETAIL, *LOOKS)] == [
        "canary: rule error-rate, inconclusive: 0 of 20 failed: 0 % (0 % to 16.8 %)",
        "rule queue, pass: 5 on web-1",
        "canary: rule error-rate, pass: 0 of 60 failed: 0 % (0 % to 5.96 %)",
        "rule queue, pass: 7 on web-1",
        "canary: rule error-rate, fail: 9 of 80 failed: 11.2 % (5.28 % to 20.3 %)",
        "rule queue, inconclusive: 120 on web-1",
    ]


def test_a_verbose_console_tells_every_look_and_a_quiet_one_none() -> None:
    assert len(console(Weight.LOOK, *LOOKS)) == 2 * len(LOOKS)
    assert console(Weight.FAILURE, *LOOKS) == []


def test_a_reading_that_failed_is_told_once() -> None:
    failed = Reading(failures=1, unmeasured=(Unmeasured("", "timeout", "no answer within 5 s"),))
    first = ev.MetricsRead(at=START, subject=SUBJECT, reading=failed)
    again = ev.MetricsRead(at=START, subject=SUBJECT, reading=Reading(failures=2))
    good = ev.MetricsRead(at=START, subject=SUBJECT, reading=errors(0, 5))
    said = "canary: metrics of web-1 not read (1 in a row): no answer within 5 s"
    assert console(Weight.DETAIL, good, first, again) == [said]
    assert console(Weight.LOOK, good, first, again)[1:] == [
        "canary: metrics of web-1 not read (2 in a row): no reason known"
    ]


def test_warnings_of_a_ruling_are_told_with_it() -> None:
    warned = replace(LOOKS[2].rulings[0], warnings=("hosts have different buckets",))
    (said,) = console(Weight.DETAIL, replace(LOOKS[2], rulings=(warned,)))
    assert said.endswith("good so far; warning: hosts have different buckets")


def test_a_picture_says_what_a_baking_wave_still_needs() -> None:
    script = Script().begin().inspected()
    script.add(
        ev.WaveStarted(at=START, wave="canary"), ev.WaveBaking(at=START, wave="canary", until=START + 60), LOOKS[0]
    )
    terminal = Console(file=StringIO(), width=120)
    with terminal.capture() as drawn:
        terminal.print(picture(told(script.events), 20))
    assert "left; error-rate needs 30 more requests" in drawn.get()
    script.add(LOOKS[2])
    with terminal.capture() as drawn:
        terminal.print(picture(told(script.events), 20))
    assert "needs" not in drawn.get()


def test_the_summary_has_a_table_of_rules() -> None:
    script = Script().begin().inspected()
    script.add(ev.WaveStarted(at=START, wave="canary"), *LOOKS)
    text = markdown(told(script.events), "plan.yml")
    assert "### Rules, at the last look at each wave" in text
    assert "| canary | error-rate | fail | 9 of 80 failed: 11.2 %" in text
    assert "| canary | queue | inconclusive (observed) | 120 on web-1" in text
    assert "### Rules" not in markdown(told(Script().begin().events), "plan.yml")


def test_a_wave_that_failed_by_a_rule_says_which_and_shows_every_ruling() -> None:
    ruling = LOOKS[3].rulings[0]
    failure = Failure(
        LossKind.GATE, ruling.code, f"rule {ruling.rule}: {ruling.message}", evidence=("rule queue, pass",)
    )
    script = Script().begin().inspected()
    script.add(LOOKS[3], ev.WaveFailed(at=START, wave="canary", failure=failure))
    stream = StringIO()
    told(script.events, listener=PlainConsole(stream, "plan.yml", Weight.MILESTONE))
    assert "wave failed (rule error-rate: 9 of 80 failed" in stream.getvalue()
    assert "    | rule queue, pass" in stream.getvalue()


def test_every_verdict_can_be_computed_from_the_report_alone() -> None:
    odd = (look(5, 0, 80, 120.0, nan), look(6, 2, 90, 120.0, inf, 130.0))
    gone = judge(ERRORS, Evidence((errors(0, 90), Reading(failures=3))), Look(7, 30, 1))
    script = Script().begin().inspected()
    script.add(*LOOKS, *odd, ev.WaveJudged(at=START, wave="canary", look=7, rulings=(gone,)))
    report = json.loads(json.dumps(document(told(script.events), "plan.yml"), allow_nan=False))
    kept = [ruling for looked in report["waves"][0]["looks"] for ruling in looked["rulings"]]
    assert [verdict(revived(ruling)) for ruling in kept] == [Verdict(ruling["verdict"]) for ruling in kept]
    assert {ruling["verdict"] for ruling in kept} == {"pass", "inconclusive", "fail", "error"}
