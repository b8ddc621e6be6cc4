"""Doors that do not open: the message names host and remedy, nothing is touched, and the exit code says so."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended
from tests.fleet import Host

Change = Callable[[Deployment, Path], dict[str, Any]]


def _wrong_host_key(app: Deployment, folder: Path) -> dict[str, Any]:
    known = folder / "known_hosts"
    known.write_text(f"{app.hosts[0].address} {app.fleet.hosts[1].host_key}\n")
    return {"ssh": app.ssh(known_hosts=str(known))}


def _unknown_host(app: Deployment, folder: Path) -> dict[str, Any]:
    known = folder / "known_hosts"
    known.write_text(f"{app.fleet.hosts[1].address} {app.fleet.hosts[1].host_key}\n")
    return {"ssh": app.ssh(known_hosts=str(known))}


def _wrong_user(app: Deployment, _: Path) -> dict[str, Any]:
    if app.hosts[0].suite != "bookworm":
        app.hosts[0].sshd_config("PerSourcePenalties no")  # or it shuts out the tests that follow
    return {"ssh": app.ssh(user="stranger")}


def _no_sudo(app: Deployment, _: Path) -> dict[str, Any]:
    return {"ssh": app.ssh(user="nosudo")}


def _full_disk(app: Deployment, _: Path) -> dict[str, Any]:
    app.hosts[0].full_disk(app.site.root, free_kib=64)
    return {}


def _read_only_root(app: Deployment, _: Path) -> dict[str, Any]:
    app.hosts[0].read_only(app.site.root)
    return {}


REFUSED: list[tuple[Change, Sequence[str]]] = [
    (_wrong_host_key, ("host key", "SHA256:", "known_hosts")),
    (_unknown_host, ("host key", "SHA256:", "known_hosts")),
    (_wrong_user, ("stranger", "authorized_keys")),
    (_no_sudo, ("nosudo", "sudoers")),
    (_full_disk, ("room", "MiB", "df -h")),
    (_read_only_root, ("written", "read-write")),
]


@pytest.mark.parametrize(("change", "said"), REFUSED, ids=[change.__name__.strip("_") for change, _ in REFUSED])
def test_a_host_that_lets_nobody_do_the_work_is_refused(
    deploy: Deploy, tmp_path: Path, change: Change, said: Sequence[str]
) -> None:
    app = deploy("python")
    app.install("r1")
    changes = change(app, tmp_path)
    before = app.snapshot()
    ended = app.apply("r2", **changes)
    assert ended.code == 5, ended.told
    assert ended.says("web-1", *said)
    assert app.snapshot() == before


@pytest.mark.parametrize("passphrase", ["wrong", ""])
def test_a_key_that_cannot_be_read_is_found_without_touching_a_host(
    deploy: Deploy, tmp_path: Path, passphrase: str
) -> None:
    app = deploy("python")
    key = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "right", "-f", str(key)], check=True)
    mark = app.hosts[0].ssh_mark()
    app.release("r2")
    app.plan("r2", ssh=app.ssh(key=str(key)))
    ended = app.run("apply", variables={"SOCKDEPLOY_SSH_KEY_PASSPHRASE": passphrase})
    assert ended.code == 2, ended.told
    assert ended.says(str(key), "passphrase")
    assert app.hosts[0].ssh_counts(mark).connections == 0


def test_where_sshd_forbids_forwarding_curl_on_the_host_asks_instead(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    app.hosts[0].sshd_config("AllowTcpForwarding no")
    ended = app.apply("r2")
    assert ended.code == 0, ended.told
    assert app.answers() == ["r2"]


def test_where_sshd_forbids_forwarding_and_there_is_no_curl_the_host_is_refused(deploy: Deploy) -> None:
    app = deploy("python")
    app.install("r1")
    host = app.hosts[0]
    host.sshd_config("AllowTcpForwarding no")
    before = app.snapshot()
    ended = _without_curl(host, lambda: app.apply("r2"))
    assert ended.code == 5, ended.told
    assert ended.says("web-1", "AllowTcpForwarding", "curl")
    assert app.snapshot() == before


def _without_curl(host: Host, act: Callable[[], Ended]) -> Ended:
    host.sh("mv /usr/bin/curl /usr/bin/curl.away")
    try:
        return act()
    finally:
        host.sh("mv /usr/bin/curl.away /usr/bin/curl")
