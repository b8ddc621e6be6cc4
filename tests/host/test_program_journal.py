"""The journal read by observe on real hosts: this start's lines only, new ones each time, whatever they hold."""

import itertools
from dataclasses import replace

from deployer.host.journal import JournalAnswer, JournalQuestion
from tests.host.door import Watch
from tests.host.stand import Stand
from tests.host.test_program_observe import left_over, observe

IN_USE = "[Aa]ddress already in use"


NUMBERS = itertools.count(1)


def _read(watch: Watch, question: JournalQuestion) -> JournalAnswer:
    watch.send(question.line(f"j{next(NUMBERS)}"))
    return replace(watch.wait_for(JournalAnswer), id="")


def _start(stand: Stand, lines: str) -> str:
    """Start the unit anew with a program that prints what `lines` prints and stays; its start."""
    stand.host.write("/tmp/lines.sh", f"{lines}\necho all said\nexec sleep 600\n")
    stand.host.write(f"/etc/systemd/system/{stand.unit}", "[Service]\nExecStart=/bin/sh /tmp/lines.sh\n")
    stand.host.sh(f"systemctl daemon-reload; systemctl restart {stand.unit}")
    return _said(stand)


def _said(stand: Stand) -> str:
    """Give the present start of the unit, once all it prints is in its journal."""
    start = stand.host.show(stand.unit, "InvocationID")["InvocationID"]
    wait = f"until journalctl -q -o cat _SYSTEMD_INVOCATION_ID={start} | grep -q 'all said'; do sleep 0.1; done"
    stand.host.sh(f"timeout 60 sh -c {wait!r}")
    return start


def _log(stand: Stand, start: str, line: str) -> None:
    """Say something about a start of the unit, as systemd does."""
    stand.host.sh(f"echo 'UNIT={stand.unit}\nINVOCATION_ID={start}\nMESSAGE={line}' | logger --journald")
    stand.host.sh("journalctl --sync")


def test_a_forbidden_line_is_found_and_the_lines_of_the_former_start_are_not(each_stand: Stand) -> None:
    each_stand.inspect()
    former = _start(each_stand, "echo 'bind: Address already in use'")
    start = _start(each_stand, "echo 'listening well'")
    with each_stand.door.observe(observe(each_stand)) as watch:
        found = _read(watch, JournalQuestion(former, (IN_USE,)))
        assert replace(found, cursor="") == JournalAnswer("", 1, ("bind: Address already in use",))
        # What systemd says of the start counts as well.
        said = _read(watch, JournalQuestion(start, (IN_USE, "^Started ")))
        assert (said.found, said.lines[0].split()[0], said.error) == (1, "Started", "")
        each_stand.host.sh("timeout 60 sh -c 'while find /run/sockdeploy -name \"j*.*\" | grep .; do sleep 0.1; done'")
        watch.end()
    assert left_over(each_stand) == ""


def test_only_what_is_new_is_read_again(stand: Stand) -> None:
    stand.inspect()
    start = _start(stand, "seq 1 30; echo one Failed to listen")
    question = JournalQuestion(start, ("Failed to listen",))
    with stand.door.observe(observe(stand)) as watch:
        first = _read(watch, question)
        assert first.found == 1
        assert _read(watch, question).found == 1, "nobody says that the first answer was heard"
        question = replace(question, cursor=first.cursor)
        again = _read(watch, question)
        assert (again.found, again.cursor) == (0, first.cursor)
        _log(stand, start, "two Failed to listen")
        assert _read(watch, question).lines == ("two Failed to listen",)
        watch.end()


def test_a_service_that_was_reloaded_answers_for_what_it_said_since(stand: Stand) -> None:
    stand.inspect()
    start = _start(stand, "echo before: Address already in use")
    now = stand.host.sh("sleep 0.1; date +%s.%N").strip()
    _log(stand, start, "after: Address already in use")
    with stand.door.observe(observe(stand)) as watch:
        found = _read(watch, JournalQuestion(start, (IN_USE,), float(now)))
        watch.end()
    assert found.lines == ("after: Address already in use",)


def test_the_proxys_lines_count_too(stand: Stand) -> None:
    stand.inspect()
    start = _start(stand, "true")
    proxy = f"{stand.site.service}-proxy.service"
    now = stand.host.sh("date +%s.%N; sleep 0.1").strip()
    stand.host.sh(f"systemd-run --quiet --collect --wait --unit={proxy} /bin/echo 'no backend'; journalctl --sync")
    with stand.door.observe(observe(stand)) as watch:
        found = _read(watch, JournalQuestion(start, ("no backend",), float(now), proxy))
        watch.end()
    assert found.lines == ("no backend",)


def test_garbage_and_floods_are_counted_cut_and_shown_as_text(stand: Stand) -> None:
    stand.inspect()
    flood = 'i=0; while [ $i -lt 1500 ]; do echo "forbidden $i"; i=$((i + 1)); done'
    start = _start(stand, rf"printf 'bad \001\377\033[31m bytes\n'; head -c 9000 /dev/zero | tr '\0' x; echo; {flood}")
    with stand.door.observe(observe(stand)) as watch:
        garbage = _read(watch, JournalQuestion(start, ("^bad", "xxxx")))
        assert garbage.found == 2
        assert garbage.lines[0].startswith("bad ")
        assert [len(line) for line in garbage.lines[1:]] == [400]
        watch.end()
    with stand.door.observe(observe(stand)) as watch:
        many = _read(watch, JournalQuestion(start, ("^forbidden",)))
        assert (many.found, len(many.lines), many.lines[0]) == (1000, 20, "forbidden 0")
        watch.end()


def test_a_pattern_arrives_as_it_is_and_one_that_grep_refuses_is_told(stand: Stand) -> None:
    stand.inspect()
    odd = 'it\'s "100%" of $HOME \\ `id` é (x)'
    start = _start(stand, f"cat <<'EOF'\n{odd}\nEOF")
    with stand.door.observe(observe(stand)) as watch:
        escaped = "".join(f"\\{each}" if each in "$\\()" else each for each in odd)
        assert _read(watch, JournalQuestion(start, ("nothing", f"^{escaped}$"))).lines == (odd,)
        refused = _read(watch, JournalQuestion(start, ("(",)))
        assert "grep" in refused.error
        watch.end()


def test_a_journal_that_says_nothing_of_a_start_was_not_read(busybox_stand: Stand) -> None:
    stand = busybox_stand
    stand.inspect()
    start = _start(stand, "true")
    with stand.door.observe(observe(stand)) as watch:
        assert replace(_read(watch, JournalQuestion(start, (IN_USE,))), cursor="") == JournalAnswer("")
        assert "no line of this start" in _read(watch, JournalQuestion("0" * 32, (IN_USE,))).error
        watch.end()


def test_a_unit_that_is_told_to_be_quiet_may_have_no_lines(stand: Stand) -> None:
    stand.inspect()
    stand.host.write(f"/etc/systemd/system/{stand.unit}", "[Service]\nLogLevelMax=err\nExecStart=/bin/sleep 600\n")
    stand.host.sh(f"systemctl daemon-reload; systemctl restart {stand.unit}; journalctl --sync")
    start = stand.host.show(stand.unit, "InvocationID")["InvocationID"]
    with stand.door.observe(observe(stand)) as watch:
        assert replace(_read(watch, JournalQuestion(start, (IN_USE,))), cursor="") == JournalAnswer("")
        watch.end()
