"""Hosts that would break the promise are refused before anything is uploaded: why, and what to do about it."""

import json
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest

from deployer.events import ActFailed
from deployer.verbs.mends import NAME
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet, Host
from tests.fleet.system import wait_until

Trap = Callable[[Deployment, Host], dict[str, Any]]


def _drop_in(app: Deployment, host: Host, kind: str, text: str) -> None:
    name = text.splitlines()[1].partition("=")[0]
    host.write(f"/etc/systemd/system/{app.site.service}.{kind}.d/{name}.conf", text)
    host.systemctl("daemon-reload")


def _edit(app: Deployment, host: Host, kind: str, *edits: str) -> None:
    unit = f"/etc/systemd/system/{app.site.service}.{kind}"
    host.sh(f"sed -i {' '.join(f'-e {shlex.quote(edit)}' for edit in edits)} {unit}; systemctl daemon-reload")


def _again(app: Deployment, host: Host) -> None:
    units = f"{app.site.service}.socket {app.site.service}.service"
    host.sh(f"systemctl daemon-reload; systemctl stop {units}; systemctl start {units}")


def condition(app: Deployment, host: Host) -> dict[str, Any]:
    _drop_in(app, host, "service", "[Unit]\nConditionPathExists=/etc/hostname\n")
    return {}


def edited_listen_stream(app: Deployment, host: Host) -> dict[str, Any]:
    """PID 1 lets go of the port when it reads the file, and goes on calling the socket active."""
    _edit(app, host, "socket", f"s/^ListenStream=.*/ListenStream=127.0.0.1:{app.site.port}/")
    return {}


def self_bound(app: Deployment, host: Host) -> dict[str, Any]:
    service, listen = app.site.service, f"/usr/bin/python3 -m http.server {app.site.port}"
    host.systemctl("stop", f"{service}.service", f"{service}.socket")
    _edit(app, host, "service", f"s#^ExecStart=.*#ExecStart={listen}#", "s#=notify#=exec#", "/^Requires=/d")
    host.systemctl("disable", "--quiet", f"{service}.socket")
    host.systemctl("start", f"{service}.service")
    return {}


def binds_to(app: Deployment, host: Host) -> dict[str, Any]:
    _drop_in(app, host, "service", f"[Unit]\nBindsTo={app.site.service}.socket\n")
    return {}


def flush_pending(app: Deployment, host: Host) -> dict[str, Any]:
    _drop_in(app, host, "socket", "[Socket]\nFlushPending=yes\n")
    return {}


def reuse_port(app: Deployment, host: Host) -> dict[str, Any]:
    _edit(app, host, "socket", "s/^ReusePort=.*/ReusePort=yes/")
    _again(app, host)
    return {}


def masked(app: Deployment, host: Host) -> dict[str, Any]:
    unit = f"{app.site.service}.service"
    host.sh(f"rm /etc/systemd/system/{unit}; systemctl mask --quiet {unit}")
    return {}


def not_enabled(app: Deployment, host: Host) -> dict[str, Any]:
    host.systemctl("disable", "--quiet", f"{app.site.service}.socket")
    return {}


def without_non_blocking(app: Deployment, host: Host) -> dict[str, Any]:
    _edit(app, host, "service", "/^NonBlocking/d")
    return {"strategy": "bridge"}


def queued_job(app: Deployment, host: Host) -> dict[str, Any]:
    """A start that waits for another unit, which never gets done."""
    slow = f"{app.site.service}.slow.service"
    host.write(f"/run/systemd/system/{slow}", "[Service]\nType=oneshot\nExecStart=/bin/sleep 60\n")
    _drop_in(app, host, "service", f"[Unit]\nAfter={slow}\n")
    unit = f"{app.site.service}.service"
    host.sh(f"systemctl stop {unit}; systemctl start --no-block {slow}; systemctl start --no-block {unit}")
    return {}


