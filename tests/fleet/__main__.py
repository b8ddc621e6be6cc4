"""`python3 -m tests.fleet`: boot a fleet of real systemd hosts and play with it."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence

from tests.fleet.faults import FAULTS
from tests.fleet.fleet import LOCK, Fleet, sweep
from tests.fleet.recipe import SSH_USERS, SUITES
from tests.fleet.record import all_records
from tests.fleet.system import FleetError, locked, require_root


def up(options: argparse.Namespace) -> int:
    """Boot a fleet that stays."""
    suites = (options.suite or [SUITES[0]]) * options.hosts
    began = time.monotonic()
    fleet = Fleet.boot(options.name, suites[: options.hosts], packages=options.packages, keep=True)
    print(f"fleet {fleet.name}: {len(fleet)} hosts up in {time.monotonic() - began:.1f} s")
    for host in fleet:
        print(f"  {host.name}  {host.address}  {host.suite}")
    print(f"log in: ssh -F {fleet.ssh_config} deploy@{fleet.hosts[0].name}")
    print(f"key: {fleet.key}\nknown_hosts: {fleet.known_hosts}")
    return 0


def down(options: argparse.Namespace) -> int:
    """Take a fleet down, whoever booted it."""
    Fleet.attach(options.name).down()
    return 0


def list_fleets(_: argparse.Namespace) -> int:
    """What is up."""
    for record in all_records():
        owner = f"process {record.owner.pid}" if record.owner else "kept"
        state = "abandoned" if record.abandoned() else "up"
        print(f"{record.name}  {state}  {owner}  {time.time() - record.since:.0f} s  {Fleet(record).network.bridge}")
        for host in Fleet(record):
            print(f"  {host.name}  {host.address}  {host.suite}  {'running' if host.up() else 'off'}")
    return 0


def clean(_: argparse.Namespace) -> int:
    """Remove fleets whose owner is gone."""
    require_root()
    with locked(LOCK):
        print("\n".join(f"removed {name}" for name in sweep()) or "nothing to remove")
    return 0


def log_in(options: argparse.Namespace) -> int:
    """Become ssh to a host."""
    argv = Fleet.attach(options.name)[options.host].ssh(options.user)
    os.execvp("ssh", [*argv, *options.words])


def execute(options: argparse.Namespace) -> int:
    """Run a command in a host through its namespaces, without SSH."""
    return Fleet.attach(options.name)[options.host].exec(options.words or ["bash"], options.user)


def make_fault(options: argparse.Namespace) -> int:
    """Break a host, or mend it."""
    FAULTS[options.fault](Fleet.attach(options.name)[options.host], options.words)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(prog="python3 -m tests.fleet", description=__doc__)
    verbs = main.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, act: Callable[[argparse.Namespace], int], *, fleet: bool = True) -> argparse.ArgumentParser:
        found = verbs.add_parser(name, help=act.__doc__)
        found.set_defaults(act=act)
        if fleet:
            found.add_argument("--name", default="play", help="the fleet (default: play)")
        return found

    boot = verb("up", up)
    boot.add_argument("--hosts", type=int, default=3, metavar="N", help="how many (default: 3)")
    boot.add_argument("--suite", action="append", choices=SUITES, help="given twice: hosts take turns")
    boot.add_argument("--packages", nargs="+", default=[], metavar="PACKAGE", help="besides the usual ones")
    verb("down", down)
    verb("list", list_fleets, fleet=False)
    verb("clean", clean, fleet=False)
    for name, act in (("ssh", log_in), ("exec", execute)):
        words = verb(name, act)
        words.add_argument("--user", default="root", choices=SSH_USERS)
        words.add_argument("host")
        words.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    fault = verb("fault", make_fault)
    fault.add_argument("host")
    fault.add_argument("fault", choices=FAULTS)
    fault.add_argument("words", nargs="*", metavar="WORD", help="full-disk PATH, read-only PATH, thin-link KBIT")
    return main


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; its exit status."""
    options = parser().parse_args(argv)
    try:
        return int(options.act(options))
    except FleetError as error:
        print(f"fleet: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
