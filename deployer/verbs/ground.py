"""What every verb that reaches hosts stands on: the selected plan, the connections, the secrets to hide."""

import secrets
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from deployer.clock import SystemClock
from deployer.errors import UsageError
from deployer.events import Event
from deployer.facts import Verb
from deployer.files import read_plan
from deployer.fleet.door import HostDoor
from deployer.fleet.holding import Holding
from deployer.host.source import load_program
from deployer.host.unitfile import UnitFile
from deployer.options import Options
from deployer.origin import where, who
from deployer.plan.filters import select
from deployer.plan.model import Plan
from deployer.probes import tls
from deployer.probes.metrics.credentials import secrets as secrets_of_metrics
from deployer.sinks.redaction import Redaction
from deployer.task import Payload, Run, Task
from deployer.transport.base import Transport, TransportError
from deployer.transport.credentials import Credentials, resolve
from deployer.transport.credentials import Options as KeyOptions
from deployer.transport.ssh import SshFactory


@dataclass(frozen=True, slots=True)
class Ground:
    """A plan with its selected hosts, and a connection (not yet open) to each of them."""

    plan: Plan
    transports: Mapping[str, Transport]
    clock: SystemClock
    redaction: Redaction
    variables: Mapping[str, str]

    def task(
        self,
        verb: Verb,
        release: str,
        units: tuple[UnitFile, ...] = (),
        payload: Payload | None = None,
        *,
        migrate: bool = False,
    ) -> Task:
        """Give a new run's task, with an id of its own."""
        began = datetime.fromtimestamp(self.clock.now(), UTC)
        return Task(
            rollout=f"{began:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            verb=verb,
            release=release,
            units=units,
            payload=payload,
            who=who(self.variables),
            origin=where(self.variables),
            began=f"{began:%Y-%m-%d %H:%M:%S} UTC",
            migrate=migrate,
        )

    def looking(self) -> Task:
        """Give the task of a run that only looks on: it takes no lock, and is no rollout."""
        return replace(self.task(Verb.ROLLBACK, ""), rollout="", aside=True)

    def run(self, task: Task, emit: Callable[[Event], None], holding: Holding | None = None) -> Run:
        """Give what every host is told of a task; `emit` hears what happens."""
        held = holding or Holding()
        return Run(self.plan, task, load_program(), self.clock.now, self.clock.sleep, emit, held)

    def doors(
        self, task: Task, emit: Callable[[Event], None], holding: Holding | None = None
    ) -> dict[str, HostDoor]:
        """Give every selected host as something that can be acted on, in the order of the waves."""
        run = self.run(task, emit, holding)
        names = [name for wave in self.plan.waves for name in wave.hosts]
        return {name: HostDoor(run, self.plan.host(name), self.transports[name]) for name in names}

    def units(self) -> tuple[UnitFile, ...]:
        """Read the plan's unit files. UsageError when one cannot be read."""
        return tuple(_unit(Path(path)) for path in self.plan.units)


def unheard(_event: Event) -> None:
    """Take events that nobody follows: hosts are looked at, and nothing is rolled out."""


def selected_plan(options: Options, variables: Mapping[str, str], *, deploying: bool) -> Plan:
    """Read the plan and leave out what the options leave out. PlanError with every problem of the plan, UsageError."""
    plan = read_plan(options.plan, variables=variables, release=options.release, deploying=deploying)
    return select(plan, options.hosts, options.wave, options.through)


@contextmanager
def stand(
    options: Options, variables: Mapping[str, str], warn: Callable[[str], None], *, deploying: bool = False
) -> Iterator[Ground]:
    """Read the plan, filter it, prepare the connections; close them in the end. SockdeployError when it cannot be.

    Not `deploying`, nothing is brought out: release and artifact may be missing here.
    """
    plan = selected_plan(options, variables, deploying=deploying)
    _check_authorities(plan)
    credentials = resolve(plan.ssh, _keys(options), variables)
    clock = SystemClock()
    try:
        factory = SshFactory(plan.ssh, credentials, clock=clock, warn=warn, timeout=plan.timeouts.connect)
    except TransportError as error:
        raise UsageError(error.message, remedy=error.remedy) from None
    try:
        try:
            transports: dict[str, Transport] = {host.name: factory.transport(host) for host in plan.hosts}
        except TransportError as error:
            raise UsageError(error.message, remedy=error.remedy) from None
        yield Ground(plan, transports, clock, Redaction(_secrets(plan, credentials, variables)), variables)
    finally:
        clock.stop()
        factory.close()


def _keys(options: Options) -> KeyOptions:
    """Give the keys of the command line. UsageError for an empty one: another source would take its place unseen."""
    for option, value in (("--ssh-key", options.key), ("--known-hosts", options.known_hosts)):
        if value is not None and not value.strip():
            remedy = "leave the option out to have the next source asked"
            raise UsageError("expected a path or the content, found nothing", where=option, remedy=remedy)
    return KeyOptions(options.key or "", options.passphrase, options.known_hosts or "")


def _secrets(plan: Plan, credentials: Credentials, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Give what must never be printed: the key, its passphrase, and what services and servers are asked with."""
    held = [given.content for given in (credentials.key, credentials.passphrase) if given is not None]
    health = plan.gates.health
    headers = [value for name, value in health.headers if name.lower() != "host"] if health else []
    revealed = (secret.reveal() for secret in held if secret is not None)
    return (*revealed, *headers, *secrets_of_metrics(plan.gates.metrics, variables))


def _check_authorities(plan: Plan) -> None:
    """See that every file of authorities holds some: no release could prove itself otherwise. UsageError."""
    health, metrics = plan.gates.health, plan.gates.metrics
    named = (health.ca_file if health else None, metrics.source.ca_file if metrics else None)
    for path in filter(None, named):
        try:
            tls.context(path)
        except ssl.SSLError as error:
            remedy = "ca_file is the PEM file of the authority that signed the certificate: -----BEGIN CERTIFICATE-----"
            message = f"no certificate can be read there: {tls.words_of(error)}"
            raise UsageError(message, where=path, remedy=remedy) from None


def _unit(path: Path) -> UnitFile:
    try:
        return UnitFile(path.name, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the unit file cannot be read: {error}", where=str(path)) from None
