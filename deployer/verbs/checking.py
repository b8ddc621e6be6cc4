"""The verb check: every host looked at, and mended where that was asked for and agreed to."""

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from deployer import artifact
from deployer.errors import ExitCode
from deployer.facts import Verb
from deployer.options import Options
from deployer.plan.model import Plan
from deployer.sinks.checks import check_document, print_checks, print_diffs
from deployer.sinks.grid import print_document
from deployer.verbs.checkup import Checkup
from deployer.verbs.ground import Ground, unheard
from deployer.verbs.survey import AT_ONCE

Agree = Callable[[str], bool]
"""Asks a person; False when nobody agreed."""


def check_hosts(ground: Ground, options: Options, agree: Agree) -> int:
    """Check every selected host, mend with `fix`, and give the exit code: 5 when a host would be refused."""
    hosts = _checkups(ground)
    _each(Checkup.look, hosts)
    # With --json standard output is the document alone: what a person is shown goes the other way.
    stream = sys.stderr if options.json else sys.stdout
    if not options.json or options.fix:
        print_checks(ground.plan.service, hosts, stream)
    fixed = _fix(hosts, agree) if options.fix else ()
    if fixed and not options.json:
        print_checks(ground.plan.service, hosts, stream)
    if options.json:
        document = check_document(ground.plan.service, hosts, [host.name for host in fixed])
        print_document(sys.stdout, document)
    return ExitCode.REFUSED if any(host.hard for host in hosts) else ExitCode.OK


def _checkups(ground: Ground) -> list[Checkup]:
    # Hosts are asked for room: of the artifact they need its size alone.
    with _payload(ground.plan) as payload:
        run = ground.run(ground.task(Verb.APPLY, "", ground.units(), payload), unheard)
    return [
        Checkup(run, ground.plan.host(name), wave.name, ground.transports[name])
        for wave in ground.plan.waves
        for name in wave.hosts
    ]


def _payload(plan: Plan) -> AbstractContextManager[artifact.Artifact | None]:
    """Give the artifact where it was built already."""
    return artifact.load(plan.artifact) if plan.artifact and Path(plan.artifact).exists() else nullcontext()


def _fix(hosts: Iterable[Checkup], agree: Agree) -> tuple[Checkup, ...]:
    """Show the drop-ins that would be written, ask, write; give the hosts where that was done."""
    mendable = tuple(host for host in hosts if host.patches)
    if not mendable:
        sys.stderr.write("nothing was found that a drop-in mends\n")
        return ()
    diffs: dict[str, list[str]] = {}
    for host in mendable:
        diffs.setdefault("".join(patch.diff() for patch in host.patches), []).append(host.name)
    print_diffs(diffs, sys.stderr)
    count = len(mendable)
    if not agree(f"Write these drop-ins to {count} host{'s' if count > 1 else ''}? No socket is restarted."):
        sys.stderr.write("nothing was written; --yes agrees where nobody can be asked\n")
        return ()
    _each(Checkup.mend, mendable)
    return mendable


def _each(act: Callable[[Checkup], None], hosts: Iterable[Checkup]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(act, hosts))
