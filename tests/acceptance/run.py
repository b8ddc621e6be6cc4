"""A command that a user started: while it runs, and how it ended."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deployer.events import Event, HostEvent
from deployer.facts import Act
from deployer.record.journal import read

CHECKOUT = Path(__file__).parents[2]

E = TypeVar("E", bound=HostEvent)


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended: its exit code, what it printed, the report it left, and how long it took (seconds)."""

    code: int
    out: str
    err: str
    report: Path
    seconds: float

    @property
    def events(self) -> list[Event]:
        """Everything that happened, from the journal."""
        return read(self.report / "journal.jsonl")

    def of(self, kind: type[E]) -> dict[str, E]:
        """The last event of a kind for each host that had one."""
        return {event.host: event for event in self.events if isinstance(event, kind)}

    @property
    def summary(self) -> dict[str, Any]:
        """The summary as JSON."""
        found: dict[str, Any] = json.loads((self.report / "summary.json").read_text())
        return found

    @property
    def told(self) -> str:
        """Everything a person would see."""
        return self.out + self.err

    def says(self, *texts: str) -> bool:
        """True when a person can read all of them; told in full otherwise, for the test's own report."""
        missing = [text for text in texts if text.lower() not in self.told.lower()]
        if missing:
            print(f"not said: {missing}\nexit {self.code}\n{self.told}")
        return not missing


@dataclass(slots=True)
class Running:
    """A command that runs."""

    process: subprocess.Popen[str]
    report: Path
    began: float = 0.0

    def __post_init__(self) -> None:
        """Note when it began."""
        self.began = time.monotonic()

    def end(self, timeout: float = 120) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=timeout)
        return Ended(self.process.returncode, out, err, self.report, time.monotonic() - self.began)

    def kill(self) -> None:
        """End it as a machine that loses power would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self, number: signal.Signals) -> Ended:
        """Ask it to end; `seconds` counts from here."""
        self.began = time.monotonic()
        self.process.send_signal(number)
        return self.end()

    def wait_for(self, kind: type[HostEvent], hosts: Sequence[str], act: Act | None = None) -> None:
        """Wait until the journal has an event of this kind (and act) for each of these hosts."""
        wanted = set(hosts)
        self.wait_until(lambda: {e.host for e in self.events if isinstance(e, kind) and _is(e, act)} >= wanted)

    def wait_until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        """Ask until `true()`; fails when the command ends before, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not true():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"waited in vain: {self.end(1).told}")
            time.sleep(0.02)

    @property
    def events(self) -> list[Event]:
        """Everything that happened so far, from the journal."""
        path = self.report / "journal.jsonl"
        return read(path) if path.exists() else []


def _is(event: HostEvent, act: Act | None) -> bool:
    return act is None or getattr(event, "act", None) is act
