"""What an activation costs: its receipt, from the listener, the unit and requests of our own."""

from dataclasses import replace
from math import inf

from deployer import events as ev
from deployer.facts import HealthLook, ListenerLook, Receipt, UnitLook
from deployer.fleet.explain import receipt as receipt_of
from deployer.fleet.gap import Gap
from deployer.fleet.watch import Watch
from deployer.gates.health import Answer, Wanted, classify
from deployer.gates.receipt import listens, losses, predicted
from deployer.host.facts import AnswerError, seconds
from deployer.host.observed import Locked
from deployer.host.receipts import Activation, Times
from deployer.plan.addresses import at_host
from deployer.plan.model import Host, Strategy, Traffic
from deployer.task import Run
from deployer.traffic.aim import Aim
from deployer.traffic.kept import Kept
from deployer.traffic.load import Load
from deployer.traffic.shot import Fate, Shot
from deployer.traffic.slow import Slow
from deployer.transport.base import Transport

SHORTEST = 1.0
"""Seconds between two counts of accepted connections that tell a rate."""

LAST_ANSWERS = 1.0
"""Seconds that requests under way get to end before they are counted as open."""


class Measure:
    """Measures one host. `before` and `complete` enclose an activation; requests of our own go on until `rest`.

    `unit` is the last look at the unit, `replaced` the start of it that the activation ended.
    """

    def __init__(self, run: Run, host: Host, transport: Transport) -> None:
        self._run = run
        self._host = host
        self._transport = transport
        self._locked = Locked("", "")
        self._before: ListenerLook | None = None
        self.unit = UnitLook("")
        self.replaced = ""
        self._shut: float | None = None
        self._closed = 0.0
        self._counts_from = 0.0
        self._load: Load | None = None
        self._kept: Kept | None = None
        self._slow: Slow | None = None
        self._gap = Gap(run.now)
        self._times = Times()
        self.receipt = Receipt()

    def locked(self, locked: Locked) -> None:
        """Note what the host said when its watch began."""
        self._locked = locked

    @property
    def since(self) -> float:
        """When the release was made live, by the host's clock; when the watch began, if another run did that."""
        return self.receipt.switched or self._locked.clock

    @property
    def live(self) -> str:
        """The release that was live when the watch began."""
        return self._locked.current

    def seen(self, look: UnitLook) -> None:
        """Note a look at the unit, and for how long its port was closed, by the host's own clock."""
        self.unit = look
        if self._before is None or not look.socket_active or look.clock < self._counts_from:
            return
        if not look.held:
            self._shut = self._shut or look.clock
        elif self._shut is not None:
            self._closed += look.clock - self._shut
            self._shut = None

    def before(self, watch: Watch | None, *, moves: bool = False) -> None:
        """Look at the listener before an activation, warn when its queue may be too short, begin to send requests.

        `moves`: the listener there is now is the service's own, and will be gone. Nothing of it has to stay, the host
        itself measures for how long the port is closed, and requests begin when it is open again.
        """
        self.replaced = self.unit.invocation
        if self._run.plan.socket is None or watch is None:
            return
        self._before = watch.listener()
        if self._before is not None:
            self._gap.begin(self._before.uptime)
        if moves and self._before is not None:
            self._before = replace(self._before, inode="", cookie="", limit=None, drops=0)
            self._counts_from = inf
        if self._before is not None and listens(self._before):
            self._warn_of_queue(self._before)
            self._begin()

    def activated(self, got: Activation) -> Receipt:
        """Give the receipt of an activation, which `complete` completes."""
        self.receipt = replace(self._timed(got), before=self._before)
        self._times = got.times if self.receipt.gap else Times()
        if got.moved:
            self._closed, self._counts_from = got.closed, got.after.clock
            if got.after.running and got.after.held:
                self._begin()
        return self.receipt

    def heard(self, looks: tuple[HealthLook, ...], wanted: Wanted) -> tuple[HealthLook, ...]:
        """Note answers of the health URL, which end the gap like those to requests of our own, and give them back."""
        health = self._run.plan.gates.health
        if health and any(classify(health.expect, wanted, look) is Answer.GOOD for look in looks):
            self._gap.answered()
        return looks

    def reverted(self, got: Activation) -> Receipt:
        """Give the receipt of a revert; it tells for how long the port was closed since the activation began.

        Of a move behind the socket that was undone it tells for how long it was closed on the way back.
        """
        found = self._timed(got)
        return found if got.after.held else replace(found, inode_after="")  # it listens by itself, as before

    def complete(self, watch: Watch | None) -> Receipt:
        """Look at the listener again, and count what became of our own requests."""
        after, unit = watch.listener() if watch else None, self.unit
        found = replace(
            self._counted(), after=after, held=unit.held, pid=unit.pid, cwd=unit.cwd, exe=unit.exe, closed=self._closed
        )
        self.receipt = found
        self._warn_of_shrinking(found)
        return found

    def rest(self) -> None:
        """Send nothing more, and tell what became of what was sent."""
        load = self._load
        if load is None:
            return
        self.stop()
        load.wait(LAST_ANSWERS)
        self._run.emit(
            ev.TrafficEnded(at=self._run.now(), host=self._host.name, source=self._source, counts=load.counts())
        )

    def stop(self) -> None:
        """Send nothing more, and tell nobody."""
        running = (self._load, self._kept)
        self._load = self._kept = self._slow = None
        for each in running:
            if each is not None:
                each.stop()

    def record(self) -> dict[str, str]:
        """Give what the host keeps of its activation, as words of its history; nothing when there was none."""
        return record(self._counted()) if self.receipt.switched else {}

    def _begin(self) -> None:
        health, traffic = self._run.plan.gates.health, self._run.plan.traffic
        if health is None or traffic is None or self._load is not None:
            return
        aim = Aim(
            health, at_host(health.url, self._host.address), traffic.source, self._transport, self._run.task.release
        )
        if aim.possible:
            self._load = Load(lambda: self._shot(aim), traffic.rate)
            self._load.start()
            self._begin_drains(aim, traffic)

    def _shot(self, aim: Aim) -> Shot | None:
        ended = aim.shoot()
        if ended is not None and ended.fate is Fate.OK:
            self._gap.answered()
        return ended

    def _begin_drains(self, aim: Aim, traffic: Traffic) -> None:
        """Begin what shows how the old process ends, where the plan asks for it."""
        if traffic.keep_alive:
            self._kept = Kept(aim.connect, aim.ask)
            self._kept.start()
        if traffic.slow is not None:
            self._slow = Slow(aim.at(traffic.slow).shoot)
            self._slow.start()

    def _timed(self, got: Activation) -> Receipt:
        """Give a receipt with systemd's own times; of a reload, which starts nothing, there are none."""
        known, times, since = receipt_of(got), got.times, self._before.uptime if self._before else 0.0
        closed = round(got.closed if got.moved else max(self._closed, got.closed), 3)
        if times.starting <= since:
            return replace(known, closed=closed)
        return replace(_with_times(known, times), closed=closed)

    def _counted(self) -> Receipt:
        """Give the receipt with the requests that were sent so far, and the gap until one was answered."""
        load, times = self._load, self._gap.until_answered(self._times)
        if times != self._times:
            self.receipt = replace(_with_times(self.receipt, times), answered=True)
        if load is None:
            return self.receipt
        kept = self._kept.counts() if self._kept else None
        slow = self._slow.fate() if self._slow else None
        return replace(self.receipt, source=self._source, traffic=load.counts(), keep_alive=kept, slow=slow)

    @property
    def _source(self) -> str:
        traffic = self._run.plan.traffic
        return traffic.source.value if traffic else ""

    def _warn_of_queue(self, before: ListenerLook) -> None:
        last, passed = dict(self._locked.last), before.clock - self._locked.clock
        # Under a bridge somebody accepts all the time; what our own requests waited is what the others wait.
        alone = self._run.plan.strategy is not Strategy.BRIDGE
        gap = max(_number(last.get("gap", "")) if alone else 0.0, _number(last.get("slowest", "")))
        rate = (before.opens - self._locked.opens) / passed if passed >= SHORTEST else 0.0
        waiting = predicted(rate, gap)
        if before.limit is not None and before.limit < 2 * waiting:
            self._warn(
                f"the queue of the listener may be too short: it holds {before.limit} connections, {rate:.0f} new ones "
                f"came each second and the last activation took {gap:.1f} s, so {waiting:.0f} would wait; raise "
                "Backlog= of the socket, the service's own listen() and net.core.somaxconn, or choose strategy bridge"
            )

    def _warn_of_shrinking(self, found: Receipt) -> None:
        before, after = found.before, found.after
        if before and after and before.limit is not None and after.limit is not None and after.limit < before.limit:
            self._warn(
                f"the service shrank the queue of its listener by its own listen(): {before.limit} connections before, "
                f"{after.limit} now; when it is full, clients wait for retries"
            )

    def _warn(self, message: str) -> None:
        self._run.emit(ev.Warned(at=self._run.now(), message=message, host=self._host.name))


