"""What GitHub is handed: outputs it can parse, few annotations, a summary within its limit."""

import io
import json
import os
import re
from pathlib import Path

import yaml

from deployer import events as ev
from deployer.errors import Place, PlanError, Problem, UsageError
from deployer.facts import Failure, LossKind, Outcome, WaveScope
from deployer.sinks.github import OUTPUTS, GitHub, Places, annotations, complaints, outputs, places
from deployer.sinks.redaction import Redaction
from deployer.sinks.summary import LIMIT
from tests.sinks import stories
from tests.sinks.stories import Script, told

ROOT = Path(__file__).parents[2]


def parsed(text: str) -> dict[str, str]:
    """Parse a file of outputs as GitHub does: `name=value`, or `name<<DELIMITER`, lines, DELIMITER."""
    values: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        heredoc = re.fullmatch(r"([^=<]+)<<(.+)", line)
        if heredoc is None:
            name, equals, value = line.partition("=")
            assert equals, f"invalid format {line!r}"
            values[name] = value
            continue
        body: list[str] = []
        for inner in lines:
            if inner == heredoc[2]:
                break
            body.append(inner)
        else:
            raise AssertionError("matching delimiter not found")
        values[heredoc[1]] = "\n".join(body)
    return values


def commands(lines: str) -> list[tuple[str, dict[str, str], str]]:
    """Parse workflow commands as GitHub does: kind, properties and message, unescaped."""
    found = []
    for line in lines.splitlines():
        command = re.fullmatch(r"::(\w+) ?(.*?)::(.*)", line)
        assert command is not None
        given = dict(pair.split("=", 1) for pair in command[2].split(",") if pair)
        found.append((command[1], {key: _unescaped(value) for key, value in given.items()}, _unescaped(command[3])))
    return found


def _unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_the_outputs_are_those_of_action_yml_in_its_order() -> None:
    assert tuple(yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]) == OUTPUTS


def test_everything_is_written_where_github_wants_it(tmp_path: Path) -> None:
    at, stream = Places(tmp_path / "summary", tmp_path / "output", tmp_path), io.StringIO()
    (tmp_path / "output").write_text("earlier=1\n")
    report = tmp_path / ".sockdeploy" / "run"
    report.mkdir(parents=True)
    os.chown(tmp_path, 4242 if os.geteuid() == 0 else -1, -1)
    told(stories.pilot_fails(), listener=GitHub(stream, at, report, "plan.yml"))
    assert parsed((tmp_path / "output").read_text()) == {
        "earlier": "1",
        "outcome": "rolled-back",
        "release": "r2",
        "previous-release": "r1",
        "failed-wave": "pilot",
        "failed-gate": "health",
        "hosts-new": "[]",
        "hosts-old": '["web-1", "web-2", "web-3", "web-4"]',
        "report": str(report),
    }
    assert (tmp_path / "summary").read_text().startswith("## ❌ sockdeploy: apply r2 to myapp")
    kinds = [kind for kind, _, _ in commands(stream.getvalue())]
    assert kinds == ["error", "notice"]
    assert report.parent.stat().st_uid == tmp_path.stat().st_uid


def test_a_wave_that_a_rule_failed_failed_at_the_gate_of_metrics(tmp_path: Path) -> None:
    script = Script().begin([WaveScope("canary", ("web-1",))])
    rule = Failure(LossKind.GATE, "above-limit", "rule errors: 6 of 50 failed")
    script.add(ev.WaveFailed(at=script.at, wave="canary", failure=rule))
    told(
        script.end(Outcome.ROLLED_BACK, 1, rule, "canary"),
        listener=GitHub(io.StringIO(), Places(output=tmp_path / "out"), tmp_path, "plan.yml"),
    )
    assert parsed((tmp_path / "out").read_text())["failed-gate"] == "metrics"


def test_a_value_cannot_end_its_own_output(tmp_path: Path) -> None:
    evil = "x\nsockdeploy_token\noutcome=succeeded"
    script = Script().begin([WaveScope(evil, ("web-1",))])
    script.add(ev.HostFailed(at=script.at, host="web-1", failure=stories.WRONG, gate=evil))
    events = script.end(Outcome.ROLLED_BACK, 1, stories.WRONG, evil)
    for name in ("first", "second"):
        told(events, listener=GitHub(io.StringIO(), Places(output=tmp_path / name), tmp_path, "plan.yml"))
    first, second = ((tmp_path / name).read_text() for name in ("first", "second"))
    assert parsed(first)["outcome"] == "rolled-back"
    assert parsed(first)["failed-gate"] == evil
    assert first != second  # nobody can know the delimiter


def test_lists_of_hosts_are_json_for_every_outcome() -> None:
    for name, events in stories.everyone():
        values = outputs(told(events), "out")
        new, old = json.loads(values["hosts-new"]), json.loads(values["hosts-old"])
        assert not set(new) & set(old), name
    assert json.loads(outputs(told(stories.tolerated()), "out")["hosts-new"]) == ["web-1", "web-2", "web-3"]
    assert outputs(told(stories.success()), "out")["failed-wave"] == ""


