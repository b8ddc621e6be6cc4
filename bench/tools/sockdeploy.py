"""sockdeploy: one wave of all hosts, so that it does the same work as the others, and no waiting to be sure."""

import sys
from pathlib import Path

import yaml

from bench.tools.base import Stage

CHECKOUT = Path(__file__).parents[2]


class Sockdeploy:
    """`sockdeploy apply`."""

    name = "sockdeploy"

    def prepare(self, stage: Stage) -> None:
        """Write the plan."""
        (stage.folder / "plan.yml").write_text(yaml.safe_dump(plan(stage)))

    def command(self, stage: Stage, release: str) -> tuple[list[str], dict[str, str]]:
        """Apply it."""
        report = stage.folder / "reports" / release
        words = ["apply", str(stage.folder / "plan.yml"), "--release", release, "--report", str(report)]
        # Compiled once, as an installed program is: the round that warms up does it.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(stage.folder / "compiled")}
        return [sys.executable, "-m", "deployer", *words], {"PYTHONPATH": str(CHECKOUT), **compiled}


def plan(stage: Stage) -> dict[str, object]:
    """The plan, without a release."""
    site, fleet = stage.site, stage.fleet
    expect = {"status": 200, "release": {"json": "release"}}
    # Like the others it asks no more once it has had its answer, however long other hosts still boot.
    health = {"url": site.local_url, "expect": expect, "interval": "10s", "rise": 1, "stable_for": "0s"}
    return {
        "version": 1,
        "service": site.service,
        "root": site.root,
        "keep": 100,
        "traffic": "off",
        "artifact": {"path": str(stage.content)},
        "socket": {"unit": f"{site.service}.socket", "listen": site.listen},
        "ssh": {"user": stage.user, "known_hosts": str(fleet.known_hosts), "key": str(fleet.key)},
        "inventory": {host.name: {"address": host.address} for host in stage.hosts},
        "waves": [{"name": "all", "hosts": "rest", "max_parallel": len(stage.hosts)}],
        "gates": {"health": health},
    }
