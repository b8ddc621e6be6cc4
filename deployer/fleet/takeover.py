"""The end of a bridge's cover: when the restarted service has been seen to take connections and to answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from deployer import events as ev
from deployer.facts import HealthLook
from deployer.fleet.orders import Orders
from deployer.gates.health import Answer, Wanted, classify
from deployer.gates.second import ROUND, Trial
from deployer.host import acts
from deployer.host.facts import Failure
from deployer.host.receipts import Accepting
from deployer.probes.health import HealthProbe
from deployer.task import Run

PAUSE = 0.25
"""Seconds between two looks."""

T = TypeVar("T")


class Call(Protocol):
    """Carries out an act on the host."""

    def __call__(self, act: acts.Act[T]) -> T | Failure:
        """Give the act's answer, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Takeover:
    """The wait for it on one host.

    Service and bridge hold the same socket, and their answers are alike; but the kernel's tables tell who has taken a
    connection that is open. So some are opened, looked for on the host, and then asked on.
    """

    run: Run
    host: str
    orders: Orders
    call: Call
    probe: HealthProbe

    def wait(self, trial: Trial) -> Failure | None:
        """Wait until the service serves, has ended, or all its time is over; give why nobody knows what became of it.

        It has as long as the bridge took before anyone looks, and then until the health gate's deadline; where no
        connection can be opened from the host, until `trial.cover`.
        """
        since, tries = self.run.now(), 0
        stop = self.run.sleep(trial.served_after or 0.0)
        while not stop:
            tries += 1
            # One connection is the least to bear for a service of few processes; but all might go to the bridge.
            held = self.probe.open(min(tries, ROUND))
            seen = self.call(self.orders.accepts())
            looks = [self.probe.ask_on(stream, self._wanted) for stream in held]
            if isinstance(seen, Failure) and seen.unknown:
                return seen
            if isinstance(seen, Accepting) and self._is_over(seen, looks):
                return None
            patience = self.probe.health.deadline if held else trial.cover
            if self.run.now() - since >= patience:
                self._tell_unseen(patience)
                return None
            stop = self.run.sleep(PAUSE)
        return None

    def _is_over(self, seen: Accepting, looks: Iterable[HealthLook]) -> bool:
        well = all(classify(self.probe.health.expect, self._wanted, look) is Answer.GOOD for look in looks)
        return not seen.look.running or (seen.accepts and well)

    def _tell_unseen(self, patience: float) -> None:
        message = f"the restarted service was not seen to take a connection within {patience:g} s: its bridge goes"
        self.run.emit(ev.Warned(at=self.run.now(), message=message, host=self.host))

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.run.task.release)
