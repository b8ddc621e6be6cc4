"""pyinfra: its own upload of an archive, then one command on each host, 20 hosts at once."""

from bench.tools.base import FILES, Stage, packing
from bench.venv import program


class Pyinfra:
    """A pyinfra deploy."""

    name = "pyinfra"
    prunes = False

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
        files = [str(stage.folder / "inventory.py"), str(FILES / "pyinfra_deploy.py")]
        words = packing(program("pyinfra"), "-y", "--parallel", str(len(stage.hosts)), *files)
        return words, {**stage.variables, "RELEASE": release}
