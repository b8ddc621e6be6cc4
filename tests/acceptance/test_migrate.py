"""A service that holds its port by itself moves behind its socket: one gap, announced, measured, undone on failure."""

import json

import pytest

from deployer import events as ev
from tests.acceptance.conftest import Deploy
from tests.acceptance.deployment import Deployment
from tests.dialogue import Dialogue
from tests.fleet import Fleet, Host
from tests.fleet.alone import Alone
from tests.fleet.traffic import Report, Traffic

RATE = 40
TOGETHER = [{"name": "all", "hosts": "rest", "max_parallel": 2}]
LATE = 10.0
"""Seconds by which a client may see a gap longer than the host: on a busy machine it sends late what was due before."""


def alone(app: Deployment, *hosts: Host) -> list[Alone]:
    """Have hosts run the service as it was before: with its port held by itself."""
    found = [Alone(app.site, host) for host in hosts]
    for one in found:
        one.install()
    return found


def edited(app: Deployment, suffix: str, line: str) -> list[str]:
    """Give the site's units with one more line in the section that a unit is named after."""
    paths = app.site.unit_files()
    unit = next(path for path in paths if path.suffix == f".{suffix}")
    section = f"[{suffix.title()}]\n"
    unit.write_text(unit.read_text().replace(section, f"{section}{line}\n"))
    return [str(path) for path in paths]


@pytest.mark.systemd
def test_it_is_moved_under_traffic_with_the_gap_that_is_told_and_loses_nothing_afterwards(
    deploy: Deploy, fleet: Fleet
) -> None:
    first, second = both = (fleet.hosts[0], fleet.hosts[-1])
    app = deploy("python", chosen=both)
    alone(app, *both)
    with Traffic(app.site.urls([first]), rate=RATE) as traffic:
        moved = app.apply("r1", "ok", "--migrate", "--yes", "--hosts", first.name, units=app.units())
        traffic.wait_for(RATE)
    assert moved.code == 0, moved.told
    assert moved.says("the port will be closed once, for about as long as the old process takes to stop")
    _assert_one_gap(traffic.report(), moved.of(ev.HostActivated)[first.name].receipt.closed)
    assert {"old", "r1"} <= traffic.report().by_release.keys()
    assert app.unit_state(first) == app.unit_state(first, "service") == ("active", "enabled")

    # The host that is moved already is deployed to as ever, beside one that is moved now.
    with Traffic(app.site.urls(both), rate=RATE) as traffic:
        ended = app.apply("r2", "ok", "--migrate", "--yes", units=app.units(), waves=TOGETHER)
        traffic.wait_for(2 * RATE)
    assert ended.code == 0, ended.told
    assert traffic.report().of(first.name).failed == 0, str(traffic.report().of(first.name))
    receipt = ended.of(ev.HostActivated)[second.name].receipt
    _assert_one_gap(traffic.report().of(second.name), receipt.closed)
    assert not ended.of(ev.HostActivated)[first.name].receipt.moved
    told = f"{receipt.closed:.2f} s (migration)"
    assert ended.says(f"the port was closed for {told}")
    assert told in (ended.report / "summary.md").read_text()
    assert app.answers() == ["r2", "r2"]


def _assert_one_gap(report: Report, closed: float) -> None:
    """Every failure is a connection that was refused, or queued where nobody accepted any more, within one gap."""
    assert closed > 0
    failed = [sample for sample in report.samples if sample.outcome != "ok"]
    assert {sample.outcome for sample in failed} <= {"refused", "reset"}, str(report)
    times = [sample.scheduled for sample in failed] or [0.0]
    assert max(times) - min(times) <= closed + LATE, (str(report), closed)


def test_a_release_that_is_not_well_is_taken_back_and_the_service_runs_as_it_did(deploy: Deploy) -> None:
    app = deploy("python")
    host = app.hosts[0]
    (old,) = alone(app, host)
    before = old.standing()
    ended = app.apply("r1", "fail500", "--migrate", "--yes", units=app.units())
    assert ended.code == 1, ended.told
    assert old.standing() == before
    assert app.answers() == ["old"]
    back = ended.of(ev.HostRestored)[host.name].receipt
    assert (back.moved, back.closed > 0) == (True, True)
    assert ended.of(ev.HostReverted).keys() == {host.name}
    assert ended.says(f"what ran before is live again, now it has to prove itself; the port was closed for "
                      f"{back.closed:.2f} s (migration)")  # fmt: skip
    record = json.loads(app.run("history", "--json").out)["hosts"][0]["records"][0]
    there = ended.of(ev.HostActivated)[host.name].receipt
    told = (record["outcome"], float(record["migrated"]), float(record["closed"]))
    assert told == ("reverted", there.closed, back.closed)


def test_unless_it_is_asked_for_the_plan_has_the_units_and_a_person_says_yes_nothing_is_moved(deploy: Deploy) -> None:
    app = deploy("python")
    host, service = app.hosts[0], app.site.service
    alone(app, host)
    before = app.snapshot()
    ended = app.apply("r1", "ok", "--migrate", "--yes")
    assert ended.code == 5, ended.told
    assert ended.says("[migrate-units]", f"units: [deploy/{service}.socket, deploy/{service}.service]")
    plan = app.plan("r1", units=app.units())
    refused = app.run("apply")
    assert refused.code == 5, refused.told
    assert refused.says("[self-bound]", "sockdeploy apply --migrate")
    unasked = app.run("apply", "--migrate")
    assert unasked.code == 2, unasked.told
    assert unasked.says("nobody can be asked here", "--yes")
    shown = app.run("apply", "--dry-run", "--migrate")
    assert shown.says("migrate: the port is closed once", f"{host.name}: {service}.service holds 0.0.0.0:")
    person = Dialogue(app.folder, "apply", str(plan), "--migrate")
    asked = person.read("[y/N] ")
    person.type("n")
    person.read()
    person.end()
    assert f"{host.name}: {service}.service holds 0.0.0.0:{app.site.port} by itself" in " ".join(asked.split())
    assert person.process.returncode == 5
    assert app.snapshot() == before


def test_plans_whose_socket_would_lose_connections_and_ports_of_other_programs_are_refused(deploy: Deploy) -> None:
    app = deploy("python")
    host, neighbour = app.hosts[0], f"{app.site.service}.neighbour.service"
    listen = f"/usr/bin/python3 -m http.server --bind 127.0.0.1 {app.site.port}"
    host.write(f"/run/systemd/system/{neighbour}", f"[Service]\nExecStart={listen}\n")
    host.sh(
        f"systemctl daemon-reload; systemctl start {neighbour}; "
        f"until ss -Hltn 'sport = :{app.site.port}' | grep -q .; do sleep 0.1; done"
    )
    before = app.snapshot()
    ended = app.apply("r1", "ok", "--migrate", "--yes", units=edited(app, "socket", "Accept=yes"))
    host.systemctl("stop", neighbour)
    assert ended.code == 5, ended.told
    assert ended.says("[port-taken]", f"127.0.0.1:{app.site.port}", "[accept]")
    assert app.snapshot() == before
