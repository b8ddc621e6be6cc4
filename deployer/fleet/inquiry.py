"""What a host is asked while its release proves itself, besides its health: its journal, and the user's own command."""

import time
from pathlib import Path

from deployer import commands
from deployer import events as ev
from deployer.facts import Act
from deployer.fleet.measure import Measure
from deployer.fleet.watch import Watch
from deployer.host.journal import JournalAnswer, JournalQuestion
from deployer.host.script import COMMAND
from deployer.plan.judging import CommandGate
from deployer.plan.model import Host, Strategy
from deployer.readings import CommandResult, JournalLook
from deployer.task import Run
from deployer.transport.base import Result, Transport

NOT_RUN = {126, 127}
"""What shells and timeout(1) end with when a program is not there or cannot be run."""

SIGN_OF_LIFE = 20.0
"""Seconds that a host has to run nothing at all."""


class Inquiry:
    """Asks one host. What was read of the journal is kept: each look tells all since the activation."""

    def __init__(self, run: Run, host: Host, transport: Transport, measure: Measure) -> None:
        self._run = run
        self._host = host
        self._transport = transport
        self._measure = measure
        self._look = JournalLook("")
        self._cursors: dict[str, str] = {}  # how far each start was read, of those that may have more to say

    def journal(self, watch: Watch | None) -> JournalLook:
        """Read the journal of the service that runs since its activation."""
        gate, start = self._run.plan.gates.journal, self._start()
        if gate is None or watch is None or not start:
            return JournalLook(start, error="nobody knows which start of the service to read about")
        if self._look.invocation != start:
            self._look = JournalLook(start)
        if self._look.found:
            return self._look
        answers = self._read(watch, start, gate.fail_on)
        lines = tuple(line for answer in answers for line in answer.lines)[: commands.LINES]
        found, error = sum(answer.found for answer in answers), next((a.error for a in answers if a.error), "")
        if found:
            self._look = JournalLook(start, lines, found)
        return self._look if found or not error else JournalLook(start, error=error)

    def _read(self, watch: Watch, start: str, patterns: tuple[str, ...]) -> list[JournalAnswer]:
        """Read what is new of a start, and what was said at the end of earlier ones.

        What was not told, because it came too late or went wrong, is new the next time.
        """
        self._cursors.setdefault(start, "")
        answers = {each: watch.journal(self._question(each, patterns)) for each in self._cursors}
        told = [(each, answer.cursor) for each, answer in answers.items() if not answer.error]
        for each, cursor in told:
            if each == start:
                self._cursors[each] = cursor
            else:
                del self._cursors[each]
        return list(answers.values())

    def _start(self) -> str:
        """Give the start of the service that counts: the last one seen, unless that was before the activation."""
        unit, receipt = self._measure.unit, self._measure.receipt
        late = unit.clock <= receipt.started or unit.invocation == self._measure.replaced
        return receipt.invocation if late else unit.invocation or receipt.invocation

    def _question(self, start: str, patterns: tuple[str, ...]) -> JournalQuestion:
        """Ask about all of a start; one that was only reloaded, and a proxy that stays, are older than the release.

        Whoever only looks on does not know since when: of a proxy it asks what is new.
        """
        plan, aside = self._run.plan, self._run.task.aside
        proxy = plan.socket.proxy if plan.socket else None
        older = proxy is not None or (plan.strategy is Strategy.RELOAD and not aside)
        since, behind = self._measure.since if older else 0.0, self._cursors.get(start, "")
        return JournalQuestion(start, patterns, since, proxy or "", behind)

    def command(self) -> ev.CommandEnded | ev.ActUnknown:
        """Run the command gate's command for this host; a connection that was lost meanwhile says nothing of it."""
        gate = self._run.plan.gates.command
        began = time.monotonic()
        result = self._ran(gate) if gate is not None else Result(None, reason="the plan has no gates.command")
        if result.unknown and gate is not None and gate.on_host and not self._answers():
            return ev.ActUnknown(at=self._run.now(), host=self._host.name, act=Act.COMMAND, reason=result.reason)
        seconds, told = round(time.monotonic() - began, 3), commands.tail(result)
        if result.status in NOT_RUN:
            result = Result(None, reason=f"it could not be run: exit {result.status}")
        ended = CommandResult(result.status, result.reason, told, seconds)
        return ev.CommandEnded(at=self._run.now(), host=self._host.name, result=ended)

    def _ran(self, gate: CommandGate) -> Result:
        plan, task = self._run.plan, self._run.task
        variables = {
            "SOCKDEPLOY_HOST": self._host.name,
            "SOCKDEPLOY_ADDRESS": self._host.address,
            "SOCKDEPLOY_SERVICE": plan.service,
            "SOCKDEPLOY_RELEASE": self._measure.live if task.aside else task.release,
            "SOCKDEPLOY_ROLLOUT": task.rollout,
        }
        if gate.on_host:
            return commands.there(self._transport, gate.run, variables, gate.timeout)
        return commands.here(gate.run, variables, gate.timeout, Path(plan.file or ".").absolute().parent)

    def _answers(self) -> bool:
        """Say whether the connection to the host still stands."""
        return self._transport.run(COMMAND, timeout=SIGN_OF_LIFE).ok
