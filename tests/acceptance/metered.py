"""Rollouts of a service that exposes metrics, many side by side: each a service of its own, under traffic."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.deployment import Deployment
from tests.acceptance.run import Ended, Running
from tests.fleet import Fleet, Host
from tests.fleet.site import new_site
from tests.fleet.traffic import Traffic

RATE = 50
BAKE = {"min": "6s", "max": "25s"}

ERRORS = {"name": "errors", "errors": 'http_requests_total{code=~"5.."}', "total": "http_requests_total", "max": "1%"}
LATENCY = {"name": "latency", "histogram": "http_request_duration_seconds", "max": "500ms"}
QUEUE = {"name": "queue", "value": "worker_queue_depth", "max": 100}
RULES = [ERRORS, LATENCY, QUEUE]


@dataclass(frozen=True, slots=True)
class Case:
    """One rollout: what its release does, on which hosts (by number), how the plan's metrics and other keys differ.

    `gates` are others than health and metrics. `before` is what the live release does, None for a first deploy;
    `called`: clients send requests.
    """

    mode: str
    hosts: tuple[int, ...]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    gates: Mapping[str, Any] = field(default_factory=dict)
    before: str | None = "ok"
    called: bool = True


def metrics(app: Deployment, **changes: Any) -> dict[str, Any]:
    """Give the plan's metrics for a service; each of its hosts is scraped every second."""
    source = {"scrape": f"http://127.0.0.1:{app.site.port}/metrics"}
    return {"source": source, "interval": "1s", "warmup": "1s", "timeout": "3s", "rules": RULES, **changes}


@contextmanager
def deployed(fleet: Fleet, folder: Path, cases: Mapping[str, Case]) -> Iterator[dict[str, Deployment]]:
    """Have every case's service live with its old release."""
    apps = {name: _app(fleet, folder / name, case) for name, case in cases.items()}
    with ThreadPoolExecutor(4) as pool:
        try:
            live = [name for name, case in cases.items() if case.before is not None]
            list(pool.map(lambda name: apps[name].install("r1", cases[name].before or ""), live))
            yield apps
        finally:
            list(pool.map(Deployment.clean, apps.values()))


def rolled_out(apps: Mapping[str, Deployment], cases: Mapping[str, Case]) -> dict[str, Ended]:
    """Bring out every case's new release at the same time, while clients send requests; give how each ended."""
    urls = {
        f"{name}/{host.name}": apps[name].site.url(host)
        for name, case in cases.items()
        if case.called and case.before is not None
        for host in apps[name].hosts
    }
    with Traffic(urls, rate=RATE):
        running = {name: _begin(apps[name], case) for name, case in cases.items()}
        return {name: each.end() for name, each in running.items()}


def _app(fleet: Fleet, folder: Path, case: Case) -> Deployment:
    folder.mkdir()
    hosts: list[Host] = [fleet.hosts[number] for number in case.hosts]
    return Deployment(new_site(folder, "metered"), fleet, hosts, folder)


def _begin(app: Deployment, case: Case) -> Running:
    source = metrics(app, **case.metrics)
    gates = {"health": app.health(interval="500ms"), "metrics": source, **case.gates}
    waves = [{"name": "all", "hosts": "rest", "bake": BAKE}]
    units = {"units": app.units()} if case.before is None else {}
    return app.begin("r2", case.mode, **{"gates": gates, "waves": waves, **units, **case.changes})
