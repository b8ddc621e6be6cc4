"""The command line: one function per verb; options in, app call, exit code out."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated

import typer

from deployer.errors import BugError, ExitCode, SockdeployError, UsageError
from deployer.options import Options
from deployer.sinks.error import error_document
from deployer.sinks.github import complaints, places, refuse
from deployer.sinks.grid import print_document
from deployer.sinks.redaction import neutral
from deployer.verbs import app

cli = typer.Typer(
    name="sockdeploy",
    help="Roll releases out to plain Linux hosts behind systemd sockets: canary, pilot, full, and back on failure.",
    epilog="Exit codes: 0 done, 1 failed and taken back, 2 usage or plan, 3 rollback incomplete, 4 held, 5 refused "
    "before any switch, 70 a bug, 130/143 cancelled.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

PlanFile = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's file.")]
Release = Annotated[str | None, typer.Option("--release", help="The release id; wins over the plan's.")]
To = Annotated[str | None, typer.Option("--to", help="The release to go back to.", metavar="RELEASE")]
Hosts = Annotated[list[str] | None, typer.Option("--hosts", help="Only these: names, globs or labels, with commas.")]
Wave = Annotated[str | None, typer.Option("--wave", help="Only this wave.")]
Through = Annotated[str | None, typer.Option("--through", help="Only the waves up to and with this one.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Migrate = Annotated[
    bool, typer.Option("--migrate", help="Move a service that holds its port by itself behind its socket.")
]
Fix = Annotated[bool, typer.Option("--fix", help="Write drop-ins that mend what was found, once agreed to.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Report = Annotated[str | None, typer.Option("--report", help="Folder of journal and summaries.", metavar="DIR")]
Key = Annotated[str | None, typer.Option("--ssh-key", help="Private key: a path or the content.")]
Known = Annotated[str | None, typer.Option("--known-hosts", help="Host keys: a path or the content.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say every look at a host.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say failures and the outcome only.")]
Commands = Annotated[bool, typer.Option("--commands", help="Show the command lines that each host would be sent.")]
Observe = Annotated[str | None, typer.Option("--observe", help="Ask the gates for so long, like 10m.", metavar="TIME")]
Replay = Annotated[
    str | None, typer.Option("--replay", help="Compute a journal's verdicts once more.", metavar="JOURNAL")
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Records of each host.")]


@cli.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if show_version:
        sys.stdout.write(f"sockdeploy {version('sockdeploy')}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")
        raise typer.Exit(ExitCode.USAGE)


@cli.command()
def apply(
    plan: PlanFile, release: Release = None, hosts: Hosts = None, wave: Wave = None, through: Through = None,
    migrate: Migrate = False, dry_run: DryRun = False, yes: Yes = False, json: Json = False, report: Report = None,
    ssh_key: Key = None, known_hosts: Known = None, no_color: NoColor = False, verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """Roll the release out: canary, pilot, full; take it back when a gate says no."""
    return app.apply(Options(
        plan, release, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, report=report,
        dry_run=dry_run, yes=yes, json=json, color=not no_color, verbosity=verbose - quiet, migrate=migrate,
    ))  # fmt: skip


@cli.command()
def plan(
    plan: PlanFile, release: Release = None, hosts: Hosts = None, wave: Wave = None, through: Through = None,
    migrate: Migrate = False, commands: Commands = False, json: Json = False, ssh_key: Key = None,
    known_hosts: Known = None,
) -> int:  # fmt: skip
    """Say what apply would do on each host: current release and new, bytes to send, units to install."""
    return app.plan(Options(
        plan, release, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, json=json,
        commands=commands, migrate=migrate,
    ))  # fmt: skip


@cli.command()
def validate(
    plan: PlanFile, release: Release = None, hosts: Hosts = None, wave: Wave = None, through: Through = None,
    json: Json = False,
) -> int:  # fmt: skip
    """Check the plan, offline; every problem in one report, each with file, line and column."""
    return app.validate(Options(plan, release, tuple(hosts or ()), wave, through, json=json))


@cli.command()
def check(
    plan: PlanFile, fix: Fix = False, yes: Yes = False, hosts: Hosts = None, wave: Wave = None, through: Through = None,
    json: Json = False, ssh_key: Key = None, known_hosts: Known = None,
) -> int:  # fmt: skip
    """Say what would refuse a rollout on each host, and what is better changed, each with its remedy."""
    return app.check(Options(
        plan, None, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, json=json, fix=fix, yes=yes,
    ))  # fmt: skip


@cli.command()
def gate(
    plan: PlanFile, observe: Observe = None, replay: Replay = None, hosts: Hosts = None, wave: Wave = None,
    through: Through = None, json: Json = False, ssh_key: Key = None, known_hosts: Known = None,
    verbose: Verbose = False, quiet: Quiet = False,
) -> int:  # fmt: skip
    """Ask all gates without a rollout for a while, to tune them; or judge a recorded rollout once more.

    --observe takes no lock and changes nothing, but runs the plan's command (gates.command) once for each host.
    """
    return app.gate(Options(
        plan, None, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, json=json, observe=observe,
        replay=replay, verbosity=verbose - quiet,
    ))  # fmt: skip


@cli.command()
def status(
    plan: PlanFile, hosts: Hosts = None, wave: Wave = None, through: Through = None, json: Json = False,
    ssh_key: Key = None, known_hosts: Known = None,
) -> int:  # fmt: skip
    """Say what each host runs, whether it is well, and who holds its lock."""
    return app.status(Options(
        plan, None, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, json=json,
    ))  # fmt: skip


@cli.command()
def rollback(
    plan: PlanFile, to: To = None, hosts: Hosts = None, wave: Wave = None, through: Through = None,
    dry_run: DryRun = False, yes: Yes = False, json: Json = False, report: Report = None, ssh_key: Key = None,
    known_hosts: Known = None, no_color: NoColor = False, verbose: Verbose = False, quiet: Quiet = False,
) -> int:  # fmt: skip
    """Go back to the newest release that is good on every selected host, all at once, without an upload.

    What it leaves is a release that nobody confirmed, where a host has one; else the live release, for the one before.
    After a run that died before it switched anything, sockdeploy abort leaves every host on what it runs.
    """
    return app.rollback(Options(
        plan, to, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, report=report, dry_run=dry_run,
        yes=yes, json=json, color=not no_color, verbosity=verbose - quiet,
    ))  # fmt: skip


@cli.command()
def resume(
    plan: PlanFile, dry_run: DryRun = False, yes: Yes = False, json: Json = False, report: Report = None,
    ssh_key: Key = None, known_hosts: Known = None, no_color: NoColor = False, verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """Go on with a rollout that is held: health is checked again, then the wave begins that it was held before."""
    return app.resume(Options(
        plan, key=ssh_key, known_hosts=known_hosts, report=report, dry_run=dry_run, yes=yes, json=json,
        color=not no_color, verbosity=verbose - quiet,
    ))  # fmt: skip


@cli.command()
def abort(
    plan: PlanFile, hosts: Hosts = None, wave: Wave = None, through: Through = None, dry_run: DryRun = False,
    yes: Yes = False, json: Json = False, report: Report = None, ssh_key: Key = None, known_hosts: Known = None,
    no_color: NoColor = False, verbose: Verbose = False, quiet: Quiet = False,
) -> int:  # fmt: skip
    """Take a rollout back that is held, or that died: every host to what it ran before, nothing of it left."""
    return app.abort(Options(
        plan, None, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, report=report, dry_run=dry_run,
        yes=yes, json=json, color=not no_color, verbosity=verbose - quiet,
    ))  # fmt: skip


@cli.command()
def history(
    plan: PlanFile, hosts: Hosts = None, wave: Wave = None, through: Through = None, limit: Limit = 20,
    json: Json = False, ssh_key: Key = None, known_hosts: Known = None,
) -> int:  # fmt: skip
    """Say who brought out what, when and with what outcome, from the hosts' own records."""
    return app.history(Options(
        plan, None, tuple(hosts or ()), wave, through, ssh_key, known_hosts=known_hosts, json=json, limit=limit,
    ))  # fmt: skip


