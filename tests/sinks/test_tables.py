"""What `status` and `plan` say of a host."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployer.artifact import Artifact, load
from deployer.facts import HostFacts, Verb
from deployer.fleet.upload import Need
from deployer.sinks.tables import plan_document, print_plan, print_status, status_document
from deployer.task import Task
from deployer.verbs.survey import Sight
from tests.host.fit import SHOWN, inspection
from tests.rollout.plans import plan


@pytest.fixture
def artifact(tmp_path: Path) -> Iterator[Artifact]:
    """A release of two files."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    with load(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("load_state", "active", "told", "held"),
    [
        ("loaded", "active", "active, held", True),
        ("loaded", "inactive", "inactive, not held", False),
        ("not-found", "inactive", "there is none", False),
    ],
)
def test_a_socket_is_called_held_when_it_is_open(load_state: str, active: str, told: str, held: bool) -> None:
    service, socket = SHOWN.split("\n\n")
    socket = socket.replace("LoadState=loaded", f"LoadState={load_state}").replace("=active", f"={active}")
    socket = socket.replace("Listen=127.0.0.1:8080 (Stream)\n", "") if load_state == "not-found" else socket
    sight = Sight("a", "canary", None, inspection(show=f"{service}\n\n{socket}"), None)
    stream = io.StringIO()
    print_status(plan(), (sight,), stream)
    assert told in stream.getvalue()
    hosts: Any = status_document(plan(), (sight,))["hosts"]
    assert hosts[0]["held"] is held


@pytest.mark.parametrize(
    ("need", "told", "files", "size"),
    [
        (Need(1, 12_000), "12.0 kB (1/2)", 1, 12_000),
        (Need(0, 0), "(0/2)", 0, 0),
        (None, "up to 10", None, None),
    ],
)
def test_plan_says_how_much_each_host_is_sent(
    artifact: Artifact, need: Need | None, told: str, files: int | None, size: int | None
) -> None:
    task = Task("r", Verb.APPLY, "v2", payload=artifact)
    sight = Sight("a", "canary", HostFacts(current="v1", active=True), inspection(), None, need=need)
    stream = io.StringIO()
    print_plan(plan(), task, (sight,), {}, stream)
    assert told in stream.getvalue()
    hosts: Any = plan_document(plan(), task, (sight,), {})["hosts"]
    assert (hosts[0]["files_to_send"], hosts[0]["bytes_to_send"]) == (files, size)
