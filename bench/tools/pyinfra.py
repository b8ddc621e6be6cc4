"""pyinfra, 20 hosts at once: a deploy in its own operations, or an upload and one script."""

from dataclasses import dataclass

from bench.tools.base import FILES, Stage, packing
from bench.venv import program


@dataclass(frozen=True, slots=True)
class Pyinfra:
    """A pyinfra deploy: the file of `FILES`, and what to call it."""

    name: str = "pyinfra"
    file: str = "pyinfra_deploy.py"

    def prepare(self, stage: Stage) -> None:
        """Write the inventory."""
        data = {
            "ssh_user": stage.user, "ssh_key": str(stage.fleet.key), "_sudo": stage.user != "root",
            "ssh_known_hosts_file": str(stage.fleet.known_hosts), "ssh_strict_host_key_checking": "yes",
        }  # fmt: skip
        hosts = [host.address for host in stage.hosts]
        (stage.folder / "inventory.py").write_text(f"hosts = ({hosts!r}, {data!r})\n")

    def command(self, stage: Stage, release: str) -> tuple[list[str], dict[str, str]]:
        """Run the deploy."""
        files = [str(stage.folder / "inventory.py"), str(FILES / self.file)]
        words = packing(program("pyinfra"), "-y", "--parallel", str(len(stage.hosts)), *files)
        return words, {**stage.variables, "RELEASE": release}
