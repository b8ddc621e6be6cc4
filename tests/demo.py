"""The main job, shown: a first deploy, an upgrade under live traffic, a broken release and what it cost.

Boots a fleet of real systemd hosts on this machine; everything is done by the command a user runs.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from deployer import events as ev
from deployer.record.journal import read
from tests.acceptance.deployment import Deployment
from tests.fleet import Fleet
from tests.fleet.site import Site
from tests.fleet.traffic import Report, Sample, Traffic

HOSTS = 4
RATE = 40
FOLDER = Path(".sockdeploy/demo")
WAVES = [
    {"name": "canary", "hosts": 1},
    {"name": "pilot", "hosts": 1},
    {"name": "full", "hosts": "rest", "max_parallel": 2},
]


def main() -> int:
    """Run the demo; 0 when everything went as promised."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print(f"booting {HOSTS} hosts with systemd and sshd of their own ...", flush=True)
    with Fleet.boot("demo", ["bookworm"] * HOSTS) as fleet:
        site = Site("gunicorn", "shop", 8080, FOLDER.absolute())
        app = Deployment(site, fleet, list(fleet.hosts), FOLDER.absolute())
        app.changes = {"waves": WAVES, "units": [str(path) for path in site.unit_files()]}
        kept = [_first(app), _upgrade(app), _broken(app)]
    print(f"\nsummaries and journals: {FOLDER}/<release>/summary.md, summary.json, journal.jsonl")
    return 0 if all(kept) else 1


def _first(app: Deployment) -> bool:
    return _apply(app, "v1", "ok", "1. A first deploy: nothing is on the hosts, not even the units") == 0


def _upgrade(app: Deployment) -> bool:
    title = f"2. An upgrade, with {RATE} new connections per second to each host"
    with Traffic(app.site.urls(app.hosts), rate=RATE) as traffic:
        code = _apply(app, "v2", "ok", title)
    report = traffic.report()
    print(f"\ntraffic during the upgrade: {report}")
    print(f"failed requests during the upgrade: {report.failed}")
    return code == 0 and report.failed == 0


def _broken(app: Deployment) -> bool:
    title = "3. A broken release: v3 answers 500 to everybody, and nobody knows yet"
    with Traffic(app.site.urls(app.hosts), rate=RATE) as traffic:
        code = _apply(app, "v3", "fail500", title)
        traffic.wait_for(HOSTS * RATE)
    report = traffic.report()
    bad = report.with_outcome("bad")
    switched, reverted = _exposure(app)
    print(f"\ntraffic during the broken release: {report}")
    print(f"refused connections: {report.refused}")
    print(f"bad answers: {len(bad)}, from {_origin(bad) or 'nobody'}")
    lasted = reverted - switched
    inside = all(switched - 0.5 <= sample.ended <= reverted + 0.5 for sample in bad)
    print(f"all of them between the canary's switch and its revert: {'yes' if inside else 'NO'} ({lasted:.1f} s)")
    return code == 1 and _only_canary_paid(report, app.hosts[0].name) and inside


def _apply(app: Deployment, release: str, mode: str, title: str) -> int:
    print(f"\n{title}\n{'-' * len(title)}", flush=True)
    app.release(release, mode)
    plan = app.plan(release).relative_to(Path.cwd())
    words = ["apply", str(plan), "--report", str(FOLDER / release)]
    print(f"$ sockdeploy {' '.join(words)}", flush=True)
    return subprocess.run([sys.executable, "-m", "deployer", *words], check=False).returncode


def _exposure(app: Deployment) -> tuple[float, float]:
    """Give when the canary was switched to the broken release, and when its way back was live again."""
    events = read(FOLDER / "v3" / "journal.jsonl")
    canary = app.hosts[0].name
    switched = next(e.receipt.switched for e in events if isinstance(e, ev.HostActivated) and e.host == canary)
    return switched, next(e.receipt.started for e in events if isinstance(e, ev.HostRestored) and e.host == canary)


def _only_canary_paid(report: Report, canary: str) -> bool:
    paid = {sample.name for sample in report.samples if sample.outcome != "ok"}
    return report.refused == 0 and paid <= {canary}


def _origin(samples: tuple[Sample, ...]) -> str:
    return ", ".join(sorted({sample.name for sample in samples}))


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"the demo {'kept its promises' if code == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s")
    sys.exit(code)