def test_there_is_one_error_per_wave_and_it_names_its_hosts() -> None:
    found = commands("\n".join(annotations(told(stories.refused()))))
    assert [(kind, given["title"]) for kind, given, _ in found] == [
        ("error", "wave canary: failed"),
        ("error", "wave pilot: failed"),
        ("error", "wave full: failed"),
        ("notice", "sockdeploy"),
    ]
    assert found[0][2] == "canary/web-1: myapp.socket is not active"


def test_a_green_run_has_no_error() -> None:
    found = commands("\n".join(annotations(told(stories.tolerated()))))
    assert [kind for kind, _, _ in found] == ["warning", "notice"]


def test_many_waves_and_hosts_make_at_most_ten_annotations_of_a_kind() -> None:
    waves = [WaveScope(f"w{number}", (f"a{number}", f"b{number}")) for number in range(30)]
    script = Script().begin(waves)
    for scope in waves:
        for host in scope.hosts:
            failure = Failure(LossKind.UNREACHABLE, "unreachable", f"100% of {host}, port: 22\nis silent")
            script.add(ev.HostFailed(at=script.at, host=host, failure=failure))
            script.add(ev.Warned(at=script.at, host=host, message="slow"))
    found = commands("\n".join(annotations(told(script.end(Outcome.REFUSED, 5)))))
    kinds = [kind for kind, _, _ in found]
    assert (kinds.count("error"), kinds.count("warning"), kinds.count("notice")) == (10, 10, 1)
    assert found[0][2] == "w0/a0: 100% of a0, port: 22 is silent\nw0/b0: 100% of b0, port: 22 is silent"
    assert found[9][1]["title"] == ", ".join(f"w{number}" for number in range(9, 30)) + ": failed"
    assert found[9][2].endswith("... and 37 more")


def _complaints(*problems: Problem, workspace: Path | None) -> list[tuple[str, dict[str, str], str]]:
    return commands("\n".join(complaints(PlanError(problems), workspace)))


def test_each_mistake_in_a_plan_is_shown_at_its_line_in_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "deploy")
    plan = str(tmp_path / "deploy" / "a,b.yml")
    problems = (
        Problem(Place(plan, 3, 9), "keep: expected a number: 1, not x", "write 5"),
        Problem(Place(str(tmp_path / "link" / "hosts.yml"), 2, 1), "the key address is missing"),
        Problem(Place(plan), "it cannot be read"),
    )
    found = _complaints(*problems, workspace=tmp_path)
    assert found == [
        ("error", {"file": "deploy/a,b.yml", "line": "3", "col": "9", "title": "sockdeploy"},
         "keep: expected a number: 1, not x\nwrite 5"),
        ("error", {"file": "deploy/hosts.yml", "line": "2", "col": "1", "title": "sockdeploy"},
         "the key address is missing"),
        ("error", {"file": "deploy/a,b.yml", "title": "sockdeploy"}, "it cannot be read"),
    ]  # fmt: skip


def test_a_mistake_outside_the_workspace_says_where_it_is(tmp_path: Path) -> None:
    problem = Problem(Place(str(tmp_path / "plan.yml"), 3, 9), "wrong", "mend it")
    for workspace in (tmp_path / "work", None):
        assert _complaints(problem, workspace=workspace) == [
            ("error", {"title": "sockdeploy"}, f"{tmp_path}/plan.yml:3:9: wrong\n    mend it")
        ]


def test_of_many_mistakes_nine_have_their_line_and_the_tenth_annotation_has_the_rest(tmp_path: Path) -> None:
    problems = tuple(Problem(Place(str(tmp_path / "p.yml"), line, 1), f"wrong {line}") for line in range(1, 18))
    found = _complaints(*problems, workspace=tmp_path)
    assert [given.get("line") for _, given, _ in found] == [*map(str, range(1, 10)), None]
    assert found[9][2].startswith(f"{tmp_path}/p.yml:10:1: wrong 10\n")
    assert found[9][2].endswith("... and 3 more")
    assert [given["line"] for _, given, _ in _complaints(*problems[:10], workspace=tmp_path)][9] == "10"


def test_an_error_without_a_place_is_one_annotation(tmp_path: Path) -> None:
    found = commands("\n".join(complaints(UsageError("no host is left", where="--hosts"), tmp_path)))
    assert found == [("error", {"title": "sockdeploy"}, "--hosts: no host is left")]


def test_a_hostile_message_stays_within_its_annotation() -> None:
    evil = Failure(LossKind.GATE, "wrong", "x\n::set-output name=outcome::succeeded\r\n::add-mask::a%0Ab")
    script = Script().begin()
    script.add(ev.HostFailed(at=script.at, host="web-1", failure=evil))
    lines = annotations(told(script.end(Outcome.ROLLED_BACK, 1, evil), Redaction()))
    assert [kind for kind, _, _ in commands("\n".join(lines))] == ["error", "notice"]


def test_the_summary_leaves_room_for_what_is_there_already(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("x" * (LIMIT - 300))
    told(stories.pilot_fails(), listener=GitHub(io.StringIO(), Places(summary=path), tmp_path, "plan.yml"))
    assert LIMIT - 300 < path.stat().st_size <= LIMIT


def test_places_are_those_that_github_names() -> None:
    assert places({"GITHUB_OUTPUT": "/o", "GITHUB_WORKSPACE": ""}) == Places(output=Path("/o"))
