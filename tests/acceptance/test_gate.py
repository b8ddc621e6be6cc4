"""The gates without a rollout: asked of real hosts for a while, and a real rollout's verdicts computed once more."""

import json
import shlex
import signal
from typing import Any

from deployer import events as ev
from deployer.gates.rules import verdict
from deployer.gates.verdict import Verdict
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.metered import ERRORS, QUEUE, metrics
from tests.fleet.traffic import Traffic
from tests.sinks.report import revived

IN_USE = "Address already in use"
WAVES = [{"name": "all", "hosts": "rest", "bake": {"min": "2s", "max": "25s"}}]


def served(deploy: Deploy, mode: str) -> Deployment:
    """Give a service that is live, and a plan with gates for it."""
    app = deploy("metered")
    app.install("r1", mode)
    app.plan("r1", **gates(app))
    return app


def gates(app: Deployment) -> dict[str, Any]:
    """Give what a plan says of gates and waves."""
    rules = [{**ERRORS, "min_requests": 5}, QUEUE]
    return {"gates": {"health": app.health(), "metrics": metrics(app, rules=rules)}, "waves": WAVES}


def test_gates_are_asked_for_a_while_and_nothing_is_changed(deploy: Deploy) -> None:
    app = served(deploy, "ok")
    before = app.snapshot(app.hosts[0])
    with Traffic({"a": app.site.url(app.hosts[0])}, rate=50):
        ended = app.run("gate", "--observe", "8s")
    assert ended.code == 0, ended.told
    assert ended.says("rule errors, pass", "health (host)", "process", "95 % interval", "queue")
    assert app.snapshot(app.hosts[0]) == before


def test_what_does_not_pass_is_named_with_its_numbers(deploy: Deploy) -> None:
    app = served(deploy, "errors=0.2")
    with Traffic({"a": app.site.url(app.hosts[0])}, rate=50):
        ended = app.run("gate", "--observe", "8s", "--json")
    assert ended.code == 5, ended.told
    report = json.loads(ended.out)
    rulings = [ruling for look in report["waves"][0]["looks"] for ruling in look["rulings"]]
    failed = [ruling for ruling in rulings if ruling["verdict"] == "fail"]
    assert {ruling["rule"] for ruling in failed} == {"errors"}
    assert failed[-1]["bad"] / failed[-1]["total"] > 0.1
    assert report["passed"] is False
    assert {each["verdict"] for each in report["hosts"]} == {"pass"}


def test_whoever_has_seen_enough_gets_the_table_so_far(deploy: Deploy) -> None:
    app = served(deploy, "ok")
    running = app.start("gate", "--observe", "10m", "-v")
    assert running.process.stdout is not None
    seen = ""
    while "rule queue, pass" not in seen:
        line = running.process.stdout.readline()
        assert line, seen
        seen += line
    ended = running.stop(signal.SIGINT)
    assert ended.code == 130, ended.told
    assert ended.says("needed to pass", "health (host)")


def test_where_sshd_forbids_forwarding_every_gate_is_asked_all_the_same_and_nothing_is_changed(deploy: Deploy) -> None:
    app = deploy("python")
    host = app.hosts[0]
    app.install("r1", "in-use")
    host.sshd_config("AllowTcpForwarding no")
    told = f"/tmp/{app.site.service}.told"
    command = {"run": ["sh", "-c", f'echo "$SOCKDEPLOY_HOST $SOCKDEPLOY_RELEASE" | tee -a {told}; exit 3']}
    app.plan("r2", gates={"health": app.health(), "journal": {}, "command": command})
    before = app.snapshot(host)
    ended = app.run("gate", "--observe", "2s", "--json")
    assert ended.code == 5, ended.told
    gates = {each["gate"]: each for each in json.loads(ended.out)["hosts"]}
    assert {name: each["verdict"] for name, each in gates.items()} == {
        "health (host)": "pass", "unit": "pass", "journal": "fail", "command": "fail",
    }, ended.told  # fmt: skip
    assert any(IN_USE in line for line in gates["journal"]["evidence"])
    assert gates["command"]["evidence"] == ["web-1 r1"]
    assert host.read(told) == "web-1 r1\n"
    looked = app.run("status", "--json")
    assert json.loads(looked.out)["hosts"][0]["health"] == "200, r1", looked.told
    assert app.snapshot(host) == before
    _nobody_looks_on(app)


def test_a_rollout_and_who_only_looks_on_do_not_disturb_each_other(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    app.plan("r1", gates={"health": app.health(), "journal": {}})
    looking = app.start("gate", "--observe", "10m")
    try:
        _wait(app, "ls -d /run/sockdeploy/{}@*")
        applied = app.apply("r2")
        assert applied.code == 0, applied.told
        assert app.answers() == ["r2"]
        assert looking.process.poll() is None
    finally:
        looking.kill()
    _nobody_looks_on(app)


def _nobody_looks_on(app: Deployment) -> None:
    """Wait until nothing is left of an observation on the host."""
    _wait(app, "! ls -d /run/sockdeploy/{0}@* && ! pgrep -f '[o]bserve token=.*service={0} '")


def _wait(app: Deployment, line: str) -> None:
    """Wait until a line of sh succeeds on the host; in it {} is the service."""
    line = line.format(app.site.service)
    app.hosts[0].sh(f"timeout 60 sh -c {shlex.quote(f'until {line}; do sleep 0.2; done')}")


def test_the_verdicts_of_a_rollout_are_computed_from_its_report_alone_and_from_its_journal(deploy: Deploy) -> None:
    app = served(deploy, "ok")
    with Traffic({"a": app.site.url(app.hosts[0])}, rate=50):
        applied = app.apply("r2", "errors=0.1", **gates(app))
    assert applied.code == 1, applied.told
    looks = applied.summary["waves"][0]["looks"]
    assert looks, applied.told
    told = [ruling for look in looks for ruling in look["rulings"]]
    assert [verdict(revived(ruling)) for ruling in told] == [Verdict(ruling["verdict"]) for ruling in told]
    assert "fail" in {ruling["verdict"] for ruling in told}
    judged = [ruling for event in applied.events if isinstance(event, ev.WaveJudged) for ruling in event.rulings]
    assert [verdict(ruling) for ruling in judged] == [ruling.verdict for ruling in judged]
    assert len(judged) == len(told)
    again = app.run("gate", "--replay", str(applied.report / "journal.jsonl"))
    assert again.code == 0, again.told
    assert again.says(f"computed once more: all {len(judged)} agree")