def in_runtime_folder(app: Deployment, host: Host) -> dict[str, Any]:
    name = app.site.service
    _edit(app, host, "service", f"s#^User=.*#User=app\\nRuntimeDirectory={name}#")
    _edit(app, host, "socket", f"s#^ListenStream=.*#ListenStream=/run/{name}/app.sock#")
    _again(app, host)
    health = app.health(url=f"unix:/run/{name}/app.sock:/healthz")
    return {"socket": {"listen": f"/run/{name}/app.sock"}, "gates": {"health": health}}


def health_elsewhere(app: Deployment, host: Host) -> dict[str, Any]:
    return {"gates": {"health": app.health(url=f"http://127.0.0.1:{app.site.port + 1}/healthz")}}


def balancer_where_nobody_listens(app: Deployment, host: Host) -> dict[str, Any]:
    return {"load_balancer": {"check": "http://{address}:19/healthz"}}


def accept(app: Deployment, host: Host) -> dict[str, Any]:
    name = app.site.service
    _edit(app, host, "socket", "s/^ReusePort=.*/Accept=yes/")
    host.sh(
        f"cp /etc/systemd/system/{name}.service /etc/systemd/system/{name}@.service; systemctl daemon-reload; "
        f"systemctl stop {name}.socket {name}.service; systemctl start {name}.socket"
    )
    return {}


# Services, each with the traps that go together: the trap, its code, and what its remedy says.
TRAPS: Sequence[Sequence[tuple[Trap, str, str]]] = (
    (
        (reuse_port, "reuse-port", "ReusePort=no"),
        (not_enabled, "not-enabled", "systemctl enable"),
        (binds_to, "binds-to", "Requires="),
        (flush_pending, "flush-pending", "FlushPending=no"),
        (without_non_blocking, "bridge-blocking", "NonBlocking=yes"),
        (condition, "condition", "ConditionPathExists="),
        (health_elsewhere, "health-elsewhere", "gates.health.url in the plan"),
        (balancer_where_nobody_listens, "load-balancer-unreachable", "load_balancer"),
        (queued_job, "job-queued", "systemctl list-jobs"),
    ),
    ((edited_listen_stream, "not-held", "systemctl reset-failed"),),
    ((self_bound, "self-bound", "LISTEN_FDS"),),
    ((masked, "masked", "systemctl unmask"),),
    ((in_runtime_folder, "socket-in-runtime-folder", "RuntimeDirectoryPreserve=yes"),),
    ((accept, "accept", "Accept=no"),),
)


@pytest.fixture
def both(fleet: Fleet) -> tuple[Host, Host]:
    """A bookworm and a trixie host, side by side."""
    return fleet.hosts[0], fleet.hosts[-1]


@pytest.mark.systemd
def test_every_trap_is_refused_for_its_own_reason_and_nothing_is_uploaded(
    deploy: Deploy, both: tuple[Host, Host]
) -> None:
    apps = [deploy("python", chosen=both) for _ in TRAPS]
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(_prepare, apps, TRAPS))
        before = list(pool.map(Deployment.snapshot, apps))
        ended = list(pool.map(lambda app, changed: app.apply("r2", **changed), apps, changes))
        after = list(pool.map(Deployment.snapshot, apps))
    assert after == before
    for traps, end in zip(TRAPS, ended, strict=True):
        assert end.code == 5, end.told
        for (_, code, remedy), host in product(traps, both):
            failure = end.of(ActFailed)[host.name].failure
            told = "\n".join([f"[{failure.code}]", failure.remedy, *failure.evidence])
            assert (f"[{code}]" in told, remedy in told) == (True, True), f"{code} on {host.name}: {told}"
            # What follows from a trap that stands alone is not told besides it.
            assert len(traps) > 1 or [line for line in failure.evidence if line.endswith("]")] == [], told


