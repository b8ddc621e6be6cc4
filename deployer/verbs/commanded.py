"""The command gate while gates are asked without a rollout: once for each host, and waited for in the end."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from deployer.verbs.survey import AT_ONCE


class Commanded:
    """Runs the command for hosts by name; `run` carries it out and takes in how it ended, from any thread."""

    def __init__(self, run: Callable[[str], None]) -> None:
        self._run = run
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._begun: dict[str, Future[None]] = {}

    def begin(self, name: str) -> None:
        """Have it run for a host, unless that was done before."""
        if name not in self._begun:
            self._begun[name] = self._pool.submit(self._run, name)

    def finish(self, late: Callable[[tuple[str, ...]], None]) -> None:
        """Begin nothing more, and wait for what runs, so that nothing of it is left; `late` is told for which hosts."""
        running = {name: future for name, future in self._begun.items() if not future.cancel()}
        names = tuple(name for name, future in running.items() if not future.done())
        if names:
            late(names)
        for future in running.values():
            future.result()
