"""A host whose gates are asked without a rollout: what counts against it, and what nobody could see."""

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, LossKind, UnitLook
from deployer.gates.verdict import Judgement, Verdict
from deployer.plan.judging import CommandGate, JournalGate
from deployer.plan.model import Expect, Gates, Health
from deployer.readings import CommandResult, JournalLook
from deployer.verbs.observed import Observed, unseen

HEALTH = Health("http://127.0.0.1:8080/", Expect(), rise=2, stable_for=2.0, fall=2)
JOURNAL = Gates(journal=JournalGate(("bad",)))
COMMAND = Gates(command=CommandGate(("smoke",)))
GOOD = HealthLook("host", status=200, release="r1")
LOST = Failure(LossKind.UNREACHABLE, "connection-lost", "the host is gone")


def running(invocation: str = "first", restarts: int = 0, clock: float = 100.0) -> UnitLook:
    return UnitLook("active", "running", pid=7, invocation=invocation, restarts=restarts, clock=clock)


def seen() -> Observed:
    """Give a host whose unit runs."""
    host = Observed("all", 0.0)
    host.see(running())
    return host


def verdicts(host: Observed, now: float = 10.0, gates: Gates = Gates()) -> list[tuple[str, Verdict, str]]:  # noqa: B008
    return [(judged.gate, judged.verdict, judged.code) for judged in host.judged(gates, now)]


def said(host: Observed, gates: Gates) -> Judgement:
    """Give what the last gate says."""
    return list(host.judged(gates, 10.0))[-1]


def test_a_unit_that_was_not_looked_at_is_open() -> None:
    assert verdicts(Observed("all", 0.0)) == [("unit", Verdict.INCONCLUSIVE, "not-seen")]


def test_a_unit_that_stays_as_it_was_first_seen_passes() -> None:
    host = seen()
    host.see(running())
    assert verdicts(host) == [("unit", Verdict.PASS, "running")]


def test_a_unit_that_restarted_meanwhile_fails() -> None:
    host = seen()
    host.see(running("second", 1, 100.5))
    assert verdicts(host) == [("unit", Verdict.FAIL, "unit-restarted")]


def test_restarts_from_before_do_not_count() -> None:
    host = Observed("all", 0.0)
    host.see(running(restarts=5))
    assert verdicts(host) == [("unit", Verdict.PASS, "running")]


def test_a_host_that_is_not_in_sight_is_an_error_until_it_is() -> None:
    host = seen()
    refused = Failure(LossKind.UNREACHABLE, "refused", "port 22 cannot be reached")
    host.lose(unseen(ev.ActFailed(at=1.0, host="a", act=Act.INSPECT, failure=refused)))
    assert verdicts(host) == [("unit", Verdict.ERROR, "refused")]
    for event in (
        ev.ActUnknown(at=2.0, host="a", act=Act.INSPECT, reason="cut"),
        ev.HostLost(at=2.0, host="a", reason="cut"),
    ):
        host.lose(unseen(event))
        assert verdicts(host) == [("unit", Verdict.ERROR, "connection-lost")]
    host.see(running())
    assert verdicts(host) == [("unit", Verdict.PASS, "running")]


def test_health_is_judged_as_in_a_rollout_whatever_release_answers() -> None:
    host, gates = Observed("all", 0.0), Gates(HEALTH)
    for at in range(3):
        host.hear(HEALTH, [GOOD], float(at))
    assert ("health (host)", Verdict.PASS, "healthy") in verdicts(host, gates=gates)
    for at in range(3, 6):
        host.hear(HEALTH, [HealthLook("host", status=None, error="no answer")], float(at))
    assert ("health (host)", Verdict.FAIL, "health-fell") in verdicts(host, gates=gates)


def test_a_health_url_that_can_be_asked_in_no_way_is_an_error_with_what_to_do() -> None:
    host = seen()
    host.mute = Failure(LossKind.REFUSED, "no-way-to-ask", "it cannot be asked", "install curl")
    health = next(host.judged(Gates(HEALTH), 1000.0))
    assert (health.gate, health.verdict, health.code) == ("health (host)", Verdict.ERROR, "no-way-to-ask")
    assert health.remedy == "install curl"


def test_a_journal_says_which_lines_count() -> None:
    host = seen()
    assert said(host, JOURNAL).code == "not-read"
    host.read(JournalLook("first"))
    assert said(host, JOURNAL).verdict is Verdict.PASS
    assert said(host, JOURNAL).message.endswith(", since the service's present start")
    host.read(JournalLook("first", ("a bad line",), 1))
    assert said(host, JOURNAL).verdict is Verdict.FAIL
    assert said(host, JOURNAL).evidence == ("a bad line",)


def test_a_journal_that_cannot_be_read_is_an_error_and_so_is_that_of_a_host_out_of_sight() -> None:
    host = seen()
    for _ in range(3):
        host.read(JournalLook("first", error="grep: no"))
    assert (said(host, JOURNAL).verdict, said(host, JOURNAL).code) == (Verdict.ERROR, "journal-unreadable")
    host.read(JournalLook("first"))
    host.lose(LOST)
    assert (said(host, JOURNAL).verdict, said(host, JOURNAL).message) == (Verdict.ERROR, "the host is gone")


def test_lines_that_were_found_stay_found_though_the_host_is_lost() -> None:
    host = seen()
    host.read(JournalLook("first", ("a bad line",), 1))
    host.lose(LOST)
    assert said(host, JOURNAL).verdict is Verdict.FAIL


def test_a_command_is_open_until_it_has_ended() -> None:
    host = Observed("all", 0.0)
    assert "not in sight" in said(host, COMMAND).message
    host.see(running())
    assert (said(host, COMMAND).verdict, said(host, COMMAND).code) == (Verdict.INCONCLUSIVE, "not-run")
    for result, verdict in (
        (CommandResult(0), Verdict.PASS),
        (CommandResult(3), Verdict.FAIL),
        (CommandResult(None, "it is not there"), Verdict.ERROR),
    ):
        host.ran(ev.CommandEnded(at=1.0, host="a", result=result))
        assert said(host, COMMAND).verdict is verdict


def test_a_command_whose_end_nobody_knows_is_an_error() -> None:
    host = seen()
    host.ran(ev.ActUnknown(at=1.0, host="a", act=Act.COMMAND, reason="cut"))
    assert (said(host, COMMAND).verdict, said(host, COMMAND).code) == (Verdict.ERROR, "connection-lost")
