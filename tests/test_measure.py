"""What one activation costs, put together from looks that come one by one."""

from dataclasses import replace

from deployer.facts import ListenerLook, Receipt, Requests, UnitLook, Verb
from deployer.fleet.measure import Measure, record
from deployer.fleet.watch import Watch
from deployer.host.observed import RECEIPT
from deployer.host.receipts import Activation, Times
from deployer.host.source import load_program
from deployer.plan.model import Host, Plan
from deployer.plan.model import Socket as SocketUnit
from deployer.task import Run, Task
from deployer.transport.fake import FakeProcess, FakeTransport

OPEN = UnitLook("active", "running", inode="10", held=True, socket_active="active")


class Counting(FakeProcess):
    """A watch that counts one listener whenever it is asked to."""

    def send(self, line: str) -> None:
        super().send(line)
        if line == RECEIPT:
            self.say("listener inode=9 cookie=a1 limit=128 drops=3 clock=1.0")


def _measure(socket: SocketUnit | None = None) -> Measure:
    plan = Plan("app", "/srv/app", "dist", (), (), socket=socket)
    run = Run(
        plan, Task("1", Verb.APPLY, "r2"), load_program(), lambda: 0.0, lambda _seconds: False, lambda _event: None
    )
    return Measure(run, Host("a", "a", "root", 22), FakeTransport())


def test_times_of_a_restart_are_told_apart() -> None:
    times = Times(left=100.0, stopped=100.5, starting=100.6, up=102.0)
    assert (round(times.drain, 3), round(times.boot, 3), round(times.gap, 3)) == (0.5, 1.4, 2.0)


def test_a_service_that_was_down_before_has_no_drain() -> None:
    times = Times(left=0.0, stopped=0.0, starting=100.6, up=102.0)
    assert (times.drain, round(times.boot, 3), round(times.gap, 3)) == (0.0, 1.4, 1.4)


def test_a_service_that_never_came_up_has_no_boot() -> None:
    assert Times(left=100.0, stopped=100.5, starting=100.6, up=99.0).boot == 0.0


def test_what_the_history_keeps_is_short_and_empty_where_nobody_can_tell() -> None:
    before = ListenerLook("10", "a1", limit=128, drops=0)
    after = ListenerLook("10", "a1", limit=128, drops=4, peak=9)
    traffic = (Requests("r1", sent=2, ok=2, slowest=1.5), Requests("", sent=3, refused=1, late=2))
    words = record(Receipt(drain=0.5, boot=1.0, gap=1.6, before=before, after=after, traffic=traffic))
    assert (words["gap"], words["queue"], words["limit"], words["dropped"]) == ("1.600", "9", "128", "4")
    assert (words["sent"], words["ok"], words["refused"], words["unserved"]) == ("5", "2", "1", "2")
    assert words["slowest"] == "1.500"
    unknown = record(Receipt())
    assert (unknown["queue"], unknown["limit"], unknown["dropped"]) == ("", "", "")


def test_without_an_activation_there_is_nothing_to_keep() -> None:
    assert _measure().record() == {}


def test_a_move_behind_the_socket_is_as_long_as_the_host_says_and_what_the_port_was_before_counts_for_nothing() -> None:
    measure = _measure(SocketUnit("app.socket"))
    process = Counting("token000")
    watch = Watch(process, "token000", lambda _look: None, lambda _reason: None)
    measure.before(watch, moves=True)
    process.close()
    measure.seen(UnitLook("active", "running", inode="9", socket_active="inactive", clock=5.0))
    there = replace(OPEN, clock=9.0)
    receipt = measure.activated(Activation(OPEN, there, switched=1.0, closed=0.21, moved=True))
    measure.seen(UnitLook("active", "running", inode="9", socket_active="inactive", clock=8.0))  # told late
    measure.seen(there)
    assert (receipt.closed, receipt.moved) == (0.21, True)
    assert receipt.before == ListenerLook(drops=0, clock=1.0)
    assert measure.complete(None).closed == 0.21
    assert measure.record()["migrated"] == "0.210"


def test_what_was_moved_back_listens_by_itself_and_systemd_need_not_hold_it() -> None:
    alone = UnitLook("active", "running", inode="9", socket_active="inactive")
    back = _measure().reverted(Activation(OPEN, alone, closed=0.4, moved=True))
    assert (back.inode_after, back.closed, back.moved) == ("", 0.4, True)
    assert _measure().reverted(Activation(OPEN, OPEN)).inode_after == "10"


def test_a_receipt_has_the_times_of_systemd_and_where_the_process_runs() -> None:
    measure = _measure()
    measure.activated(Activation(OPEN, OPEN, switched=1.0, started=2.0, times=Times(1.0, 2.0, 3.0, 4.0)))
    assert (measure.receipt.drain, measure.receipt.boot, measure.receipt.gap) == (1.0, 1.0, 3.0)
    measure.seen(UnitLook("active", "running", pid=9, cwd="/srv/app/releases/r2", inode="10", socket_active="active"))
    receipt = measure.complete(None)
    assert (receipt.pid, receipt.cwd, receipt.after) == (9, "/srv/app/releases/r2", None)
    assert measure.record()["gap"] == "3.000"
