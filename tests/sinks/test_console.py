"""What a person reads: plain lines in a pipe, progress in place on a terminal, the same end in both."""

import io
import re
from collections.abc import Mapping

import pytest
from rich.console import Console

from deployer import events as ev
from deployer.facts import Failure, HealthLook, LossKind, Outcome, WaveScope
from deployer.sinks.console import Manner, console, manner
from deployer.sinks.folding import Folding
from deployer.sinks.live import LiveConsole, picture
from deployer.sinks.redaction import Redaction
from tests.sinks import stories
from tests.sinks.stories import START, Script, told
from tests.sinks.test_redaction import obeyed


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def _plain(events: list[ev.Event], verbosity: int = 0, folding: Folding = Folding.NONE, secret: str = "") -> str:
    stream = io.StringIO()
    told(events, Redaction((secret,)), console(stream, "plan.yml", Manner(verbosity, folding=folding)))
    return stream.getvalue()


def _live(events: list[ev.Event], *, color: bool = False) -> str:
    stream = Screen()
    terminal = Console(
        file=stream, force_terminal=True, no_color=not color, width=100, height=24, highlight=False, markup=False,
        _environ={"TERM": "xterm-256color"},
    )  # fmt: skip
    told(events, listener=LiveConsole(terminal, "plan.yml"))
    return stream.getvalue()


def test_a_failed_canary_is_told_with_gate_evidence_every_host_and_what_to_do() -> None:
    text = _plain(stories.canary_fails())
    end = text[text.index("rolled-back after") :]
    assert end == (
        "rolled-back after 34 s (exit 1): canary/web-1, gate health: "
        "the new release answered wrongly 3 times in a row\n"
        "what failed:\n"
        "  canary/web-1, gate health: the new release answered wrongly 3 times in a row [wrong-answer]\n"
        "    | last answer of http://127.0.0.1/healthz: 500\n"
        "    | unit: active (running)\n"
        "    | journal: ValueError: boom\n"
        "where every host stands:\n"
        "  canary: web-1: back on r1\n"
        "  pilot: web-2: untouched, on r1\n"
        "  full: web-3, web-4: untouched, on r1\n"
        "what to do next:\n"
        "  - Mend what failed and run `sockdeploy apply plan.yml` again; a mended release needs a new id.\n"
    )


def test_a_success_ends_with_one_line() -> None:
    assert _plain(stories.success()).splitlines()[-1] == "succeeded after 66 s (exit 0): r2 on 4 of 4 hosts, before: r1"


def test_every_plain_line_of_the_rollout_has_its_time_and_its_place() -> None:
    lines = _plain(stories.success()).splitlines()[:-1]
    assert all(re.match(r"12:0\d:\d\d (\w+(/web-\d)?: |apply r2 to myapp on 4 hosts)", line) for line in lines)
    assert "12:00:05 canary/web-1: r2 staged, 10.0 MB sent" in lines


def test_looks_that_tell_the_same_are_told_once_and_all_of_them_on_request() -> None:
    assert _plain(stories.pilot_fails()).count("answers 500 r2") == 1
    assert _plain(stories.pilot_fails(), 1).count("answers 500 r2") == 3


def test_the_quiet_form_says_only_failures_and_the_outcome() -> None:
    assert len(_plain(stories.success(), -1).splitlines()) == 1
    lines = _plain(stories.canary_fails(), -1).splitlines()
    assert "failed at gate health" in lines[0]
    assert not any("staged" in line or "wave started" in line for line in lines)


def test_all_three_findings_of_a_refusal_are_told_with_their_remedies() -> None:
    text = _plain(stories.refused())
    for words in ("myapp.socket is not active", "3 MB free in /srv", "no answer from 10.0.0.13"):
        assert text.count(words) >= 2  # when it was seen, and at the end
    assert "  - web-1: systemctl enable --now myapp.socket\n" in text
    assert "Nothing was switched." in text


def test_a_cancel_names_the_signal_and_where_the_canary_stands() -> None:
    text = _plain(stories.cancelled())
    assert "asked to stop (SIGTERM)" in text
    assert "canary: web-1: stranded, a person is needed: on r2" in text


def test_a_rollout_that_broke_off_says_so() -> None:
    text = _plain(stories.success()[:40])
    assert "the rollout did not come to its end" in text
    assert "`sockdeploy status plan.yml`" in text


def test_a_plan_that_refuses_before_a_rollout_begins_leaves_the_console_silent() -> None:
    assert _plain([]) == ""


def test_waves_fold_on_github_and_bad_news_is_outside() -> None:
    lines = _plain(stories.pilot_fails(), folding=Folding.GITHUB).splitlines()
    marks = [line for line in lines if line.startswith("::")]
    assert marks == ["::group::wave canary", "::endgroup::", "::group::wave pilot", "::endgroup::"]
    assert lines.index("::endgroup::") < lines.index("::group::wave pilot")
    last = len(lines) - 1 - lines[::-1].index("::endgroup::")
    assert "pilot: wave failed" in lines[last + 1]


def test_waves_fold_on_gitlab_with_matching_sections() -> None:
    text = _plain(stories.success(), folding=Folding.GITLAB)
    opened = re.findall(r"\x1b\[0Ksection_start:(\d+):(\w+)\r\x1b\[0Kwave (\w+)\n", text)
    closed = re.findall(r"\x1b\[0Ksection_end:(\d+):(\w+)\r\x1b\[0K\n", text)
    assert [name for _, _, name in opened] == ["canary", "pilot", "full"]
    assert [section for _, section, _ in opened] == [section for _, section in closed]
    assert all(int(start) >= START for start, *_ in opened)


