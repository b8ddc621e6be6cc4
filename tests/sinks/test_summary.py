"""The report: a verdict table first, evidence, receipts, bounded, and Markdown that nobody can break into."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from deployer import events as ev
from deployer.facts import Failure, LossKind, Outcome, WaveScope
from deployer.sinks.document import document
from deployer.sinks.ending import MOST_TROUBLES
from deployer.sinks.markdown import bounded, fenced, plain, prose
from deployer.sinks.redaction import Redaction
from deployer.sinks.summary import LIMIT, Summary, markdown
from tests.sinks import stories
from tests.sinks.stories import Script, told


def _rows(text: str) -> list[list[str]]:
    """Give the cells of the first table."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("| wave"))
    body = lines[first + 2 :]
    table = body[: next(number for number, line in enumerate([*body, ""]) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def _rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def test_the_verdict_table_comes_first_and_tells_of_every_host() -> None:
    text = markdown(told(stories.pilot_fails()), "plan.yml")
    assert text.startswith("## ❌ sockdeploy: apply r2 to myapp\n\n**rolled-back after 48 s (exit 1)")
    assert _rows(text) == [
        ["canary", "web-1", "r1 → r1", "back on r1", "passed", "3.2 s", "10.0 MB"],
        ["pilot", "web-2", "r1 → r1", "back on r1", "failed: health", "", "10.0 MB"],
        ["full", "web-3", "r1 → r1", "untouched, on r1", "", "", "10.0 MB"],
        ["full", "web-4", "r1 → r1", "untouched, on r1", "", "", "10.0 MB"],
    ]


def test_a_failure_comes_with_its_evidence_and_what_to_do() -> None:
    text = markdown(told(stories.canary_fails()), "plan.yml")
    assert "```text\n" + "\n".join(stories.WRONG.evidence) + "\n```\n" in text
    assert "- Mend what failed and run `sockdeploy apply plan.yml` again; a mended release needs a new id.\n" in text


def test_receipts_of_every_switch_and_revert_are_there_by_the_hosts_clocks() -> None:
    text = markdown(told(stories.pilot_fails()), "plan.yml")
    row = "| web-1 | {} | 2026-01-05 12:00:30.000Z |  | 123 in ?, invocation c0ffee | 777 → 777 |  |  |  |"
    assert row.format("activate") in text
    assert row.format("revert") in text


def test_what_ran_beside_the_live_release_is_told_with_what_it_spoiled() -> None:
    script = Script().begin().inspected()
    script.add(ev.HostRehearsed(at=script.at, host="web-1", seconds=2.13, looks=4))
    script.add(ev.BridgeStopped(at=script.at, host="web-1", seconds=9.02, asked=104, good=18, spoiled=3))
    script.add(ev.HostRehearsed(at=script.at, host="web-2", seconds=2.5, looks=4))
    story = told(script.end(Outcome.SUCCEEDED, 0))
    text = markdown(story, "plan.yml")
    assert "| web-1 | 2.1 s | 9.0 s | 104 | 18 | 3 |" in text
    assert "| web-2 | 2.5 s |  |  |  |  |" in text
    first, second, *_ = (host for wave in document(story, "plan.yml")["waves"] for host in wave["hosts"])  # type: ignore[attr-defined]
    assert first["rehearsed_in"] == 2.13
    assert first["bridge"] == {"seconds": 9.02, "asked": 104, "good": 18, "spoiled": 3}
    assert second["bridge"] is None


def test_a_success_is_short_and_has_nothing_to_do() -> None:
    text = markdown(told(stories.success()), "plan.yml")
    assert text.startswith("## ✅")
    assert "What to do" not in text
    assert "What failed" not in text


@pytest.mark.parametrize(
    "evil",
    [
        "a | b",
        "`x` ```` y",
        "<script>alert(1)</script><img src=x>",
        "[click](http://evil.example) ![x](http://evil.example/p.png)",
        "**bold** _it_ ~~s~~ # head",
        "http://evil.example www.evil.example ann@evil.example @ann",
        "back\\slash\\| pipe",
        "one\n\n# two\n| x |",
    ],
)
def test_a_text_renders_as_itself_and_never_as_markup(evil: str) -> None:
    html = _rendered(f"| a |\n| --- |\n| {plain(evil)} |\n")
    assert html.count("<td>") == 1
    cell = html[html.index("<td>") + 4 : html.index("</td>")]
    assert "<" not in cell.replace("<!-- -->", "")
    assert not re.search(r"://|www\.|\w@\w", cell)  # what GitHub makes links of by itself


def test_evidence_full_of_backticks_stays_in_its_fence() -> None:
    html = _rendered(fenced(["```", "</code><script>", "`````` # x"]) + "\nafter")
    assert html.count("<pre>") == 1
    assert "<script>" not in html
    assert html.endswith("<p>after</p>\n")


def test_commands_in_advice_stay_commands_and_unpaired_backticks_nothing() -> None:
    assert prose("Run `a_b`, then *c*.") == "Run `a_b`, then \\*c\\*."
    assert prose("one ` alone") == "one \\` alone"


def test_a_remedy_of_several_lines_keeps_them() -> None:
    remedy = "add to sudoers:\n  deploy ALL=(root) NOPASSWD: x"
    failure = Failure(LossKind.REFUSED, "sudo", "sudo asks for a password", remedy)
    script = Script().begin()
    script.add(ev.HostFailed(at=script.at, host="web-1", failure=failure))
    text = markdown(told(script.end(Outcome.REFUSED, 5, failure)), "plan.yml")
    assert "- web-1: add to sudoers:\n  ```text\n    deploy ALL=(root) NOPASSWD: x\n  ```\n" in text


def _great(hosts: int) -> list[ev.Event]:
    names = tuple(f"{number:0200d}" for number in range(hosts))
    script = Script().begin([WaveScope("full", names)]).inspected(names[:1])
    for number, name in enumerate(names):
        lines = 90 if number < MOST_TROUBLES else 0
        failure = Failure(LossKind.GATE, "wrong", f"{name} <&|`" * 3, evidence=("<`|é" * 200,) * lines)
        script.add(ev.HostFailed(at=script.at, host=name, failure=failure, gate="health"))
    return script.end(Outcome.ROLLED_BACK, 1)


def test_a_summary_stays_under_the_limit_and_is_never_cut_within_a_piece() -> None:
    story = told(_great(700))
    for limit in (LIMIT, 100_000, 20_000, 500, 10):
        text = markdown(story, "plan.yml", limit)
        assert len(text.encode()) <= limit
        assert text.count("```") % 2 == 0
        assert text.count("<details>") == text.count("</details>")
    assert "in summary.json" in markdown(story, "plan.yml")


def test_pieces_that_fit_are_whole() -> None:
    assert bounded(["é" * 10, "b" * 200], 120).startswith("é" * 10 + "\n_More")
    assert bounded(["a", "b"], 100) == "ab"


def test_both_files_are_written_and_the_document_is_json_without_secrets(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    leak = Failure(LossKind.GATE, "wrong", "key hunter22 leaked", evidence=("x hunter22 y",))
    script = Script().begin().inspected().live("web-1").fails("web-1", "canary", leak)
    told(script.end(Outcome.ROLLED_BACK, 1, leak, "canary"), Redaction(("hunter22",)), Summary(folder, "plan.yml"))
    texts = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert set(texts) == {"summary.md", "summary.json"}
    assert not any("hunter22" in text for text in texts.values())
    assert json.loads(texts["summary.json"])["failed"]["message"] == "key *** leaked"


@pytest.mark.parametrize("events", [events for _, events in stories.everyone()])
def test_the_document_tells_outcome_code_and_every_host(events: list[ev.Event]) -> None:
    told_of = json.loads(json.dumps(document(told(events), "plan.yml")))
    end = events[-1]
    assert isinstance(end, ev.RolloutFinished)
    assert (told_of["outcome"], told_of["exit_code"]) == (end.outcome.value, end.exit_code)
    assert [host["name"] for wave in told_of["waves"] for host in wave["hosts"]] == list(stories.HOSTS)
    assert told_of["seconds"] == end.at - stories.START
    assert (told_of["failed"] is None) == (end.failure is None)


def test_the_document_of_a_rollout_that_never_began_is_whole() -> None:
    assert document(told([]), "plan.yml")["outcome"] is None
