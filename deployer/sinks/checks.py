"""What the verb check found: a table on a terminal, plain lines elsewhere, or a document."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployer.findings import Finding
from deployer.sinks.redaction import neutral

Document = dict[str, object]


class Checked(Protocol):
    """One host that was checked."""

    @property
    def name(self) -> str:
        """The host."""
        ...

    @property
    def wave(self) -> str:
        """Its wave."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, hard findings first."""
        ...


def print_checks(service: str, hosts: Sequence[Checked], stream: TextIO) -> None:
    """Say what was found on each host, each finding with its evidence and its remedy, and the sum of it."""
    if stream.isatty():
        _print_table(hosts, stream)
    for host in hosts:
        for finding in host.findings:
            head, *rest = str(finding).splitlines()
            _say(stream, f"{host.name}: {weight(finding)}: {head}")
            for line in rest:
                _say(stream, f"    {line.strip()}")
    _say(stream, _sum(service, hosts))


def print_diffs(diffs: Mapping[str, Sequence[str]], stream: TextIO) -> None:
    """Show what would be written: each diff once, with the hosts that it is for."""
    for diff, hosts in diffs.items():
        _say(stream, f"on {', '.join(hosts)}:")
        for line in diff.splitlines():
            _say(stream, line)


def check_document(service: str, hosts: Sequence[Checked], fixed: Sequence[str]) -> Document:
    """Give what was found as plain JSON values; `fixed` are the hosts where drop-ins were written."""
    return {
        "service": service,
        "fixed": list(fixed),
        "hosts": [
            {"host": host.name, "wave": host.wave, "findings": [_finding(finding) for finding in host.findings]}
            for host in hosts
        ],
    }


def weight(finding: Finding) -> str:
    """Say what a finding means for a rollout: `refused` or `advice`."""
    return "advice" if finding.soft else "refused"


def _finding(finding: Finding) -> Document:
    return {
        "code": finding.code,
        "weight": weight(finding),
        "message": neutral(finding.message),
        "evidence": neutral(finding.evidence),
        "remedy": neutral(finding.remedy),
        "fixable": bool(finding.mends),
    }


def _print_table(hosts: Sequence[Checked], stream: TextIO) -> None:
    table = Table("wave", "host", "weight", "code", "finding", box=SIMPLE, pad_edge=False)
    for host in hosts:
        for found in host.findings:
            style = "dim" if found.soft else "red"
            cells = (host.wave, host.name, weight(found), found.code, found.message)
            table.add_row(*(Text(neutral(cell), style) for cell in cells))
        if not host.findings:
            table.add_row(*(Text(neutral(cell)) for cell in (host.wave, host.name, "", "", "nothing found")))
    Console(file=stream, markup=False, highlight=False, emoji=False).print(table)


def _sum(service: str, hosts: Sequence[Checked]) -> str:
    bad = [host.name for host in hosts if any(not finding.soft for finding in host.findings)]
    advice = sum(finding.soft for host in hosts for finding in host.findings)
    told = f"{advice} piece{'' if advice == 1 else 's'} of advice" if advice else "no advice"
    if bad:
        return f"{service}: {len(bad)} of {len(hosts)} hosts would be refused: {', '.join(bad)}; {told}"
    return f"{service}: {len(hosts)} host{'' if len(hosts) == 1 else 's'} fit; {told}"


def _say(stream: TextIO, text: str) -> None:
    stream.write(neutral(text) + "\n")