def test_what_a_hostile_host_says_is_obeyed_nowhere() -> None:
    evil = "\x1b[2J::error::pwned\r##[group]x \u202e\n::stop-commands::t hunter22"
    failure = Failure(LossKind.GATE, "wrong-answer", evil, evil, (evil,))
    script = Script().begin().inspected()
    look = HealthLook("host", status=302, release=evil, location=evil, body=evil, error=evil)
    script.live("web-1", [look])
    script.add(ev.HostLost(at=script.at, host="web-1", reason=evil), ev.Warned(at=script.at, message=evil))
    script.fails("web-1", "canary", failure)
    text = _plain(script.end(Outcome.ROLLED_BACK, 1, failure, "canary"), 1, secret="hunter22")
    assert not [line for line in text.split("\n") if obeyed(line)]
    assert "hunter22" not in text
    assert "pwned" in text


def test_a_stream_that_cannot_spell_a_word_gets_an_escape() -> None:
    raw = io.BytesIO()
    events = [*Script().begin().events, ev.Warned(at=START, message="Grüße ☃")]
    stream = io.TextIOWrapper(raw, encoding="ascii")
    told(events, listener=console(stream, "plan.yml", Manner()))
    assert b"Gr\\xfc\\xdfe \\u2603" in raw.getvalue()


def test_the_terminal_shows_waves_hosts_looks_and_at_the_end_a_table() -> None:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", _live(stories.pilot_fails()))
    assert re.search(r"pilot/web-2\s+proving itself 4.0 s\s+500 r2 from host in 20 ms, 3 times", text)
    assert re.search(r"canary\s+\S+\s+1/1\s+passed after 9.0 s", text)
    assert re.search(r"pilot\s+web-2\s+r1\s+r1\s+-\s+back on r1", text)
    assert "    | journal: ValueError: boom" in text
    assert text.count("untouched, on r1") == 2  # in the table alone
    assert text.endswith("a mended release needs a new id.\n")


def test_a_bake_counts_down_on_the_terminal() -> None:
    script = Script().begin().inspected().live("web-1")
    script.add(ev.WaveStarted(at=script.at, wave="canary"))
    now = script.at
    script.add(ev.WaveBaking(at=now, wave="canary", until=now + 60), ev.Ticked(at=now + 18))
    assert "baking, 42 s left" in _live(script.events)
    script.add(ev.WaveBaking(at=now + 20, wave="canary", until=now + 60, latest=now + 90), ev.Ticked(at=now + 70))
    assert "baking, at most 20 s left" in _live(script.events)


def test_the_terminal_has_colors_only_when_they_are_wanted() -> None:
    assert "\x1b[1;31m" in _live(stories.canary_fails(), color=True)
    assert not re.search(r"\x1b\[[\d;]*3[0-7]m", _live(stories.canary_fails()))


def test_the_picture_of_a_great_fleet_fits_the_terminal_and_shows_the_busy_hosts() -> None:
    hosts = tuple(f"web-{number}" for number in range(200))
    script = Script().begin([WaveScope("canary", hosts[:1]), WaveScope("full", hosts[1:])]).inspected(hosts)
    script.live("web-150")
    screen = Console(file=io.StringIO(), width=100, height=24)
    screen.print(picture(told(script.events), 24))
    assert isinstance(screen.file, io.StringIO)
    lines = screen.file.getvalue().splitlines()
    assert len(lines) < 24
    assert any("full/web-150" in line and "proving itself" in line for line in lines)
    assert lines[-1].strip() == f"... and {200 - (len(lines) - 4)} more"


@pytest.mark.parametrize(
    ("stream", "environment", "verbosity", "live"),
    [
        (Screen(), {"TERM": "xterm"}, 0, True),
        (Screen(), {"TERM": "xterm", "CI": "false"}, 0, True),
        (Screen(), {"TERM": "xterm"}, -1, False),
        (Screen(), {"TERM": "xterm", "CI": "true"}, 0, False),
        (Screen(), {"TERM": "dumb"}, 0, False),
        (Screen(), {}, 0, False),
        (io.StringIO(), {"TERM": "xterm"}, 0, False),
    ],
)
def test_the_live_form_is_for_a_person_at_a_terminal(
    stream: io.StringIO, environment: Mapping[str, str], verbosity: int, *, live: bool
) -> None:
    assert manner(stream, environment, verbosity).live is live


def test_no_color_is_asked_for_by_option_or_by_variable() -> None:
    assert manner(Screen(), {}).color
    assert not manner(Screen(), {"NO_COLOR": "1"}).color
    assert manner(Screen(), {"NO_COLOR": ""}).color
    assert not manner(Screen(), {}, color=False).color


def test_the_log_folds_where_a_ci_system_can() -> None:
    assert manner(io.StringIO(), {"GITHUB_ACTIONS": "true"}).folding is Folding.GITHUB
    assert manner(io.StringIO(), {"GITLAB_CI": "true"}).folding is Folding.GITLAB
    assert manner(io.StringIO(), {}).folding is Folding.NONE
