"""One rollout from its first event to its exit code: doors, hooks, sinks, signals, and the loop between them."""

import queue
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from deployer import commands, hooks
from deployer import events as ev
from deployer.errors import ExitCode, SockdeployError, UsageError
from deployer.executor import Executor, Hands, Hooks, Inbox
from deployer.facts import Failure, WaveScope
from deployer.fleet.door import HostDoor
from deployer.fleet.holding import Holding
from deployer.options import Options
from deployer.plan.model import Plan
from deployer.probes.metrics.meter import meter
from deployer.record.journal import Journal
from deployer.rollout.decisions import RunHook
from deployer.rollout.hooks import TOO_LATE_TO_STOP
from deployer.rollout.state import RolloutState, begin
from deployer.signals import Handler, end_at_once, heard_by, meant
from deployer.sinks.audience import Audience, Listener
from deployer.sinks.console import console, manner
from deployer.sinks.document import document
from deployer.sinks.github import GitHub, places
from deployer.sinks.grid import print_document
from deployer.sinks.summary import Summary
from deployer.task import Task
from deployer.transport.base import Result
from deployer.verbs.ground import Ground

_CLOSERS = 32


class UnrecordedError(SockdeployError):
    """The rollout stopped where it was, because what happens can no longer be written down."""

    exit_code = ExitCode.INCOMPLETE

    def __init__(self, message: str, *, where: str) -> None:
        remedy = "the rollout stopped where it was: make room, then see sockdeploy status and run apply again"
        super().__init__(message, where=where, remedy=remedy)


def roll_out(ground: Ground, plan: Plan, task: Task, options: Options) -> int:
    """Run the task on the plan's hosts to its outcome; the exit code of the program."""
    inbox: Inbox = queue.SimpleQueue()
    folder = report_folder(options, task)
    holding = Holding()
    doors = ground.doors(task, inbox.put, holding)
    read = meter(plan, {name: door.way for name, door in doors.items()}, ground.clock, ground.variables)
    journal = _journal(folder, ground.redaction.hide)
    audience = Audience(ground.redaction, _listeners(ground, options, folder))
    run_hooks = _hook_runner(ground, plan, task, folder)
    executor = Executor(plan, Hands(doors, run_hooks, read), (journal, holding, audience), ground.clock, inbox)
    started = ev.RolloutStarted(
        at=ground.clock.now(), rollout=task.rollout, verb=task.verb, service=plan.service, release=task.release,
        digest=task.digest, waves=tuple(WaveScope(wave.name, wave.hosts) for wave in plan.waves), who=task.who,
        origin=task.origin, notes=plan.notes, resumes=task.resumes,
    )
    # What ends the rollout is heard until its account is written: the first signal in that time is already obeyed.
    with heard_by(_cancel(ground, inbox)):
        try:
            state = executor.run(begin(plan, task.verb, task.release, ground.clock.now()), started)
        except OSError as error:
            # Nothing but the journal raises this: without its record a rollout must not go on.
            raise UnrecordedError(f"the journal cannot be written: {error.strerror}", where=str(folder)) from error
        finally:
            _close(doors)
            audience.close()
        journal.close()
    if options.json:
        # Whoever reads it may be gone (`| head`): what became of the rollout is the exit code all the same.
        with suppress(BrokenPipeError):
            print_document(sys.stdout, document(audience.story, options.plan))
    return state.exit_code


def report_folder(options: Options, task: Task) -> Path:
    """Give the folder of journal and summaries: `--report`, else one per rollout beside the plan."""
    return Path(options.report) if options.report else Path(options.plan).parent / ".sockdeploy" / task.rollout


def _journal(folder: Path, hide: Callable[[str], str]) -> Journal:
    try:
        return Journal(folder / "journal.jsonl", hide)
    except OSError as error:
        message = f"no journal can be written there: {error.strerror}"
        raise UsageError(message, where=str(folder), remedy="name another folder: --report DIR") from None


def _listeners(ground: Ground, options: Options, folder: Path) -> list[Listener]:
    stream = sys.stderr if options.json else sys.stdout
    how = manner(stream, ground.variables, options.verbosity, color=options.color)
    listeners: list[Listener] = [console(stream, options.plan, how), Summary(folder, options.plan)]
    if ground.variables.get("GITHUB_ACTIONS") == "true":
        listeners.append(GitHub(stream, places(ground.variables), folder, options.plan))
    return listeners


def _close(doors: Mapping[str, HostDoor]) -> None:
    """Free every lock, all hosts at once."""
    with ThreadPoolExecutor(_CLOSERS) as pool:
        list(pool.map(HostDoor.close, doors.values()))


def _cancel(ground: Ground, inbox: Inbox) -> Handler:
    """Give what turns the first signal into a request to stop, and the second into an end at once."""
    asked: list[int] = []

    def stop(number: int) -> None:
        if asked:
            end_at_once(number)
        asked.append(number)
        # First, so that it is known when the acts that it cuts short tell their ends.
        inbox.put(ev.CancelRequested(at=ground.clock.now(), signal=meant(number)))
        ground.clock.stop()

    return stop


def _hook_runner(ground: Ground, plan: Plan, task: Task, folder: Path) -> Hooks:
    first = plan.waves[0].hosts[0]

    def on_host(argv: tuple[str, ...], variables: Mapping[str, str], timeout: float) -> Result:
        return commands.there(ground.transports[first], argv, variables, timeout)

    def run(due: RunHook, state: RolloutState) -> Failure | None:
        wanted = [hook for hook in plan.hooks if hook.point == due.point]
        context, beside = _context(plan, task, state, folder, due), Path(plan.file or ".").absolute().parent
        return hooks.run(wanted, context, beside, on_host, to_the_end=due.point in TOO_LATE_TO_STOP)

    return run


def _context(plan: Plan, task: Task, state: RolloutState, folder: Path, due: RunHook) -> Mapping[str, str]:
    """Give a hook's variables; lists of hosts have spaces between names."""
    scope = next((record.hosts for record in state.waves if record.name == due.wave), tuple(state.hosts))
    defeat = due.defeat
    return {
        "SOCKDEPLOY_HOOK": due.point,
        "SOCKDEPLOY_ROLLOUT": task.rollout,
        "SOCKDEPLOY_SERVICE": plan.service,
        "SOCKDEPLOY_RELEASE": task.release,
        "SOCKDEPLOY_WAVE": due.wave or (defeat.wave if defeat else ""),
        "SOCKDEPLOY_HOSTS": " ".join(scope),
        "SOCKDEPLOY_REPORT": str(folder.absolute()),
        "SOCKDEPLOY_FAILED_HOST": defeat.host if defeat else "",
        "SOCKDEPLOY_FAILURE": defeat.failure.message if defeat else "",
    }