def _with_times(receipt: Receipt, times: Times) -> Receipt:
    drain, boot, gap = (round(each, 3) for each in (times.drain, times.boot, times.gap))
    return replace(receipt, drain=drain, boot=boot, gap=gap)


def record(receipt: Receipt) -> dict[str, str]:
    """Give a receipt as short words: seconds, counts, and "" for what nobody can tell."""
    lost, before, after = losses(receipt), receipt.before or ListenerLook(), receipt.after or ListenerLook()
    own = receipt.traffic
    return {
        "drain": f"{receipt.drain:.3f}",
        "boot": f"{receipt.boot:.3f}",
        "gap": f"{receipt.gap:.3f}",
        "inode": after.inode or before.inode,
        "cookie": after.cookie or before.cookie,
        "queue": str(receipt.after.peak) if receipt.after else "",
        "limit": str(after.limit or before.limit or ""),
        "dropped": "" if lost.queue is None else str(lost.queue),
        "sent": str(sum(each.sent for each in own)),
        "ok": str(sum(each.ok for each in own)),
        "refused": str(lost.refused),
        "kept_closed": str(receipt.keep_alive.closed + receipt.keep_alive.cut) if receipt.keep_alive else "",
        "unserved": str(lost.unserved),
        "slowest": f"{max((each.slowest for each in own), default=0.0):.3f}",
        **({"migrated": f"{receipt.closed:.3f}"} if receipt.moved else {}),
    }


def _number(text: str) -> float:
    """Read what a host kept; what is no number tells nothing."""
    try:
        return seconds(text)
    except AnswerError:
        return 0.0
