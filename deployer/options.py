"""What a person or a workflow asked for on the command line, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """The options of every verb. `hosts` are names, globs or labels; `release` is `--release`, or `--to` of a rollback.

    `key`, `passphrase` and `known_hosts` are a path or the content; not given, None, the passphrase "". `verbosity` is
    -1 for quiet, 1 for verbose. `limit` is how many records a history shows of each host. `fix` has check write
    drop-ins, `migrate` has apply move services that hold their port by themselves. `replay` is a journal's path,
    `observe` a duration: what the verb gate does.
    """

    plan: str
    release: str | None = None
    hosts: tuple[str, ...] = ()
    wave: str | None = None
    through: str | None = None
    key: str | None = None
    passphrase: str = ""
    known_hosts: str | None = None
    report: str | None = None
    dry_run: bool = False
    yes: bool = False
    json: bool = False
    color: bool = True
    verbosity: int = 0
    commands: bool = False
    limit: int = 20
    fix: bool = False
    migrate: bool = False
    replay: str | None = None
    observe: str | None = None
