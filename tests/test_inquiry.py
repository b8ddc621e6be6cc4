"""What a host is asked besides its health: its journal since the activation, and the user's own command."""

from dataclasses import replace
from pathlib import Path

from deployer.events import ActUnknown, CommandEnded
from deployer.facts import Act, Receipt, UnitLook, Verb
from deployer.fleet.inquiry import Inquiry
from deployer.fleet.measure import Measure
from deployer.fleet.watch import Watch
from deployer.host.observed import Locked
from deployer.host.source import load_program
from deployer.plan.judging import CommandGate, JournalGate
from deployer.plan.model import Gates, Host, Plan, Socket, Strategy
from deployer.readings import CommandResult, JournalLook
from deployer.task import Run, Task
from deployer.transport.base import Result
from deployer.transport.fake import FakeProcess, FakeTransport

PLAN = Plan("app", "/srv/app", "dist", (), (), gates=Gates(journal=JournalGate(("bad",))))
TOKEN = "t0ken123"


class Lines(FakeProcess):
    """A host whose journals hold what `new` says by start, until that is read: a bad line, or why they cannot be."""

    def __init__(self, **new: str) -> None:
        super().__init__(TOKEN, "locked=yes")
        self.new = new

    def send(self, line: str) -> None:
        super().send(line)
        kind, number, *rest = line.split()
        if kind == "journal":
            found = self.new.pop(rest[0], "")
            if found == "bad":
                self.say(f"part id={number} of=lines data=YmFkIGxpbmUK")
            error = "" if found == "bad" else found
            self.say(f"journal id={number} found={int(found == 'bad')} error={error} cursor=behind-{number}")


ROLLOUT = Task("r-1", Verb.APPLY, "r2")
LOOKING = Task("", Verb.ROLLBACK, "", aside=True)


def inquiry(plan: Plan = PLAN, transport: FakeTransport | None = None, task: Task = ROLLOUT) -> tuple[Inquiry, Measure]:
    """Give the inquiry of a host, and what is measured of it."""
    run = Run(plan, task, load_program(), lambda: 5.0, lambda _seconds: False, lambda _event: None)
    host, transport = Host("a", "10.0.0.1", "root", 22), transport or FakeTransport()
    transport.connect()
    measure = Measure(run, host, transport)
    return Inquiry(run, host, transport, measure), measure


def watched(host: FakeProcess) -> Watch:
    return Watch(host, TOKEN, lambda _look: None, lambda _reason: None)


def asked(host: FakeProcess) -> list[tuple[str, str, str]]:
    """Give start, time and proxy of each question about the journal."""
    lines = [line.split() for line in host.sent if line.startswith("journal ")]
    return [(words[2], words[3], words[4]) for words in lines]


def started(measure: Measure, start: str, clock: float) -> None:
    """Have the unit seen."""
    measure.seen(UnitLook("active", invocation=start, clock=clock))


def test_the_start_of_the_activation_is_read_though_an_old_look_comes_late() -> None:
    asks, measure = inquiry()
    started(measure, "old", 1.0)
    measure.before(None)
    measure.receipt = Receipt(switched=2.0, started=3.0, invocation="new")
    started(measure, "old", 3.5)
    host = Lines()
    watch = watched(host)
    assert asks.journal(watch) == JournalLook("new")
    started(measure, "new", 4.0)
    assert asks.journal(watch) == JournalLook("new")
    assert asked(host) == [("new", "0", "-")] * 2


def test_lines_that_were_found_stay_and_are_not_looked_for_again() -> None:
    asks, measure = inquiry()
    started(measure, "new", 1.0)
    host = Lines(new="bad")
    found = JournalLook("new", ("bad line",), 1)
    watch = watched(host)
    assert [asks.journal(watch), asks.journal(watch)] == [found, found]
    assert len(asked(host)) == 1


def started_twice(host: Lines) -> tuple[Inquiry, Watch]:
    """Give who asks, of whom: the first start was read, and the service has started once more since."""
    asks, measure = inquiry()
    watch = watched(host)
    started(measure, "one", 1.0)
    asks.journal(watch)
    started(measure, "two", 2.0)
    return asks, watch


def test_the_last_lines_of_a_start_that_crashed_are_read_once_more() -> None:
    host = Lines()
    asks, watch = started_twice(host)
    host.new["one"] = "bad"
    assert asks.journal(watch) == JournalLook("two", ("bad line",), 1)
    assert [each[0] for each in asked(host)] == ["one", "one", "two"]


def test_the_last_lines_of_a_start_that_crashed_are_not_lost_when_their_reading_fails() -> None:
    host = Lines()
    asks, watch = started_twice(host)
    host.new["one"] = "it%20took%20too%20long"
    assert asks.journal(watch).error != ""
    host.new["one"] = "bad"
    assert asks.journal(watch) == JournalLook("two", ("bad line",), 1)


def test_a_reading_that_failed_says_why_and_the_next_one_counts() -> None:
    asks, measure = inquiry()
    started(measure, "new", 1.0)
    host = Lines(new="exit%201")
    watch = watched(host)
    assert asks.journal(watch) == JournalLook("new", error="exit 1")
    assert asks.journal(watch) == JournalLook("new")


