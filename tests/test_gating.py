"""The verb gate over a journal: what was recorded is computed once more, and what does not agree is named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deployer import events as ev
from deployer.facts import Verb, WaveScope
from deployer.files import read_plan
from deployer.gates.rules import verdict
from deployer.gates.verdict import Verdict
from deployer.readings import Counted, Reading
from deployer.record.journal import Journal, read
from tests.cli import Ended, sockdeploy
from tests.rollout.scene import Scene

PLAN = """\
version: 1
service: myapp
release: r2
artifact: {path: dist/}
root: /srv/myapp
inventory: {a: {address: 127.0.0.1}, b: {address: 127.0.0.2}}
waves:
  - {name: one, hosts: 1, bake: {min: 20s, max: 60s}}
  - {name: rest, hosts: rest, bake: {min: 20s, max: 60s}}
gates:
  health: {url: "http://127.0.0.1:8080/", expect: {release: {json: version}}, rise: 1, stable_for: 0s}
  metrics:
    source: {scrape: "http://127.0.0.1:8080/metrics"}
    warmup: 0s
    rules:
      - {name: errors, errors: errors_total, total: requests_total, max: 1%, compare: {floor: 0.5%}}
      - {name: queue, value: queue, max: 100}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a plan and the journal of a rollout that its rules took back."""
    (tmp_path / "plan.yml").write_text(PLAN)
    plan = read_plan(str(tmp_path / "plan.yml"), variables={}, deploying=False)
    scene = Scene(plan).prepared()
    scene.healthy("a")
    for number in range(1, 4):
        scene.counted("b", 0, 200 * number)
        numbers = (Counted("errors", bad=3 * number, total=20 * number), Counted("queue", values=(5.0 * number,)))
        scene.read("a", Reading(numbers))
        if scene.of_kind(ev.WaveFailed):
            break
        scene.wait(10)
    waves = tuple(WaveScope(wave.name, wave.hosts) for wave in plan.waves)
    journal = Journal(tmp_path / "journal.jsonl")
    journal(
        ev.RolloutStarted(
            at=1000.0, rollout="x", verb=Verb.APPLY, service="myapp", release="r2", digest="d", waves=waves
        )
    )
    for event in scene.told:
        journal(event)
    journal.close()
    return tmp_path


def replayed(folder: Path, *options: str) -> Ended:
    return sockdeploy("gate", "plan.yml", "--replay", "journal.jsonl", *options, folder=folder)


def test_a_journal_agrees_with_itself(folder: Path) -> None:
    ended = replayed(folder)
    assert ended.code == 0, ended.err
    assert "verdicts in journal.jsonl, computed once more: all" in ended.out
    assert "1 fail" in ended.out


def test_every_verdict_can_be_computed_from_the_journal_alone(folder: Path) -> None:
    looks = [event for event in read(folder / "journal.jsonl") if isinstance(event, ev.WaveJudged)]
    rulings = [ruling for look in looks for ruling in look.rulings]
    assert [verdict(ruling) for ruling in rulings] == [ruling.verdict for ruling in rulings]
    assert Verdict.FAIL in {ruling.verdict for ruling in rulings}


def test_with_json_every_verdict_stands_for_itself(folder: Path) -> None:
    report = json.loads(replayed(folder, "--json").out)
    assert report["agrees"] is True
    assert {
        (each["rule"], each["recorded"] == each["own_numbers"] == each["plan_now"]) for each in report["verdicts"]
    } == {
        ("errors", True),
        ("queue", True),
    }


def test_another_limit_is_told_with_what_it_would_have_said(folder: Path) -> None:
    plan = folder / "plan.yml"
    plan.write_text(plan.read_text().replace("max: 100", "max: 1"))
    ended = replayed(folder)
    assert ended.code == 5
    assert (
        "one, look 1, rule queue: recorded pass; its own numbers say pass; plan.yml now says inconclusive" in ended.out
    )
    assert "differ" in ended.out.splitlines()[-1]


def test_a_verdict_that_does_not_follow_from_its_numbers_is_told(folder: Path) -> None:
    path = folder / "journal.jsonl"
    events = read(path)
    path.unlink()
    journal = Journal(path)
    for event in events:
        journal(_passing(event) if isinstance(event, ev.WaveJudged) else event)
    journal.close()
    ended = replayed(folder)
    assert ended.code == 5
    assert "recorded pass; its own numbers say fail; plan.yml now says fail" in ended.out


def _passing(event: ev.WaveJudged) -> ev.WaveJudged:
    return replace(event, rulings=tuple(replace(each, verdict=Verdict.PASS) for each in event.rulings))


def test_a_wrong_line_of_a_journal_is_told_with_its_place(folder: Path) -> None:
    path = folder / "journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], '{"event": "Nonsense"}\n', *lines[2:]]))
    ended = replayed(folder)
    assert ended.code == 2
    assert "journal.jsonl:3: not an entry of a journal" in ended.err


def test_a_journal_that_is_not_there_and_one_without_looks_are_refused(folder: Path) -> None:
    assert sockdeploy("gate", "plan.yml", "--replay", "none.jsonl", folder=folder).code == 2
    kept = [
        line for line in (folder / "journal.jsonl").read_text().splitlines(keepends=True) if "WaveJudged" not in line
    ]
    (folder / "journal.jsonl").write_text("".join(kept))
    ended = replayed(folder)
    assert ended.code == 5
    assert "no rule was judged in this rollout" in ended.err


def test_the_journal_of_an_abort_is_called_by_its_name_and_the_right_one_is_asked_for(folder: Path) -> None:
    started = ev.RolloutStarted(
        at=1000.0, rollout="y", verb=Verb.ABORT, service="myapp", release="r2", digest="",
        waves=(WaveScope("abort", ("a", "b")),),
    )  # fmt: skip
    journal = Journal(folder / "back.jsonl")
    journal(started)
    journal.close()
    ended = sockdeploy("gate", "plan.yml", "--replay", "back.jsonl", folder=folder)
    assert ended.code == 2
    assert "back.jsonl: this is the journal of the verb abort" in ended.err
    assert "name the journal of an apply or a resume" in ended.err


@pytest.mark.parametrize("options", [(), ("--observe", "10m", "--replay", "journal.jsonl")])
def test_what_to_do_is_said_once(folder: Path, options: tuple[str, ...]) -> None:
    ended = sockdeploy("gate", "plan.yml", *options, folder=folder)
    assert ended.code == 2
    assert "expected one of --observe and --replay" in ended.err


def test_how_long_to_observe_is_a_duration(folder: Path) -> None:
    ended = sockdeploy("gate", "plan.yml", "--observe", "10", folder=folder)
    assert ended.code == 2
    assert "--observe: expected a duration with a unit" in ended.err
