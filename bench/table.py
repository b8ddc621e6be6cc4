"""What the measured runs add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.cpu import Cpu


@dataclass(frozen=True, slots=True)
class Run:
    """One deploy: which tool in which round, how long it took (seconds), and the CPU it used."""

    tool: str
    round: int
    seconds: float
    cpu: Cpu

    def __str__(self) -> str:
        """One line."""
        cpu = self.cpu
        used = f"CPU: tool {cpu.tool:5.1f} s, hosts {cpu.hosts:5.1f} s, others {cpu.others:5.1f} s"
        return f"{self.tool:<14}{self.seconds:6.1f} s   {used}"


def print_table(runs: Sequence[Run], measure: str) -> None:
    """Print a line per tool: seconds, ratio to `measure` in the same round, CPU seconds. Ranges are min/median/max."""
    rounds = max((run.round for run in runs), default=0)
    print(f"\n{rounds} rounds; min / median / max; the ratio is to the {measure} of the same round\n")
    print(f"| {'tool':<13} | {'seconds':<20} | {'ratio':<20} | CPU of the tool | CPU of the hosts |")
    print(f"|{'-' * 15}|{'-' * 22}|{'-' * 22}|{'-' * 17}|{'-' * 18}|")
    measures = {run.round: run.seconds for run in runs if run.tool == measure}
    for tool in dict.fromkeys(run.tool for run in runs):
        own = [run for run in runs if run.tool == tool]
        seconds = _range([run.seconds for run in own], 1)
        ratio = _range([run.seconds / measures[run.round] for run in own if run.round in measures], 2)
        client, hosts = (f"{median(cpu):.1f} s" for cpu in ([r.cpu.tool for r in own], [r.cpu.hosts for r in own]))
        print(f"| {tool:<13} | {seconds:<20} | {ratio:<20} | {client:<15} | {hosts:<16} |")


def _range(values: Sequence[float], digits: int) -> str:
    return " / ".join(f"{value:.{digits}f}" for value in (min(values), median(values), max(values))) if values else "-"