def test_a_reading_goes_on_behind_the_last_one_that_was_told() -> None:
    asks, measure = inquiry()
    started(measure, "new", 1.0)
    host = Lines()
    watch = watched(host)
    asks.journal(watch)
    host.new["new"] = "it%20took%20too%20long"
    asks.journal(watch)
    asks.journal(watch)
    asks.journal(watch)
    assert [line.split()[5] for line in host.sent] == ["-", "behind-1", "behind-1", "behind-3"]


def test_a_service_that_is_reloaded_or_has_a_proxy_is_older_than_its_release() -> None:
    for plan, proxy in (
        (replace(PLAN, strategy=Strategy.RELOAD), "-"),
        (replace(PLAN, socket=Socket("app.socket", proxy="app-proxy.service")), "app-proxy.service"),
    ):
        asks, measure = inquiry(plan)
        measure.receipt = Receipt(switched=2.5, started=3.0, invocation="new")
        host = Lines()
        asks.journal(watched(host))
        assert asked(host) == [("new", "2.500", proxy)]


def test_who_only_looks_on_reads_all_of_the_present_start_and_of_a_proxy_what_is_new() -> None:
    for plan, question in (
        (replace(PLAN, strategy=Strategy.RELOAD), ("present", "0", "-")),
        (replace(PLAN, socket=Socket("app.socket", proxy="p.service")), ("present", "7.500", "p.service")),
    ):
        asks, measure = inquiry(plan, task=LOOKING)
        measure.locked(Locked("r1", "", clock=7.5))
        started(measure, "present", 8.0)
        host = Lines()
        asks.journal(watched(host))
        assert asked(host) == [question]


def test_a_command_without_a_rollout_is_told_which_release_is_live() -> None:
    transport = FakeTransport()
    asks, measure = inquiry(replace(PLAN, gates=Gates(command=CommandGate(("smoke",)))), transport, LOOKING)
    measure.locked(Locked("r1", ""))
    asks.command()
    sent = transport.inputs[0].decode().splitlines()
    assert "export SOCKDEPLOY_RELEASE=r1" in sent
    assert "export SOCKDEPLOY_ROLLOUT=''" in sent


def test_nothing_is_read_while_nobody_knows_what_runs() -> None:
    asks, _ = inquiry()
    assert asks.journal(watched(Lines())).error != ""
    assert asks.journal(None).error != ""


def _command(gate: CommandGate, transport: FakeTransport | None = None, folder: str = "") -> CommandEnded:
    ended = _run(gate, transport, folder)
    assert isinstance(ended, CommandEnded)
    return ended


def _run(gate: CommandGate, transport: FakeTransport | None = None, folder: str = "") -> CommandEnded | ActUnknown:
    asks, _ = inquiry(replace(PLAN, gates=Gates(command=gate), file=f"{folder}/plan.yml"), transport)
    return asks.command()


def test_a_command_on_the_host_is_run_there_with_what_it_should_know() -> None:
    transport = FakeTransport(lambda _command, _stdin: Result(4, b"out\n", b"err\n"))
    ended = _command(CommandGate(("smoke", "a b")), transport)
    assert (ended.host, ended.result.code, ended.result.output) == ("a", 4, ("out", "err"))
    sent = transport.inputs[0].decode()
    assert "smoke 'a b'" in sent
    for variable in ("HOST=a", "ADDRESS=10.0.0.1", "SERVICE=app", "RELEASE=r2", "ROLLOUT=r-1"):
        assert f"export SOCKDEPLOY_{variable}\n" in sent


def test_a_command_from_here_runs_in_the_plans_folder(tmp_path: Path) -> None:
    ended = _command(CommandGate(("pwd",), on_host=False), folder=str(tmp_path))
    assert (ended.result.code, ended.result.output) == (0, (str(tmp_path),))


def test_a_command_that_is_not_there_could_not_tell(tmp_path: Path) -> None:
    here = _command(CommandGate(("./none",), on_host=False), folder=str(tmp_path)).result
    assert (here.code, here.error) == (None, "./none: No such file or directory")
    there = _command(CommandGate(("none",)), FakeTransport(lambda *_: Result(127, b"", b"none: not found"))).result
    assert there == CommandResult(None, "it could not be run: exit 127", ("none: not found",), there.seconds)


def test_the_end_of_a_command_on_a_host_that_is_lost_meanwhile_is_unknown() -> None:
    def lost(_command: str, _stdin: bytes) -> Result:
        transport.lose()
        return Result(0)

    transport = FakeTransport(lost)
    unknown = _run(CommandGate(("smoke",)), transport)
    assert isinstance(unknown, ActUnknown)
    assert (unknown.host, unknown.act, unknown.reason) == ("a", Act.COMMAND, "the connection was lost")


def test_a_command_that_does_not_end_on_a_host_that_still_answers_could_not_tell() -> None:
    ends = iter([Result(None, reason="its time limit passed"), Result(0)])
    ended = _command(CommandGate(("smoke",)), FakeTransport(lambda *_: next(ends)))
    assert ended.result.error == "its time limit passed"
