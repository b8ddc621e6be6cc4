"""The receipt gate: an activation lost nobody's connection, and what it should be runs."""

from dataclasses import replace

import pytest

from deployer.facts import KeepAlive, ListenerLook, Receipt, Requests
from deployer.gates.receipt import Losses, describe, judge, losses, predicted
from deployer.gates.verdict import Verdict

RELEASES = "/srv/myapp/releases"
BEFORE = ListenerLook(inode="10", cookie="a1", limit=128, drops=3, clock=100.0)
AFTER = replace(BEFORE, peak=20, clock=103.0)
GOOD = Receipt(
    switched=101.0, started=102.0, invocation="new", pid=7, inode_before="10", inode_after="10", cwd=f"{RELEASES}/r2",
    exe="/usr/bin/python3", before=BEFORE, after=AFTER, drain=0.5, boot=1.0, gap=1.6, source="host",
    traffic=(Requests("r1", sent=2, ok=2), Requests("r2", sent=3, ok=3, p50=0.002, p99=1.5, slowest=1.5)),
)  # fmt: skip


def test_an_activation_that_kept_the_listener_and_lost_nobody_passes() -> None:
    assert judge(GOOD, RELEASES, "r2").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (replace(GOOD, held=False), "listener-lost"),
        (replace(GOOD, after=replace(AFTER, inode="11")), "listener-changed"),
        (replace(GOOD, after=replace(AFTER, cookie="a2")), "listener-changed"),
        (replace(GOOD, after=replace(AFTER, drops=5)), "connections-dropped"),
        (replace(GOOD, traffic=(Requests("", sent=4, refused=4),)), "connections-refused"),
        (replace(GOOD, cwd=f"{RELEASES}/r1"), "wrong-release"),
        (replace(GOOD, cwd="/", exe=f"{RELEASES}/r1/app"), "wrong-release"),
    ],
)
def test_each_hard_fault_fails_with_its_own_code(receipt: Receipt, code: str) -> None:
    judged = judge(receipt, RELEASES, "r2")
    assert (judged.verdict, judged.code) == (Verdict.FAIL, code)


def test_of_several_listeners_the_lost_one_is_named_by_its_address() -> None:
    before = replace(BEFORE, inode="10,11", cookie="a1,a2")
    receipt = replace(GOOD, before=before, after=replace(before, inode="10,12", cookie="a1,a3"))
    judged = judge(receipt, RELEASES, "r2", ("127.0.0.1:80", "/run/admin.sock"))
    assert judged.code == "listener-changed"
    assert "the listener (/run/admin.sock) is another one" in judged.message


@pytest.mark.parametrize(
    "receipt",
    [
        replace(GOOD, after=None),
        replace(GOOD, before=replace(BEFORE, cookie="", limit=None, drops=None)),
        replace(GOOD, before=replace(BEFORE, inode="0", cookie="")),
        replace(GOOD, cwd="/var/lib/app"),
        replace(GOOD, cwd="/var/lib/app", exe=f"{RELEASES}/r2/bin/app"),
        replace(GOOD, traffic=(Requests("r1", sent=3, ok=1, cut=1, late=1),)),
        replace(GOOD, traffic=()),
    ],
)
def test_what_nobody_can_tell_and_what_is_only_reported_fails_nobody(receipt: Receipt) -> None:
    assert judge(receipt, RELEASES, "r2").verdict is Verdict.PASS


def test_losses_are_told_apart() -> None:
    lost = replace(GOOD, after=replace(AFTER, drops=8), traffic=(Requests("", sent=7, refused=4, cut=2, late=1),))
    assert losses(lost) == Losses(refused=4, queue=5, unserved=3)
    assert losses(replace(GOOD, after=None)).queue is None
    assert losses(replace(GOOD, keep_alive=KeepAlive(9, closed=2, cut=1))).keep_alive == 3
    assert losses(replace(GOOD, after=replace(AFTER, drops=None))).queue is None


def test_the_evidence_has_the_process_the_listener_and_who_answered() -> None:
    process, listener, first, second = describe(GOOD)
    assert "process 7" in process
    assert process.endswith("drain 0.50 s, boot 1.00 s, gap 1.60 s")
    assert describe(replace(GOOD, answered=True))[0].endswith("gap 1.60 s until the first answer")
    assert "inode 10, cookie a1 before; 10, a1 after; drops 3 before, 3 after; at most 20 of 128 waited" in listener
    assert "answered of r1: 2, 2 well" in first
    assert "3 well; p50 2 ms, p99 1500 ms, slowest 1500 ms" in second
    refused = describe(replace(GOOD, after=None, traffic=(Requests("", sent=2, refused=1, open=1),)))
    assert refused[1:] == ("own requests from host answered by nobody: 2, 0 well, 1 refused, 1 still open",)
    unknown = replace(GOOD, before=ListenerLook("10"), after=ListenerLook("10"), traffic=())
    assert "cookie ? before; 10, ? after; drops ? before, ? after; at most 0 of ? waited" in describe(unknown)[1]


def test_the_queue_grows_by_the_rate_for_as_long_as_nobody_accepts() -> None:
    assert predicted(200.0, 1.5) == 300.0
