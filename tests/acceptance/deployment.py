"""A service on the fleet together with its plan: what a user has in a repository, and what a user sees on the hosts."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests
import yaml

from tests.acceptance.run import CHECKOUT, Ended, Running
from tests.fleet import Fleet, Host
from tests.fleet.site import Site

T = TypeVar("T")

QUICK_HEALTH = {"interval": "200ms", "rise": 2, "stable_for": "500ms", "deadline": "20s"}
"""Health as tests want it: sure of itself within a second, patient on a busy machine."""

REPORTING = frozenset({"apply", "rollback", "resume", "abort"})
"""Verbs that leave a report."""

# All that a rollout may change on a host, but for the files of its lock. Folders without times: probes touch those.
SNAPSHOT = r"""
readlink "$1/current"
systemctl show -p ActiveState,InvocationID,UnitFileState "$2.service" "$2.socket"
find "$1" "/var/lib/sockdeploy/$2" ! -name lock ! -name turn ! -type d -printf '%p %l %T@\n' 2>/dev/null | sort
find "$1" -type d -printf '%p\n' 2>/dev/null | sort
cat "/etc/systemd/system/$2".* 2>/dev/null | sha256sum
ls -d "/run/systemd/system/$2".* 2>/dev/null
"""


@dataclass(slots=True)
class Deployment:
    """A plan for `hosts`, written anew for each command. `changes` are laid over the plan's keys."""

    site: Site
    fleet: Fleet
    hosts: Sequence[Host]
    folder: Path
    changes: dict[str, Any] = field(default_factory=dict)
    user: str = "deploy"
    runs: int = 0

    def plan(self, release: str, **changes: Any) -> Path:
        """Write the plan that brings out `release`; `changes` replace keys, None removes one."""
        site = self.site
        waves = [{"name": "canary", "hosts": 1}, {"name": "pilot", "hosts": "25%"}, {"name": "full", "hosts": "rest"}]
        keys: dict[str, Any] = {
            "version": 1,
            "service": site.service,
            "release": release,
            "root": site.root,
            "artifact": {"path": str(self.folder / "releases" / release)},
            "socket": {"unit": f"{site.service}.socket", "listen": site.listen},
            "ssh": self.ssh(),
            "inventory": {host.name: {"address": host.address} for host in self.hosts},
            "waves": waves,
            "gates": {"health": self.health()},
            **self.changes,
            **changes,
        }
        path = self.folder / "plan.yml"
        path.write_text(yaml.safe_dump({key: value for key, value in keys.items() if value is not None}))
        return path

    def ssh(self, **changes: Any) -> dict[str, Any]:
        """Give the plan's `ssh`; None removes a key."""
        keys = {"user": self.user, "known_hosts": str(self.fleet.known_hosts), "key": str(self.fleet.key), **changes}
        return {key: value for key, value in keys.items() if value is not None}

    def health(self, **changes: Any) -> dict[str, Any]:
        """Give a quick health gate on the site's own URL."""
        expect = {"status": 200, "release": {"json": "release"}}
        return {"url": self.site.local_url, "expect": expect, **QUICK_HEALTH, **changes}

    def start(
        self, verb: str, *words: str, variables: Mapping[str, str] | None = None, plan: Path | None = None
    ) -> Running:
        """Start a verb on the plan written last, or on another."""
        self.runs += 1
        report = self.folder / f"report-{self.runs}"
        reporting = ["--report", str(report)] if verb in REPORTING else []
        argv = [sys.executable, "-m", "deployer", verb, str(plan or self.folder / "plan.yml"), *reporting, *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
        process = subprocess.Popen(
            argv, cwd=CHECKOUT, env={**environment, **(variables or {})}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return Running(process, report)

    def run(self, verb: str, *words: str, variables: Mapping[str, str] | None = None) -> Ended:
        """Run a verb on the plan to its end."""
        return self.start(verb, *words, variables=variables).end()

    def apply(self, release: str, mode: str = "ok", *words: str, **changes: Any) -> Ended:
        """Bring out a release that behaves as `mode` says."""
        return self.begin(release, mode, *words, **changes).end()

    def begin(self, release: str, mode: str = "ok", *words: str, **changes: Any) -> Running:
        """Begin to bring out a release that behaves as `mode` says."""
        self.release(release, mode)
        self.plan(release, **changes)
        return self.start("apply", *words)

    def release(self, release: str, mode: str = "ok", only_on: Sequence[str] = ()) -> Path:
        """Make the release's folder."""
        return self.site.release(release, mode, only_on=only_on)

    def install(self, release: str, mode: str = "ok") -> None:
        """Have a release live on every host, as another tool left it."""
        self._each(lambda host: self.site.install(host, release, mode))

    def clean(self) -> None:
        """Mend every host and leave nothing of the service on it."""
        self._each(Host.mend)
        self._each(self.site.wipe)

    def units(self) -> list[str]:
        """Give the plan's `units`: the site's sample units as files."""
        return [str(path) for path in self.site.unit_files()]

    def current(self, host: Host) -> str:
        """Give the release that is live on a host, "" for none."""
        return host.sh(f'basename "$(readlink {self.site.root}/current)"', check=False).strip()

    def currents(self) -> list[str]:
        """Give the release that is live on each host."""
        return self._each(self.current)

    def releases(self, host: Host) -> list[str]:
        """Give everything in the folder of releases, hidden names too."""
        return sorted(host.sh(f"ls -A {self.site.root}/releases").split())

    def invocation(self, host: Host) -> str:
        """Give the id of the service's present run on a host."""
        return host.show(f"{self.site.service}.service", "InvocationID")["InvocationID"]

    def snapshot(self, *hosts: Host) -> list[str]:
        """Give all that a rollout may change on some hosts (all, unless named); equal texts: nothing was touched."""
        words = shlex.join(["sh", "-c", SNAPSHOT, "snapshot", self.site.root, self.site.service])
        return self._each(lambda host: host.sh(words, check=False), hosts)

    def answer(self, host: Host) -> str:
        """Give the release that answers 200 on a host, else the status, "" when nobody answers."""
        try:
            response = requests.get(self.site.url(host), timeout=10, allow_redirects=False)
        except requests.RequestException:
            return ""
        return response.headers["X-Release"] if response.status_code == 200 else str(response.status_code)

    def answers(self) -> list[str]:
        """Give what answers on each host."""
        return self._each(self.answer)

    def unit_state(self, host: Host, suffix: str = "socket") -> tuple[str, str]:
        """Give ActiveState and UnitFileState of the site's socket or service."""
        shown = host.show(f"{self.site.service}.{suffix}", "ActiveState", "UnitFileState")
        return shown["ActiveState"], shown["UnitFileState"]

    def _each(self, act: Callable[[Host], T], hosts: Sequence[Host] = ()) -> list[T]:
        """Do something on several hosts (all, unless named) at once."""
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(act, hosts or self.hosts))
