"""A real Prometheus server on loopback: Debian's own binary, unpacked into the cache, with a folder of its own."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.fleet.base import cache_folder
from tests.fleet.system import locked, remove_tree, run, wait_until

PACKAGE = "prometheus"

CONFIG = """\
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1h}
scrape_configs:
- job_name: app
  static_configs: [{targets: %s}]
# Selectors of job="elsewhere" ask a server that is not there, too: their answers carry warnings.
remote_read:
- {url: "http://127.0.0.1:9/api/v1/read", read_recent: true, required_matchers: {job: elsewhere}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is up."""

    url: str

    def query(self, text: str) -> list[Mapping[str, object]]:
        """Ask for a vector."""
        with urlopen(f"{self.url}/api/v1/query?{urlencode({'query': text})}", timeout=30) as answer:
            found: list[Mapping[str, object]] = json.load(answer)["data"]["result"]
        return found

    def number(self, text: str) -> float | None:
        """Ask for one number; None when there is none yet."""
        found = self.query(text)
        return float(str(found[0]["value"][1])) if found else None  # type: ignore[index]

    def wait_for(self, text: str, least: float) -> None:
        """Wait until a query gives one number that is at least so high."""
        wait_until(lambda: (self.number(text) or 0) >= least, f"{text} >= {least:g}", 60)


@contextmanager
def prometheus(folder: Path, targets: Sequence[str]) -> Iterator[Server]:
    """Run a server that scrapes `targets` (address:port) every second, in a new folder."""
    folder.mkdir()
    (folder / "prometheus.yml").write_text(CONFIG % json.dumps(list(targets)))
    port = _free_port()
    argv = [str(binary()), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    argv += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        wait_until(lambda: _ready(port), f"Prometheus on port {port}, see {folder}/log", 60)
        yield Server(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)


def binary() -> Path:
    """Give the server's program; it is fetched with apt once, and not installed."""
    folder = cache_folder() / PACKAGE
    if not folder.exists():
        with locked(folder.with_name(f".{PACKAGE}.lock")):
            if not folder.exists():
                _unpack(folder)
    return folder / "prometheus"


def _unpack(folder: Path) -> None:
    work = folder.with_name(f".{PACKAGE}.build")
    remove_tree(work)
    work.mkdir(parents=True)
    run(["apt-get", "-q", "update"])
    run(["sh", "-c", 'cd "$0" && apt-get -q -o APT::Sandbox::User=root download "$1"', str(work), PACKAGE])
    (package,) = work.glob("*.deb")
    run(["dpkg-deb", "--extract", str(package), str(work / "tree")])
    ready = work / "ready"
    ready.mkdir()
    shutil.move(work / "tree/usr/bin/prometheus", ready / "prometheus")
    ready.rename(folder)
    remove_tree(work)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

