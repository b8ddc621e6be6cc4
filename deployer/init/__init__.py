"""A newcomer's first files: a plan, hardened units, a workflow, from a few answers."""

from collections.abc import Iterator
from pathlib import Path

from deployer.init.analysis import analysis
from deployer.init.folder import write
from deployer.init.questions import Ask, complete
from deployer.init.running import content, needs, takes_socket
from deployer.init.texts import PLAN, texts
from deployer.init.wish import Answers, Wish

__all__ = ["begin"]


def begin(given: Answers, folder: Path, ask: Ask | None, *, gitlab: bool, force: bool) -> Iterator[str]:
    """Write the files into `folder`; say line by line what was written, what systemd thinks of it, what comes next.

    UsageError, before anything is written: an answer is missing or makes no sense, or a file is there already.
    """
    wish = Wish.read(complete(given, ask))
    written = texts(wish, gitlab=gitlab)
    write(folder, written, force=force)
    yield from (f"wrote {folder / path}" for path in written)
    yield from analysis([folder / path for path in written if path.startswith("deploy/")])
    yield from _next(wish, folder / PLAN)


def _next(wish: Wish, plan: Path) -> Iterator[str]:
    """Say what the files do not do by themselves."""
    if not wish.listen.loopback:
        yield f"{wish.listen} can be reached from elsewhere: make sure that a firewall lets only your load balancer in"
    if wish.wrap:
        yield f"the hosts need the package haproxy; {wish.service} has to listen on {wish.wrap} (HOST and PORT say so)"
    elif taking := takes_socket(wish.kind):
        yield f"{wish.service}: {taking}"
    if program := needs(wish.kind, wish.run):
        yield f"the hosts need {program}"
    yield f'{wish.health} has to answer 200 and {{"release": ID}}; the file RELEASE in the release has the id'
    inside = content(wish.kind, wish.run)
    built = f"{wish.artifact} with {inside}" if inside else wish.artifact
    yield f"next: build {built}; then: sockdeploy validate {plan}, sockdeploy check {plan}"
