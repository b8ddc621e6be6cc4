"""A tool that takes part: with a service of its own on every host, and one deploy of it measured at a time."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.content import make_content, stamp
from bench.cpu import Cpu
from bench.table import Run
from bench.tools.base import Stage, Tool
from bench.units import install
from tests.fleet import Fleet, Host
from tests.fleet.site import Site

TIME_LIMIT = 600
"""Seconds for one deploy."""

FIRST_PORT = 21000


@dataclass(frozen=True, slots=True)
class Conditions:
    """The same for every tool: the kind of service, who logs in, whether its units have systemd's start limits.

    `all_new`: every file of a release differs from the one before, not only one of them.
    """

    kind: str = "gunicorn"
    user: str = "root"
    limits: bool = False
    all_new: bool = False


@dataclass(frozen=True, slots=True)
class Entrant:
    """A tool and where it deploys."""

    tool: Tool
    stage: Stage
    conditions: Conditions

    @classmethod
    def enter(cls, number: int, tool: Tool, fleet: Fleet, folder: Path, conditions: Conditions) -> "Entrant":
        """Put a first release, that came from nobody, live on every host."""
        own = folder / str(number)
        own.mkdir()
        site = Site(conditions.kind, f"bench-{number}", FIRST_PORT + number, own)
        stage = Stage(fleet, site, make_content(own / "content", conditions.kind), own, conditions.user)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda host: install(site, host, limits=conditions.limits), fleet))
        tool.prepare(stage)
        return cls(tool, stage, conditions)

    def leave(self) -> None:
        """Leave nothing of its service on the hosts."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.stage.site.wipe, self.stage.hosts))

    def deploy(self, release: str, number: int) -> Run:
        """Deploy a release in round `number`. Ends the bench when not every host answers as that release."""
        stamp(self.stage.content, release, all_new=self.conditions.all_new)
        command, variables = self.tool.command(self.stage, release)
        log = self.stage.folder / f"{release}.log"
        before, began = Cpu.now(self.stage.fleet), time.monotonic()
        with log.open("wb") as out:
            code = subprocess.run(
                command, env={**os.environ, **variables}, cwd=self.stage.folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, timeout=TIME_LIMIT, check=False,
            ).returncode  # fmt: skip
        seconds = time.monotonic() - began
        cpu = Cpu.now(self.stage.fleet).since(before)
        for host in self.stage.hosts:
            self._prove(host, release, code, log)
        return Run(self.tool.name, number, seconds, cpu)

    def _prove(self, host: Host, release: str, code: int, log: Path) -> None:
        site = self.stage.site
        current = f"{site.root}/current"
        script = f"cat {current}/RELEASE; ls {current}/assets/* | grep -c bin; curl -s {site.local_url}"
        said = host.sh(script, check=False).split(None, 2)
        if code or said[:2] != [release, "200"] or f'"{release}"' not in said[-1]:
            sys.exit(f"{self.tool.name} ended with {code}, and {host.name} has {said}:\n{log.read_text()[-3000:]}")
        host.sh(f"cd {site.root}/releases && ls | grep -vx {release} | xargs rm -rf")
