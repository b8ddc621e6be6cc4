"""A host whose gates are asked without a rollout: what counts against it, and what nobody could see."""

from deployer import events as ev
from deployer.facts import Act, Failure, HealthLook, LossKind
from deployer.gates.verdict import Verdict
from deployer.plan.model import Expect, Gates, Health
from deployer.verbs.observed import Observed
from tests.host.fit import SHOWN, inspection

HEALTH = Health("http://127.0.0.1:8080/", Expect(), rise=2, stable_for=2.0, fall=2)
RUNNING = SHOWN.replace(
    "Id=app.service", "Id=app.service\nSubState=running\nMainPID=7\nInvocationID=first\nNRestarts=0"
)
SEEN = ev.HostLost(at=0.0, host="a", reason="")
GOOD = HealthLook("host", status=200, release="r1")


def verdicts(host: Observed, now: float = 10.0, gates: Gates = Gates()) -> list[tuple[str, Verdict, str]]:  # noqa: B008
    return [(judged.gate, judged.verdict, judged.code) for judged in host.judged(gates, now)]


def test_a_unit_that_was_not_looked_at_is_open() -> None:
    assert verdicts(Observed("all", 0.0)) == [("unit", Verdict.INCONCLUSIVE, "not-seen")]


def test_a_unit_that_stays_as_it_was_first_seen_passes() -> None:
    host = Observed("all", 0.0)
    host.see(inspection(show=RUNNING), SEEN)
    host.see(inspection(show=RUNNING), SEEN)
    assert verdicts(host) == [("unit", Verdict.PASS, "running")]


def test_a_unit_that_restarted_meanwhile_fails() -> None:
    host = Observed("all", 0.0)
    host.see(inspection(show=RUNNING), SEEN)
    host.see(
        inspection(show=RUNNING.replace("first", "second").replace("NRestarts=0", "NRestarts=1"), clock="100.5"), SEEN
    )
    assert verdicts(host) == [("unit", Verdict.FAIL, "unit-restarted")]


def test_restarts_from_before_do_not_count() -> None:
    host = Observed("all", 0.0)
    host.see(inspection(show=RUNNING.replace("NRestarts=0", "NRestarts=5")), SEEN)
    assert verdicts(host) == [("unit", Verdict.PASS, "running")]


def test_a_host_that_cannot_be_looked_at_is_an_error_until_it_can() -> None:
    host = Observed("all", 0.0)
    failure = Failure(LossKind.UNREACHABLE, "refused", "port 22 cannot be reached")
    host.see(None, ev.ActFailed(at=1.0, host="a", act=Act.INSPECT, failure=failure))
    assert verdicts(host) == [("unit", Verdict.ERROR, "refused")]
    host.see(None, ev.ActUnknown(at=2.0, host="a", act=Act.INSPECT, reason="cut"))
    assert verdicts(host) == [("unit", Verdict.ERROR, "connection-lost")]
    host.see(inspection(show=RUNNING), SEEN)
    assert verdicts(host) == [("unit", Verdict.PASS, "running")]


def test_health_is_judged_as_in_a_rollout_whatever_release_answers() -> None:
    host, gates = Observed("all", 0.0), Gates(HEALTH)
    for at in range(3):
        host.hear(HEALTH, [GOOD], float(at))
    assert ("health (host)", Verdict.PASS, "healthy") in verdicts(host, gates=gates)
    for at in range(3, 6):
        host.hear(HEALTH, [HealthLook("host", status=None, error="no answer")], float(at))
    assert ("health (host)", Verdict.FAIL, "health-fell") in verdicts(host, gates=gates)
