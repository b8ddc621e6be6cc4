"""The load balancer's check, made to services on loopback; this machine's own tables stand for the host's."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from deployer import events as ev
from deployer.facts import Verb
from deployer.fleet.balancer import Ask, balancer_findings, reach_findings
from deployer.host.check_acts import Accepted
from deployer.host.facts import Failure
from deployer.host.inspection import Inspection
from deployer.host.listeners import Listener, kernel_form
from deployer.host.source import Program
from deployer.plan.model import Expect, Health, Host, ReleaseJson
from deployer.task import Run, Task
from tests.host.fit import WANTED, inspection
from tests.probes.service import response, serving
from tests.rollout.plans import plan, wave

HEALTH = Health("http://{address}/", Expect(200, ReleaseJson("release")), timeout=5.0)
GOOD = response("200 OK", '{"release": "v1"}')


def _rows(act: Accepted) -> tuple[str, ...]:
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return tuple(f"/proc/net/tcp:{line}" for line in lines if f":{act.peer.upper()} 01 " in line)


def _blind(_: Accepted) -> tuple[str, ...] | Failure:
    return ()


def _broken(_: Accepted) -> tuple[str, ...] | Failure:
    return Failure("no-answer", "the connection broke")


def _listening(port: int) -> Inspection:
    address = f"127.0.0.1:{port}"
    return replace(inspection(), listeners=(Listener(address, kernel_form(address), 42, held=True),))


def _codes(answer: bytes, ask: Ask, *, other_port: bool = False, scheme: str = "http") -> list[tuple[str, bool]]:
    """Make the check to a service that answers so; codes and whether they are soft."""
    with serving([answer]) as service:
        known = _listening(1 if other_port else service.port)
        found = balancer_findings("app", f"{scheme}://127.0.0.1:{service.port}/lb", HEALTH, known, ask)
        return [(finding.code, finding.soft) for finding in found]


def test_a_connection_on_the_service_s_own_listener_with_a_release_is_as_it_should_be() -> None:
    assert _codes(GOOD, _rows) == []
    assert _codes(GOOD, _rows, scheme="tcp") == []


@pytest.mark.parametrize("scheme", ["http", "tcp"])
def test_another_program_s_port_is_elsewhere(scheme: str) -> None:
    assert _codes(GOOD, _rows, other_port=True, scheme=scheme) == [("load-balancer-elsewhere", False)]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (response("500 Broken", '{"release": "v1"}'), "load-balancer-answer"),
        (response("200 OK", "fine"), "load-balancer-release"),
        (b"", "load-balancer-answer"),
    ],
)
def test_what_the_live_release_answers_badly_refuses_nobody(answer: bytes, code: str) -> None:
    assert _codes(answer, _rows) == [(code, True)]


def test_a_connection_that_is_not_seen_counts_with_a_good_answer_on_the_same_port_only() -> None:
    assert _codes(GOOD, _blind) == [("load-balancer-unproved", True)]
    assert _codes(response("500 Broken", ""), _blind) == [("load-balancer-elsewhere", False)]
    assert _codes(GOOD, _broken, scheme="tcp") == [("load-balancer-unproved", True)]


@pytest.mark.parametrize("scheme", ["http", "tcp"])
def test_a_check_that_reaches_nobody_is_said_to(scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        (found,) = balancer_findings("app", f"{scheme}://127.0.0.1:{port}/", HEALTH, _listening(port), _rows)
    assert (found.code, found.soft) == ("load-balancer-unreachable", False)


def test_nothing_is_asked_where_nothing_listens_or_no_check_is_known() -> None:
    assert balancer_findings("app", "", HEALTH, inspection(), _broken) == ()
    closed = replace(inspection(), listeners=())
    assert balancer_findings("app", "http://127.0.0.1:1/", HEALTH, closed, _broken) == ()


def test_before_a_rollout_advice_is_a_warning_and_a_rollback_asks_nothing() -> None:
    told: list[ev.Event] = []
    task = Task("r", Verb.APPLY, "v2")
    run = Run(plan(wave("all", "a"), health=HEALTH), task, Program(""), lambda: 1.0, lambda _: False, told.append)
    host = Host("a", "127.0.0.1", "deploy", 22)
    with serving([GOOD]) as service:
        wanted = replace(WANTED, balancer=f"http://127.0.0.1:{service.port}/")
        known = _listening(service.port)
        assert reach_findings(run, host, wanted, known, _blind) == ()
        back = replace(run, task=replace(task, verb=Verb.ROLLBACK))
        assert reach_findings(back, host, wanted, known, _broken) == ()
    assert [type(event) for event in told] == [ev.Warned]
