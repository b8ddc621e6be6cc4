"""The same release to 20 hosts with every tool in turn, again and again: how long each takes, and the ratios.

`python -m bench.deploy --help` tells the options.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import venv
from bench.entrant import Conditions, Entrant
from bench.fleet import fleet_of
from bench.table import Run, print_table
from bench.tools.ansible import Ansible
from bench.tools.base import Tool
from bench.tools.openssh import OpenSsh
from bench.tools.pyinfra import Pyinfra
from bench.tools.sockdeploy import Sockdeploy

TOOLS: tuple[Tool, ...] = (
    OpenSsh(), Sockdeploy(), Pyinfra(), Ansible(),
    Pyinfra("pyinfra, one script", "pyinfra_script.py"), Ansible("Ansible, one script", "ansible_script.yml"),
)  # fmt: skip


def main() -> int:
    """Run the bench and print its table."""
    options = _options()
    conditions = Conditions(options.kind, options.user, options.limits, options.all_new)
    venv.install()
    print(f"beside {venv.versions()}; {conditions}", flush=True)
    with fleet_of(options.fleet, options.hosts) as fleet, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        chosen = [(number, tool) for number, tool in enumerate(TOOLS) if tool.name in (options.only or tool.name)]
        entrants = [Entrant.enter(number, tool, fleet, Path(folder), conditions) for number, tool in chosen]
        try:
            runs = list(_rounds(entrants, options.rounds))
        finally:
            for entrant in entrants:
                entrant.leave()
    print_table(runs, OpenSsh.name)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.deploy", description="deploys with every tool, in turn")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds, after one that is not")
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--user", choices=["root", "deploy"], default="root", help="deploy becomes root with sudo")
    parser.add_argument("--kind", choices=["gunicorn", "node", "python"], default="gunicorn", help="of service")
    parser.add_argument("--limits", action="store_true", help="units with systemd's own start limits")
    parser.add_argument("--all-new", action="store_true", help="every file of a release is new, not only one")
    parser.add_argument("--only", nargs="*", choices=[tool.name for tool in TOOLS], help="these tools alone")
    parser.add_argument("--fleet", help="a fleet that is up, instead of one for this run")
    return parser.parse_args()


def _rounds(entrants: Sequence[Entrant], rounds: int) -> Iterator[Run]:
    """Every tool once per round; round 0 warms up and is not given."""
    for number in range(rounds + 1):
        for entrant in entrants:
            run = entrant.deploy(f"r{number}-{os.getpid()}", number)
            print(f"{f'round {number}' if number else 'warming up'}: {run}", flush=True)
            if number:
                yield run


if __name__ == "__main__":
    sys.exit(main())
