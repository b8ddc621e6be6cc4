"""CPU time used, in seconds: by this process's children, by a fleet's hosts, by the whole machine."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from tests.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of CPU: the tool's own, the hosts' together, and what the machine spent on anything."""

    tool: float
    hosts: float
    machine: float

    @classmethod
    def now(cls, fleet: Fleet) -> "Cpu":
        """What was used up to now."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        hosts = sum(of_host(host.group.folder / "cpu.stat") for host in fleet)
        return cls(children.ru_utime + children.ru_stime, hosts, _of_machine())

    def since(self, before: "Cpu") -> "Cpu":
        """What was used between two moments."""
        return Cpu(self.tool - before.tool, self.hosts - before.hosts, self.machine - before.machine)

    @property
    def others(self) -> float:
        """What neither the tool nor the hosts used: the noise of the machine."""
        return max(0.0, self.machine - self.tool - self.hosts)


def of_host(stat: Path) -> float:
    """What a host has used since it booted, from the cpu.stat of its control group."""
    return int(stat.read_text().split()[1]) / 1e6  # usage_usec comes first


def _of_machine() -> float:
    """user, nice, system, irq, softirq and steal; not idle and iowait."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
