"""A container engine of our own for the image's tests: started by hand, in its own folders, stopped at the end.

It makes no bridge and no packet filter rules: those outlive the engine and cut the fleet's hosts off from one another.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.base import cache_folder
from tests.fleet.system import Process, apt_install, locked, require_root, run, wait_until

RUN = Path("/run/sockdeploy-engine")
SYSTEMD = Path("/run/systemd/system")
UNITS = ("docker.service", "docker.socket", "containerd.service")


@dataclass(frozen=True, slots=True)
class Ended:
    """A container that ended: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine; `client` is the docker command, `folder` holds its socket and an empty configuration."""

    client: str
    folder: Path

    def docker(self, *argv: str) -> str:
        """Run a docker command and give its stdout; FleetError when it fails."""
        return run(self.command(argv))

    def has(self, tag: str) -> bool:
        """Whether there is an image of that tag."""
        return bool(self.docker("image", "ls", "--quiet", tag).strip())

    def build(self, folder: Path, tag: str, base: str) -> None:
        """Build the Dockerfile in `folder` on `base`; the first stage is tagged too, which keeps its layers."""
        argv = ("build", "--quiet", "--network", "host", "--build-arg", f"BASE={base}")
        self.docker(*argv, "--target", "build", "--tag", f"{tag}-build", str(folder))
        self.docker(*argv, "--tag", tag, str(folder))
        self.docker("image", "prune", "--force")

    def feed(self, argv: Sequence[str], source: Sequence[str]) -> None:
        """Run a docker command with the output of the command `source` on its stdin."""
        with subprocess.Popen(source, stdout=subprocess.PIPE) as left:
            subprocess.run(self.command(argv), stdin=left.stdout, stdout=subprocess.DEVNULL, check=True)
        if left.returncode:
            raise subprocess.CalledProcessError(left.returncode, source)

    def run(self, argv: Sequence[str], variables: Mapping[str, str], seconds: float = 120) -> Ended:
        """`docker run ARGV` to its end; `variables` are the container's, never part of the command line."""
        with self.start(argv, variables) as container:
            stdout, stderr = container.communicate(timeout=seconds)
        return Ended(container.returncode, stdout, stderr)

    def start(self, argv: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[str]:
        """Begin `docker run ARGV`; a signal to what is given goes to the container's PID 1, whose status comes back."""
        names = [word for name in variables for word in ("--env", name)]
        command = self.command(["run", "--rm", "--network", "host", *names, *argv])
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **variables},
        )

    def command(self, argv: Sequence[str]) -> list[str]:
        """The whole command line of a docker command."""
        # The old builder: the new one is a plugin that not every machine has.
        own = ["env", "DOCKER_BUILDKIT=0", self.client, "--config", str(self.folder)]
        return [*own, "--host", f"unix://{self.folder}/engine.sock", *argv]


@contextlib.contextmanager
def engine() -> Iterator[Engine]:
    """Start the engine, installing it where it is missing; stop it with all its containers at the end.

    One at a time per machine: its images stay in the fleet's cache folder, and a second one waits.
    """
    require_root()
    _install()
    with locked(RUN / "lock"):
        _wait_for_predecessor()
        log = (RUN / "log").open("w")
        with log, subprocess.Popen(_daemon(), stdout=log, stderr=log) as daemon:
            running = Engine(_client(), RUN)
            try:
                wait_until(lambda: _answers(running, daemon), f"the container engine (log: {RUN}/log)", 30)
                yield running
            finally:
                _stop(running, daemon)


def _daemon() -> list[str]:
    """The daemon's command line; setpriv takes it down when this process is killed."""
    data = cache_folder() / "engine"
    data.mkdir(parents=True, exist_ok=True)
    flags = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--ip-forward=false", "--shutdown-timeout=2"]
    flags += ["--storage-driver=overlay2", "--group=root"]
    own = [f"--data-root={data}", f"--exec-root={RUN}/exec", f"--pidfile={RUN}/engine.pid"]
    own += [f"--host=unix://{RUN}/engine.sock"]
    spaces = ["--containerd-namespace=sockdeploy", "--containerd-plugins-namespace=sockdeploy-plugins"]
    return ["setpriv", "--pdeathsig", "TERM", "dockerd", *flags, *own, *spaces]


def _client() -> str:
    """The docker command that belongs to the daemon: the distribution's own, when there are several."""
    own = Path("/usr/bin/docker")
    return str(own) if own.exists() else str(shutil.which("docker"))


def _answers(running: Engine, daemon: subprocess.Popen[bytes]) -> bool:
    if daemon.poll() is not None:
        raise ChildProcessError(f"dockerd ended ({daemon.returncode}):\n{(RUN / 'log').read_text()[-2000:]}")
    return "Server" in run(running.command(["version"]), check=False)


def _stop(running: Engine, daemon: subprocess.Popen[bytes]) -> None:
    """Kill what still runs in it, then end it; it unmounts what it mounted."""
    if daemon.poll() is None:
        if left := running.docker("ps", "--quiet").split():
            running.docker("kill", *left)
        daemon.send_signal(signal.SIGTERM)
    daemon.wait(30)


def _wait_for_predecessor() -> None:
    """A killed test run's engine may still be on its way out."""
    file = RUN / "engine.pid"
    former = Process.of(int(file.read_text())) if file.exists() else None
    if former:
        wait_until(lambda: not former.alive(), f"the end of the former engine (pid {former.pid})", 30)


def _install() -> None:
    """Install dockerd where it is missing, without letting systemd start it: see above for what that would do."""
    if shutil.which("dockerd") is None:
        if SYSTEMD.exists():
            run(["systemctl", "mask", *UNITS])
        apt_install(["docker.io"])
        if SYSTEMD.exists():
            run(["systemctl", "unmask", *UNITS])
            run(["systemctl", "disable", *UNITS])
    if shutil.which("docker") is None:
        apt_install(["docker-cli"])