@cli.command()
def init(
    service: Annotated[str | None, typer.Option(help="Name of the service.")] = None,
    kind: Annotated[str | None, typer.Option(help="What runs it: gunicorn, uvicorn, node or binary.")] = None,
    run: Annotated[str | None, typer.Option(help="app:application, main:app, server.js, or a command line.")] = None,
    hosts: Annotated[str | None, typer.Option(help="web-1=10.0.0.11,web-2=10.0.0.12, or addresses alone.")] = None,
    listen: Annotated[str | None, typer.Option(help="Address and port of the socket; else 127.0.0.1:8080.")] = None,
    health: Annotated[str | None, typer.Option(help="Path that tells health and release; else /healthz.")] = None,
    artifact: Annotated[str | None, typer.Option(help="What is rolled out; else dist/.")] = None,
    wrap: Annotated[str | None, typer.Option(help="It listens here by itself: HAProxy takes the socket.")] = None,
    root: Annotated[str | None, typer.Option(help="Folder on the hosts; else /srv/SERVICE.")] = None,
    user: Annotated[str | None, typer.Option(help="Account it runs as; else one that systemd makes up.")] = None,
    shared: Annotated[str | None, typer.Option(help="What outlives a release; a folder ends in /.")] = None,
    ssh_user: Annotated[str | None, typer.Option(help="Who logs in on the hosts; else deploy.")] = None,
    gitlab: Annotated[bool, typer.Option("--gitlab", help="A job for GitLab in place of GitHub's workflow.")] = False,
    folder: Annotated[str, typer.Option(help="The repository that the files are for.")] = ".",
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> int:
    """Write a plan, hardened units and a workflow for a service; asks at a terminal for what is not given."""
    given = {
        "service": service, "kind": kind, "run": run, "hosts": hosts, "listen": listen, "health": health,
        "artifact": artifact, "wrap": wrap, "root": root, "user": user, "shared": shared, "ssh-user": ssh_user,
    }  # fmt: skip
    answers = {option: text for option, text in given.items() if text is not None}
    return app.init(answers, folder, gitlab=gitlab, force=force)


@cli.command()
def schema() -> int:
    """Print the JSON Schema of plans, for editors."""
    return app.schema()


@cli.command()
def example() -> int:
    """Print a commented plan that is also the reference."""
    return app.example()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; whatever goes wrong, a person reads what and where."""
    command: Callable[..., int | None] = typer.main.get_command(cli)
    words = list(sys.argv[1:] if argv is None else argv)
    # A command line that makes no sense was asked for a document, too.
    document = "--json" in words
    try:
        code = command(args=words, prog_name="sockdeploy", standalone_mode=False)
    except SockdeployError as error:
        return failed(error, document=document)
    except typer.TyperException as error:
        help_ = "sockdeploy --help and sockdeploy VERB --help show what there is"
        return failed(UsageError(error.format_message(), remedy=help_), document=document)
    except typer.Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001 - the last line: a bug is told as one
        bug = BugError(f"a bug in sockdeploy, please report it:\n{traceback.format_exc()}")
        return failed(bug, document=document)
    return code or ExitCode.OK


def failed(error: SockdeployError, *, document: bool = False) -> int:
    """Tell why there was no rollout, to people, and to GitHub where it runs us; give the exit code.

    With `document` standard output has the error as one JSON document, and nothing else.
    """
    message, stream = neutral(str(error)), sys.stderr if document else sys.stdout
    if os.environ.get("GITHUB_ACTIONS") == "true":
        stream.write("".join(f"{each}\n" for each in complaints(error, places(os.environ).workspace)))
        if error.exit_code in {ExitCode.USAGE, ExitCode.REFUSED}:
            refuse(places(os.environ))
    from rich.console import Console  # noqa: PLC0415 - it takes long to load, and few runs end here

    console = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)
    console.print(message)
    if document:
        # Whoever reads it may be gone (`| head`): the exit code is the same.
        with suppress(BrokenPipeError):
            print_document(sys.stdout, error_document(error))
    return error.exit_code