def _prepare(app: Deployment, traps: Sequence[tuple[Trap, str, str]]) -> dict[str, Any]:
    app.install("r1")
    changes: dict[str, Any] = {}
    for (trap, _, _), host in product(traps, app.hosts):
        changes |= trap(app, host)
    return changes


def test_what_a_drop_in_mends_is_mended_and_then_rolled_out_to(deploy: Deploy, both: tuple[Host, Host]) -> None:
    app = deploy("python", chosen=both)
    app.install("r1")
    for host in both:
        condition(app, host)
        flush_pending(app, host)
        without_non_blocking(app, host)
    waves = [{"name": "all", "hosts": "rest", "max_parallel": 2}]
    assert app.apply("r2", strategy="bridge", waves=waves).code == 5
    held = [_inode(app, host) for host in both]
    shown = app.run("check", "--fix")
    assert shown.code == 5, shown.told
    assert shown.says(
        "+ConditionPathExists=", "+FlushPending=no", "+NonBlocking=yes", "web-1, web-5", "nothing was written"
    )
    assert not any(host.exists(f"/etc/systemd/system/{app.site.service}.socket.d/{NAME}") for host in both)
    fixed = app.run("check", "--fix", "--yes", "--json")
    assert fixed.code == 0, fixed.told
    document = json.loads(fixed.out)
    assert document["fixed"] == [host.name for host in both]
    assert {found["weight"] for host in document["hosts"] for found in host["findings"]} <= {"advice"}
    assert [_inode(app, host) for host in both] == held
    rolled = app.run("apply")
    assert rolled.code == 0, rolled.told
    assert app.answers() == ["r2", "r2"]
    assert [_inode(app, host) for host in both] == held
    assert app.run("check", "--fix", "--yes").says("nothing was found that a drop-in mends")


def test_a_service_that_does_not_stay_up_and_a_socket_older_than_its_file_are_told_and_refuse_nothing(
    deploy: Deploy,
) -> None:
    app = deploy("python")
    host, service = app.hosts[0], app.site.service
    app.install("r1")
    _edit(app, host, "socket", "s/^ReusePort=.*/ReusePort=no/")
    host.sh(f"touch -d 'now + 5 seconds' /etc/systemd/system/{service}.socket")
    host.systemctl("daemon-reload")
    _drop_in(app, host, "service", "[Service]\nExecStart=\nExecStart=/bin/false\nRestartSec=300\n")
    host.sh(f"systemctl restart {service}.service; :")
    wait_until(lambda: _sub_state(host, service).startswith("auto-restart"), "a start that failed", 60)
    app.plan("r1")
    ended = app.run("check", "--json")
    assert ended.code == 0, ended.told
    found = {one["code"]: one for one in json.loads(ended.out)["hosts"][0]["findings"]}
    assert {"failing", "opened-before"} <= found.keys()
    assert {one["weight"] for one in found.values()} == {"advice"}
    assert "ActiveState=activating (auto-restart" in found["failing"]["evidence"]


def test_a_plan_s_units_are_judged_before_the_first_deploy_brings_them(deploy: Deploy) -> None:
    app = deploy("python")
    paths = app.site.unit_files()
    unit = next(path for path in paths if path.suffix == ".service")
    bound = f"[Unit]\nBindsTo={app.site.service}.socket\n"
    unit.write_text(unit.read_text().replace("[Unit]\n", bound).replace("NonBlocking=true\n", ""))
    ended = app.apply("r1", strategy="bridge", units=[str(path) for path in paths])
    assert ended.code == 5, ended.told
    assert ended.says("[binds-to]", "[bridge-blocking]", f"# in the plan's {unit.name}")
    assert not app.hosts[0].exists(app.site.root)


def _sub_state(host: Host, service: str) -> str:
    return host.show(f"{service}.service", "SubState")["SubState"]


def _inode(app: Deployment, host: Host) -> str:
    return host.sh(f"ss -Hltne 'sport = :{app.site.port}' | grep -o 'ino:[0-9]*'")
