"""What check shows: plain lines, a table on a terminal, a document."""

import io
from dataclasses import dataclass

from deployer.findings import Finding, Mend, mendable
from deployer.sinks.checks import check_document, print_checks, print_diffs

HARD = Finding("not-enabled", "app.socket is not enabled", "UnitFileState=disabled", "systemctl enable app.socket")
SOFT = mendable("start-limit", "it closes", "seen", Mend("app.service", "Unit", "StartLimitIntervalSec=0"), soft=True)


@dataclass(frozen=True)
class Host:
    """A host that was checked."""

    name: str
    findings: tuple[Finding, ...] = ()
    wave: str = "canary"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


HOSTS = [Host("web-1", (HARD, SOFT)), Host("web-2")]


def test_plain_lines_have_the_finding_its_evidence_and_its_remedy() -> None:
    stream = io.StringIO()
    print_checks("app", HOSTS, stream)
    assert stream.getvalue().splitlines() == [
        "web-1: refused: app.socket is not enabled [not-enabled]",
        "    UnitFileState=disabled",
        "    > systemctl enable app.socket",
        "web-1: advice: it closes [start-limit]",
        "    seen",
        "    > # systemctl edit app.service",
        "    > [Unit]",
        "    > StartLimitIntervalSec=0",
        "    > # or: sockdeploy check PLAN --fix",
        "app: 1 of 2 hosts would be refused: web-1; 1 piece of advice",
    ]


def test_a_terminal_has_a_table_first() -> None:
    stream = Terminal()
    print_checks("app", HOSTS, stream)
    table = stream.getvalue().partition("web-1: refused")[0]
    assert all(word in table for word in ("web-1", "refused", "not-enabled", "start-limit", "web-2", "nothing found"))


def test_hosts_that_are_fit_are_said_to_be() -> None:
    stream = io.StringIO()
    print_checks("app", [Host("web-2")], stream)
    assert stream.getvalue() == "app: 1 host fit; no advice\n"


def test_a_diff_is_shown_once_with_its_hosts() -> None:
    stream = io.StringIO()
    print_diffs({"+NonBlocking=yes\n": ["web-1", "web-2"]}, stream)
    assert stream.getvalue() == "on web-1, web-2:\n+NonBlocking=yes\n"


def test_the_document_says_what_can_be_fixed() -> None:
    document = check_document("app", HOSTS, ["web-1"])
    assert document["fixed"] == ["web-1"]
    hosts = document["hosts"]
    assert isinstance(hosts, list)
    assert [(f["code"], f["weight"], f["fixable"]) for f in hosts[0]["findings"]] == [
        ("not-enabled", "refused", False),
        ("start-limit", "advice", True),
    ]
    assert hosts[1] == {"host": "web-2", "wave": "canary", "findings": []}
